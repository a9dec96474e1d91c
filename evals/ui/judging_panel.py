"""The judge beside the people: it is chosen and votes on the answers of a session, and its votes are summed up."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr

from evals.report.judgement import judgement_lines, self_judged_sentence
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import Judgement
from evals.sessions.judging import JudgingStep, judges_itself, votes_of
from evals.sessions.service import Sessions
from evals.suite.cases import Language
from evals.texts import texts_in
from evals.ui.render import refusal_html
from llmfirst import LlmfirstError, Owner, Updates, owner_of, visible

Step = JudgingStep | Judgement
_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}


@dataclass(frozen=True)
class JudgingPanel:
    """The components of the panel."""

    fold: gr.Accordion
    about: gr.HTML
    judge: gr.Dropdown
    vote: gr.Button
    stop: gr.Button
    said: gr.HTML
    """How far the judge is, then what it may decide."""


def build_judging_panel(language: Language) -> JudgingPanel:
    """Place the components without connecting them; they are hidden until there is a session."""
    texts = texts_in(language)
    with gr.Accordion(texts.judging.title, open=False, visible=False, elem_id="judging-panel") as fold:
        about = gr.HTML(_about(language), padding=False)
        with gr.Row(elem_id="judging-row"):
            judge = gr.Dropdown([], label=texts.common.judge, elem_id="judging-judge", scale=3, min_width=200)
            vote = gr.Button(texts.judging.vote, elem_id="judging-vote", scale=1, min_width=120)
            stop = gr.Button(texts.judging.stop, variant="stop", visible=False, elem_id="judging-stop", scale=1)
        said = gr.HTML(elem_id="judging-said", padding=False)
    return JudgingPanel(fold, about, judge, vote, stop, said)


def judging_panel_words(panel: JudgingPanel, language: Language) -> Updates:
    """Return the words of the components in a language; what a judge decides is said again with the session."""
    texts = texts_in(language)
    return {
        panel.fold: gr.update(label=texts.judging.title),
        panel.about: _about(language),
        panel.judge: gr.update(label=texts.common.judge),
        panel.vote: gr.update(value=texts.judging.vote),
        panel.stop: gr.update(value=texts.judging.stop),
    }


class Judging:
    """The callbacks of the panel. They serve all visitors; each gets the owner and shows only what is the owner's."""

    def __init__(self, sessions: Sessions, panel: JudgingPanel) -> None:
        self._sessions = sessions
        self._panel = panel
        self._stops: defaultdict[Owner, set[asyncio.Event]] = defaultdict(set)
        """Those that stop the judges of an owner."""

    async def on_session(self, owner: Owner, session_id: str, chosen: str | None, language: Language) -> Updates:
        """Show what judges said of a session, and offer those that may judge."""
        if not session_id:
            return {self._panel.fold: gr.update(visible=False), self._panel.judge: gr.skip(), self._panel.said: ""}
        judges = await self._sessions.evaluations.judges()
        own = self._sessions.evaluations.own_judge or next(iter(judges), None)
        value = chosen if chosen in judges else own
        return {
            self._panel.fold: gr.update(visible=True),
            self._panel.judge: gr.update(choices=[(visible(key), key) for key in judges], value=value),
            self._panel.said: await asyncio.to_thread(self._flagged, owner, session_id, value, language),
        }

    async def on_vote(
        self, owner: Owner, session_id: str, judge: str | None, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Let a judge vote on all answers of a session, and say how far it is."""
        if judge is None:
            yield self._said(refusal_html(LlmfirstError(texts_in(language).tab.choose_judge), language))
            return
        yield self._said(_reading(None, judge, language), is_reading=True)
        stop = asyncio.Event()
        self._stops[owner].add(stop)
        votes = votes_of(judge, session_id, self._sessions.evaluations, owner)
        try:
            async with aclosing(votes), aclosing(_until(stop, votes)) as steps:
                async for step in steps:
                    if isinstance(step, JudgingStep):
                        yield self._said(_reading(step, judge, language), is_reading=True)
        except LlmfirstError as error:
            yield self._said(refusal_html(error, language))
            return
        finally:
            self._stops[owner].discard(stop)
        yield self._said(await asyncio.to_thread(self._stored, owner, session_id, language))

    async def on_stop(self, owner: Owner) -> None:
        """Stop the judge of this owner; what it read is kept, and its callback shows what is known."""
        for stop in self._stops[owner]:
            stop.set()

    def _said(self, html: str, *, is_reading: bool = False) -> Updates:
        return {
            self._panel.said: html,
            self._panel.vote: gr.update(interactive=not is_reading),
            self._panel.stop: gr.update(visible=is_reading),
        }

    def _flagged(self, owner: Owner, session_id: str, judge: str | None, language: Language) -> str:
        """Return what is stored, after a warning if the judge that is chosen would judge its own answers.

        The warning names a model that competes, so it waits while people have yet to vote on hidden names.
        """
        stored, archive = self._stored(owner, session_id, language), self._sessions.archive.seen_by(owner)
        try:
            is_own = judge is not None and judges_itself(archive, session_id, judge)
            is_own = is_own and not archive.hidden(archive.load(session_id))
        except LlmfirstError:  # what is stored says it
            return stored
        if judge is None or not is_own:
            return stored
        return f'<p class="notice" role="note">{escape(self_judged_sentence(visible(judge), language))}</p>{stored}'

    def _stored(self, owner: Owner, session_id: str, language: Language) -> str:
        archive: SessionArchive = self._sessions.archive.seen_by(owner)
        try:
            return "".join(_judgement(one, language) for one in archive.judgements(session_id))
        except LlmfirstError as error:
            return refusal_html(error, language)


def wire_judging_panel(
    panel: JudgingPanel, judging: Judging, session_id: gr.Textbox, language: gr.Radio, switched: Any
) -> None:
    """Connect the components; the panel follows the session whose id the text box has."""
    inputs = [session_id, panel.judge, language]
    shown, said = [panel.fold, panel.judge, panel.said], [panel.said, panel.vote, panel.stop]
    session_id.change(_with_owner(judging.on_session), inputs, shown, **_QUIET)
    panel.judge.input(_with_owner(judging.on_session), inputs, shown, **_QUIET)
    switched.then(_with_owner(judging.on_session), inputs, shown, **_QUIET)

    async def on_vote(
        of: str, judge: str | None, chosen: Language, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        async with aclosing(judging.on_vote(owner_of(request.username), of, judge, chosen)) as views:
            async for view in views:
                yield view

    panel.vote.click(on_vote, inputs, said, trigger_mode="once", **_QUIET)
    panel.stop.click(_with_owner(judging.on_stop), None, None, **_QUIET)


def _with_owner(callback: Callable[..., Any]) -> Callable[..., Any]:
    async def called(request: gr.Request, *values: Any) -> Any:
        return await callback(owner_of(request.username), *values)

    return called


async def _until(stop: asyncio.Event, steps: AsyncGenerator[Step, None]) -> AsyncGenerator[Step, None]:
    """Yield the steps until the event is set, which ends the step under way."""
    while not stop.is_set():
        step, stopped = asyncio.create_task(anext(steps, None)), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({step, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not step.done() or (found := step.result()) is None:
                return
        finally:
            step.cancel()
            stopped.cancel()
            await asyncio.gather(step, stopped, return_exceptions=True)
        yield found


def _about(language: Language) -> str:
    return f'<p class="quiet">{escape(texts_in(language).judging.about)}</p>'


def _reading(step: JudgingStep | None, judge: str, language: Language) -> str:
    texts = texts_in(language).judging
    if step is None:
        return f'<p role="status">{escape(texts.preparing.format(judge=visible(judge)))}</p>'
    read = escape(texts.reading.format(judge=visible(judge), read=step.read, total=step.total))
    return (
        f'<p role="status">{read}</p><progress value="{step.read}" max="{step.total}" aria-label="{read}"></progress>'
    )


def _judgement(judgement: Judgement, language: Language) -> str:
    first, *others = (escape(line) for line in judgement_lines(judgement, language))
    items = "".join(f"<li>{line}</li>" for line in others)
    return f'<p class="said" role="status"><b>{first}</b></p><ul>{items}</ul>'
