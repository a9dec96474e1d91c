"""The check of a judge: begun and followed for every place of the page that shows a judge."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Final

from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.calibration.answers import GOLD_LANGUAGES
from evals.calibration.checked import CheckedJudge, checked_judge
from evals.records.progress import Progress
from evals.report.judge_card import judge_card
from evals.report.templates import drawn
from evals.report.trust_card import trust_advice
from evals.run.service import CALIBRATION, Evaluations
from evals.suite.cases import Language
from evals.texts import texts_in
from evals.ui.render import expected_words, refusal_html
from llmfirst import LlmfirstError, Owner, visible

_TICK_SECONDS: Final = 1.0
_LEAST_LEFT_SECONDS: Final = 1.0  # less is not worth a word


@dataclass(frozen=True)
class CheckView:
    """What is shown of a judge at one moment."""

    progress: str = ""
    card: str | None = None
    """None: the card stays as it is."""
    is_running: bool = False


@dataclass(frozen=True)
class _Beginning:
    judge: str
    work: asyncio.Task[str]
    at: float
    """When it began, by the clock of the loop."""


class JudgeCheck:
    """Begins, follows and stops checks. It serves all visitors, and each sees only the own check."""

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._beginning: dict[Owner, _Beginning] = {}

    async def look(self, owner: Owner, judge: str | None, language: Language) -> AsyncGenerator[CheckView, None]:
        """Show the card of a judge, and how far the owner's check is while one runs."""
        beginning, running = self._beginning.get(owner), self._evaluations.running_of(owner) or ""
        is_running = beginning is not None or running.startswith(CALIBRATION)
        yield CheckView(card=await self._card(owner, judge, language), is_running=is_running)
        if judge is None or not is_running:
            return
        following = self._followed(owner, judge, running, language)
        if beginning is not None:
            following = self._begun(owner, beginning, language)
        async with aclosing(following) as views:
            async for view in views:
                yield view

    async def check(
        self, owner: Owner, judge: str, language: Language, languages: Sequence[Language] = GOLD_LANGUAGES
    ) -> AsyncGenerator[CheckView, None]:
        """Let a judge read the gold sets of these languages until its trust is certain, telling every step at once."""
        work = asyncio.create_task(self._evaluations.begin_calibration(judge, languages, owner=owner))
        beginning = self._beginning[owner] = _Beginning(judge, work, asyncio.get_running_loop().time())
        work.add_done_callback(lambda _: self._beginning.pop(owner, None))
        async with aclosing(self._begun(owner, beginning, language)) as views:
            async for view in views:
                yield view

    async def stop(self, owner: Owner) -> None:
        """Stop the check of this owner; what was read is kept."""
        if owner in self._beginning:
            self._beginning[owner].work.cancel()
        if (self._evaluations.running_of(owner) or "").startswith(CALIBRATION):
            await self._evaluations.stop(owner)

    async def _begun(self, owner: Owner, beginning: _Beginning, language: Language) -> AsyncGenerator[CheckView, None]:
        """Tell how long a judge is being prepared, then how far it is."""
        loop, work = asyncio.get_running_loop(), beginning.work
        while not work.done():
            yield CheckView(_preparing(beginning.judge, loop.time() - beginning.at, language), is_running=True)
            await asyncio.wait({work}, timeout=_TICK_SECONDS)
        if work.cancelled():
            yield CheckView(_status(texts_in(language).judge_card.stopped))
            return
        try:
            check_id = work.result()
        except LlmfirstError as error:
            yield CheckView(refusal_html(error, language))
            return
        async with aclosing(self._followed(owner, beginning.judge, check_id, language)) as views:
            async for view in views:
                yield view

    async def _followed(
        self, owner: Owner, judge: str, check_id: str, language: Language
    ) -> AsyncGenerator[CheckView, None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._evaluations.running_of(owner) == check_id:
            news = asyncio.create_task(self._evaluations.news())
            progress = self._evaluations.progress(check_id)
            is_read = progress is not None and progress.readings > 0
            said = _reading(judge, progress, language) if is_read else _preparing(judge, loop.time() - began, language)
            yield CheckView(said, is_running=True)
            await asyncio.wait({news}, timeout=_TICK_SECONDS)
            news.cancel()
        yield CheckView(
            _ended(self._evaluations.progress(check_id), language), await self._card(owner, judge, language)
        )

    async def _card(self, owner: Owner, judge: str | None, language: Language) -> str:
        if judge is None:
            return f'<p class="quiet">{escape(texts_in(language).judge_card.no_judges)}</p>'
        try:
            card = await self._evaluations.known_judge_card(judge)
        except LlmfirstError as error:
            return refusal_html(error, language)
        checked = await asyncio.to_thread(checked_judge, self._evaluations.archive.seen_by(owner), card)
        return judge_card_html(checked, language, is_open=False)


def judge_card_html(
    checked: CheckedJudge, language: Language, known: JudgeEvidence = NO_EVIDENCE, *, is_open: bool
) -> str:
    """Return the card of a judge; `known` is what its canaries came to, where it judged an evaluation."""
    advice = trust_advice(JudgeEvidence(checked.calibrations, known.canaries), language)
    return drawn("judge_card.html.j2", language, card=judge_card(checked, language), paragraphs=advice, is_open=is_open)


def _preparing(judge: str, seconds: float, language: Language) -> str:
    texts = texts_in(language).judge_card
    said = texts.preparing.format(judge=visible(judge), seconds=seconds)
    return f"{_status(said)}<p class='quiet'>{escape(texts.may_think)}</p>"


def _reading(judge: str, progress: Progress | None, language: Language) -> str:
    assert progress is not None
    texts = texts_in(language).judge_card
    said = [texts.progress.format(judge=visible(judge), judged=progress.judged, readings=progress.readings)]
    if progress.stage == "paused":
        said.append(texts.paused)
    elif progress.left is not None and progress.left.seconds >= _LEAST_LEFT_SECONDS:
        said.append(texts.progress_left.format(time=expected_words(progress.left, texts_in(language).tab)))
    bar = f'<progress value="{progress.judged}" max="{progress.readings}" aria-hidden="true"></progress>'
    return f"{_status(' · '.join(said))}{bar}"


def _ended(progress: Progress | None, language: Language) -> str:
    if progress is None or progress.stage == "done":
        return ""
    if progress.error is not None:
        return refusal_html(progress.error, language)
    return _status(texts_in(language).judge_card.stopped)


def _status(said: str) -> str:
    return f'<p role="status">{escape(said)}</p>'
