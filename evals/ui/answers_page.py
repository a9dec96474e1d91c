"""The callbacks of the Answers part: show the answers that an address asks for, and follow those to come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from evals.analysis.answer_list import AnswerQuery
from evals.analysis.summary import Summary, summary_of
from evals.recordings.recorded import RECORDED, Recorded
from evals.run.service import Evaluations
from evals.texts import PartName
from evals.ui.answers_part import AnswersPart
from evals.ui.answers_render import answers_html, filters_html
from evals.ui.render import refusal_html
from llmfirst import Language, LlmfirstError, Owner, Updates

# Each new look costs the model some tokens on a machine whose cores they share.
_LOOK_SECONDS: Final = 2.0


class AnswersPage:
    """The callbacks. What is asked stands in the address and in the visit; what is shown is the owner's."""

    def __init__(self, evaluations: Evaluations, part: AnswersPart, recorded: Recorded) -> None:
        self._evaluations = evaluations
        self._part = part
        self._recorded = recorded

    async def on_look(
        self, owner: Owner, evaluation_id: str | None, asked: str, language: Language, part: PartName = "answers"
    ) -> AsyncGenerator[Updates, None]:
        """Show the filters and the answers while their part is open, and go on while the evaluation does."""
        if part != "answers":  # where people label, the list would name the models
            yield {self._part.asked: asked}
            return
        is_first = True
        while True:
            news = asyncio.create_task(self._evaluations.news())
            try:
                is_over = evaluation_id is None or self._evaluations.running_of(owner) != evaluation_id
                filters, listing = await asyncio.to_thread(self._drawn, owner, evaluation_id, asked, language)
                # Later on the filters stay: somebody may be writing in them.
                yield {self._part.listing: listing, **({self._part.filters: filters} if is_first else {})}
                if is_over:
                    return
                is_first = False
                await asyncio.sleep(_LOOK_SECONDS)
                await news
            finally:
                news.cancel()

    async def on_asked(
        self, owner: Owner, evaluation_id: str | None, given: object, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Show what the filters or a link ask for; what the browser gives is untrusted."""
        wanted = given.get("asked") if isinstance(given, dict) else None
        asked = wanted if isinstance(wanted, str) else ""
        is_over = isinstance(given, dict) and given.get("isOver") is True
        async with aclosing(self.on_look(owner, evaluation_id, asked, language)) as views:
            async for updates in views:
                if not is_over:  # the filters say it already
                    updates.pop(self._part.filters, None)
                yield {**updates, self._part.asked: asked}

    def _drawn(self, owner: Owner, evaluation_id: str | None, asked: str, language: Language) -> tuple[str, str]:
        if evaluation_id is None:
            return "", ""
        try:
            summary = self._summary(owner, evaluation_id)
        except LlmfirstError as error:
            return "", refusal_html(error, language)
        query = AnswerQuery.read(asked, evaluation_id)
        return filters_html(summary.evaluation, query, language), answers_html(summary, query, language)

    def _summary(self, owner: Owner, evaluation_id: str) -> Summary:
        if evaluation_id == RECORDED:
            recorded = self._recorded.open()
            return summary_of(recorded.archive, recorded.evaluation)
        archive = self._evaluations.archive.seen_by(owner)
        return summary_of(archive, archive.load(evaluation_id))
