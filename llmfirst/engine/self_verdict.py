"""Lets the model give a verdict on its own answer: one token to each of three questions, after the conversation so far.

The model has the conversation in its cache and reads only the question about its answer. A verdict is asked for only
if, by the measured rates, there is time for it. See docs/how-it-answers.md.
"""

from llmfirst.engine.one_token_call import chosen
from llmfirst.engine.profiles import VerdictLimits
from llmfirst.engine.prompt_budget import expected_seconds
from llmfirst.engine.prompts import SELF_VERDICTS, YES_OR_NO, conversation
from llmfirst.engine.run_state import RunState
from llmfirst.events import (
    SECTIONS,
    SELF_QUESTIONS,
    SelfJudged,
    SelfQuestion,
    SelfUnjudged,
    SelfUnjudgedCause,
)
from llmfirst.providers.base import Message


class SelfVerdict:
    """The model's verdict on one answer, after its sections."""

    def __init__(self, run: RunState, *, is_awaited: bool) -> None:
        """`is_awaited`: somebody waits for the slot, so the verdict is skipped."""
        self._run = run
        self._is_awaited = is_awaited
        self._turns = run.turns(SECTIONS)
        self._until = run.pace.end
        self._longest_seconds: float | None = None
        """What the longest verdict took; None before the first."""
        self._thinks = False
        """Whether the model thought instead of saying a word; it would do so again."""

    async def give(self) -> None:
        """Ask the questions if the profile has a verdict, and emit what came of each. Raises only Halted."""
        run = self._run
        limits = run.chosen.profile.verdict
        if limits is None or not run.request.settings.review or not self._turns:
            return
        self._until = min(run.pace.end, run.at() + limits.seconds)
        for_the_rest: SelfUnjudgedCause | None = None
        for question in SELF_QUESTIONS:
            for_the_rest = for_the_rest or self._obstacle(question, limits)
            cause = for_the_rest or await self._ask(question)
            if cause is None:
                continue
            await run.emit(SelfUnjudged(elapsed_seconds=run.elapsed(), question=question, cause=cause))
            if cause != "no_verdict":  # the model may have a word for the next question
                for_the_rest = cause

    def _obstacle(self, question: SelfQuestion, limits: VerdictLimits) -> SelfUnjudgedCause | None:
        """Return why a question is not asked; None if it is asked, also if nothing was measured yet."""
        run = self._run
        if self._is_awaited:
            return "awaited"
        if self._thinks:
            return "no_verdict"
        if run.at() >= self._until:
            return "no_time"
        expected = self._longest_seconds
        if expected is None:
            characters = run.characters_in(self._messages(question))
            expected = expected_seconds(run.pace.rates, characters, len(SELF_VERDICTS[question]), tokens=1)
        if expected is None or run.at() + expected <= self._until:
            return None
        return "too_slow" if expected > limits.seconds else "no_time"

    async def _ask(self, question: SelfQuestion) -> SelfUnjudgedCause | None:
        """Ask one question and emit the verdict; return why there is none."""
        run = self._run
        choice = await chosen(
            run, "self_verdict", self._messages(question), YES_OR_NO, until=self._until, state="reviewing"
        )
        self._longest_seconds = max(self._longest_seconds or 0.0, choice.seconds)
        self._thinks = choice.has_thought
        if choice.first is None:
            return choice.failed or "no_verdict"
        await run.emit(
            SelfJudged(
                elapsed_seconds=run.elapsed(),
                question=question,
                yes=choice.first,
                by=choice.by,
                call_id=choice.call_id,
            )
        )
        return None

    def _messages(self, question: SelfQuestion) -> tuple[Message, ...]:
        return conversation(self._turns, SELF_VERDICTS[question], is_instructed=self._run.is_instructed)
