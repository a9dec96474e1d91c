"""What the line about an evaluation does: it names, notes and deletes."""

import asyncio
from collections.abc import Callable
from html import escape

import gradio as gr

from evals.records.archive import Archive
from evals.records.captions import (
    MOST_NAME_CHARACTERS,
    MOST_NOTES_CHARACTERS,
    NO_CAPTION,
    Caption,
    caption_of,
    keep_caption,
)
from evals.records.evaluation import Evaluation
from evals.sessions.removal import Removal, removal_of, remove
from evals.texts import texts_in
from evals.ui.about_tab import AboutEvaluation
from evals.ui.render import refusal_html
from llmfirst import Language, LlmfirstError, Owner, Updates, problem_html


class AboutPage:
    """The callbacks. They serve all visitors, so each gets the owner."""

    def __init__(
        self, archive: Archive, about: AboutEvaluation, notice: gr.HTML, running_of: Callable[[Owner], str | None]
    ) -> None:
        self._archive = archive
        self._about = about
        self._notice = notice
        self._running_of = running_of

    def shown(self, archive: Archive, evaluation: Evaluation | None) -> Updates:
        """Return the line about an evaluation; there is none about a recorded one. Blocks its thread."""
        about = self._about
        caption = NO_CAPTION if evaluation is None else caption_of(archive, evaluation.evaluation_id)
        return {
            about.line: gr.Row(visible=evaluation is not None),
            about.name: caption.name,
            about.notes: caption.notes,
            **self.on_keep(),
        }

    async def on_caption(
        self, owner: Owner, evaluation_id: str | None, name: str | None, notes: str | None, language: Language
    ) -> Updates:
        """Keep what an evaluation is called, and what is noted about it."""
        caption = Caption(
            name=" ".join((name or "").split())[:MOST_NAME_CHARACTERS].strip(),
            notes=(notes or "")[:MOST_NOTES_CHARACTERS].strip(),
        )
        try:
            await asyncio.to_thread(keep_caption, self._archive.seen_by(owner), evaluation_id or "", caption)
        except LlmfirstError as error:
            return {self._notice: refusal_html(error, language)}
        return {self._notice: ""}

    async def on_delete(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Ask first, and tell what would go."""
        if refused := self._refused(owner, evaluation_id, language):
            return {self._notice: refused}
        archive = self._archive.seen_by(owner)
        try:
            removal = await asyncio.to_thread(removal_of, archive, evaluation_id or "")
        except LlmfirstError as error:
            return {self._notice: refusal_html(error, language)}
        question = f'<p role="alert">{escape(_question(removal, language))}</p>'
        return {self._about.asking: gr.Row(visible=True), self._about.question: question, self._notice: ""}

    async def on_really(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Delete the evaluation."""
        if refused := self._refused(owner, evaluation_id, language):
            return {self._notice: refused, **self.on_keep()}
        try:
            await asyncio.to_thread(remove, self._archive.seen_by(owner), evaluation_id or "")
        except LlmfirstError as error:
            return {self._notice: refusal_html(error, language), **self.on_keep()}
        return {self._notice: f'<p role="status">{escape(texts_in(language).about.deleted)}</p>', **self.on_keep()}

    def on_keep(self) -> Updates:
        """Ask no more."""
        return {self._about.asking: gr.Row(visible=False), self._about.question: ""}

    def _refused(self, owner: Owner, evaluation_id: str | None, language: Language) -> str:
        is_running = evaluation_id is not None and self._running_of(owner) == evaluation_id
        return problem_html(texts_in(language).about.running) if is_running else ""


def _question(removal: Removal, language: Language) -> str:
    texts = texts_in(language).about
    parts = [texts.answers.format(count=removal.answers), texts.verdicts.format(count=removal.verdicts)]
    if removal.labels:
        parts.append(texts.labels.format(count=removal.labels, people=", ".join(removal.people)))
    if removal.votes:
        parts.append(texts.votes.format(count=removal.votes))
    return texts.question.format(what=", ".join(parts))
