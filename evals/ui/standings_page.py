"""The callbacks of the standings: what votes on the answers of a session, an evaluation, or all of them come to."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from evals.plots.strengths import TimeAxis, strength_figure
from evals.plots.theme import styles
from evals.records.local_time import local_time
from evals.report.session_page import report_name, session_report_html
from evals.report.standings_view import sources_html, standings_html, standings_view, strength_points
from evals.report.suite_title import suite_title
from evals.sessions.archive import SessionArchive
from evals.sessions.sources import Source, all_sources, field_of, source_of
from evals.sessions.standings import tally
from evals.sessions.summary import summary_of_session
from evals.sessions.transfer import exported_session
from evals.texts import texts_in
from evals.ui.render import refusal_html
from evals.ui.standings_tab import StandingsTab
from llmfirst import Language, LlmfirstError, Owner, Updates, folder_of, visible

EVERYTHING = "all"


@dataclass(frozen=True)
class ShownStandings:
    """What is shown. The defaults show nothing."""

    notice: str = ""
    verdict: str = ""
    entrants: str = ""
    plot: object = None
    legend: str = ""
    details: str = ""
    sources: str = ""
    is_session: bool = field(default=False, kw_only=True)

    def updates(self, tab: StandingsTab) -> Updates:
        return {
            tab.report: gr.Button(visible=self.is_session),
            tab.files: gr.File(value=None, visible=False),
            tab.notice: self.notice,
            tab.verdict: self.verdict,
            tab.entrants: self.entrants,
            tab.figure: gr.Row(visible=self.plot is not None),
            tab.plot: self.plot,
            tab.legend: self.legend,
            tab.details: self.details,
            tab.sources: self.sources,
        }


class StandingsPage:
    """The callbacks. They serve all visitors, so each gets the owner and shows only what is the owner's."""

    def __init__(self, archive: SessionArchive, tab: StandingsTab) -> None:
        self._archive = archive
        self._tab = tab

    async def on_open(self, owner: Owner, source_id: str | None, axis: TimeAxis, language: Language) -> Updates:
        """Show the source that the address names, or everything; and all that can be chosen."""
        chosen = source_id or EVERYTHING
        choices = await asyncio.to_thread(self._choices, owner, language)
        known = chosen in {value for _, value in choices}
        shown = await self.on_look(owner, chosen, axis, language)
        return {**shown, self._tab.source: gr.Dropdown(choices=choices, value=chosen if known else None)}

    async def on_look(self, owner: Owner, source_id: str | None, axis: TimeAxis, language: Language) -> Updates:
        """Show the standings of a source."""
        shown = await asyncio.to_thread(self._shown, owner, source_id or EVERYTHING, axis, language)
        return shown.updates(self._tab)

    async def on_report(self, owner: Owner, source_id: str | None, language: Language) -> Updates:
        """Write the report of a session, and the file that another machine takes in, for its owner to download."""
        try:
            paths = await asyncio.to_thread(self._written, owner, source_id or "", language)
        except LlmfirstError as error:
            return {self._tab.notice: refusal_html(error, language)}
        return {self._tab.files: gr.File(value=paths, visible=True), self._tab.notice: ""}

    def _choices(self, owner: Owner, language: Language) -> list[tuple[str, str]]:
        texts = texts_in(language).standings
        archive = self._archive.seen_by(owner)
        sessions = [(one.created_at, texts.kinds["session"], one.title, one.session_id) for one in archive.all()]
        evaluations = [
            (one.created_at, texts.kinds["evaluation"], suite_title(one.suite, language), one.evaluation_id)
            for one in archive.evaluations.all()
        ]
        listed = sorted([*sessions, *evaluations], reverse=True)
        named = [(visible(f"{kind}: {title} · {local_time(at)}"), one) for at, kind, title, one in listed]
        return [(texts.everything, EVERYTHING), *named]

    def _shown(self, owner: Owner, source_id: str, axis: TimeAxis, language: Language) -> ShownStandings:
        archive = self._archive.seen_by(owner)
        unreadable: tuple[LlmfirstError, ...] = ()
        try:
            if source_id == EVERYTHING:
                sources, unreadable = all_sources(archive)
            else:
                sources = (source_of(archive, source_id),)
        except LlmfirstError as error:
            return ShownStandings(refusal_html(error, language))
        return _shown(sources, unreadable, axis, language, is_session=source_id != EVERYTHING)

    def _written(self, owner: Owner, source_id: str, language: Language) -> list[str]:
        archive = self._archive.seen_by(owner)
        summary = summary_of_session(archive, source_id)
        name = report_name(summary.session)
        texts = {
            name: session_report_html(summary, language),
            f"{Path(name).stem}.session.jsonl": "\n".join(exported_session(archive, summary.session)) + "\n",
        }
        # In Gradio's own folder of files for the page, so that what is old in it is removed.
        folder = str(Path(get_upload_folder()) / folder_of(owner))
        return [save_bytes_to_cache(text.encode(), one, folder) for one, text in texts.items()]


def _shown(
    sources: tuple[Source, ...],
    unreadable: tuple[LlmfirstError, ...],
    axis: TimeAxis,
    language: Language,
    *,
    is_session: bool,
) -> ShownStandings:
    everybody = field_of(sources)
    found = tally(everybody.battles)
    view = standings_view(everybody, found, language)
    points = strength_points(everybody, found, axis)
    look = styles(list(everybody.models))
    return ShownStandings(
        notice="".join(refusal_html(error, language) for error in unreadable),
        verdict=standings_html(view, "verdict", language),
        entrants=standings_html(view, "entrants", language),
        plot=strength_figure(points, axis, look, language) if points else None,
        legend=standings_html(view, "legend", language),
        details=standings_html(view, "details", language),
        sources=sources_html(sources, language),
        is_session=is_session and sources[0].kind == "session",
    )
