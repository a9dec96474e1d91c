"""Lets the model give a verdict on its own answer: one token to each of three questions, after the conversation so far.

The model has the conversation in its cache and reads only the question about its answer. A verdict is asked for only
if, by the measured rates, there is time for it. See docs/how-it-answers.md.
"""

from llmfirst.engine.profiles import VerdictLimits
from llmfirst.engine.prompt_budget import expected_seconds
from llmfirst.engine.prompts import SELF_VERDICTS, YES_OR_NO, characters_in, conversation
from llmfirst.engine.run_state import RunState
from llmfirst.errors import DeadlineExceeded, Halted, ProviderError
from llmfirst.events import (
    SECTIONS,
    SELF_QUESTIONS,
    SelfJudged,
    SelfQuestion,
    SelfUnjudged,
    SelfUnjudgedCause,
    ShareSource,
)
from llmfirst.one_token import ALTERNATIVES, GREEDY, share_of_first
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
        if limits is None or not self._turns:
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
            characters = characters_in(self._messages(question))
            expected = expected_seconds(run.pace.rates, characters, len(SELF_VERDICTS[question]), tokens=1)
        if expected is None or run.at() + expected <= self._until:
            return None
        return "too_slow" if expected > limits.seconds else "no_time"

    async def _ask(self, question: SelfQuestion) -> SelfUnjudgedCause | None:
        """Ask one question and emit the verdict; return why there is none."""
        run = self._run
        alternatives = ALTERNATIVES if run.handle.capabilities.logprobs else 0
        call = run.open_call("self_verdict", self._messages(question), 1, sampling=GREEDY, top_logprobs=alternatives)
        cause: SelfUnjudgedCause = "no_verdict"
        try:
            if run.state != "reviewing":
                await run.tell_state("reviewing")
            async for chunk in call.chunks:
                if chunk is not None:
                    call.add(chunk, run.elapsed())
                if run.at() >= self._until:
                    cause = "no_time"
                    break
        except Halted:
            await run.seal()
            raise
        except DeadlineExceeded:
            cause = "no_time"
        except ProviderError as error:
            cause, call.error = "failed", str(error)
        self._longest_seconds = max(self._longest_seconds or 0.0, run.elapsed() - call.started_seconds)
        yes = share_of_first(YES_OR_NO, call.first_token, call.unshown)
        self._thinks = call.has_thought
        await run.seal()
        if yes is None or call.error is not None:
            return cause
        by: ShareSource = "word" if call.first_token is None else "probability"
        await run.emit(
            SelfJudged(elapsed_seconds=run.elapsed(), question=question, yes=yes, by=by, call_id=call.call_id)
        )
        return None

    def _messages(self, question: SelfQuestion) -> tuple[Message, ...]:
        return conversation(self._turns, SELF_VERDICTS[question], is_instructed=self._run.is_instructed)
