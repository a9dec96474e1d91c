"""Lets the model review its own answer: it says what is missing, and may add a short supplement.

A review only happens if, by the measured rates, the remaining time suffices. Shown text is never changed. See
docs/decisions/0011-profiles-and-review.md.
"""

from typing import Final

from llmfirst.engine.call import OpenCall
from llmfirst.engine.landing import landing_search
from llmfirst.engine.lengths import Length
from llmfirst.engine.open_end import OpenEnd
from llmfirst.engine.phase_reader import PIECE_CHARACTERS, PhaseReader
from llmfirst.engine.profiles import ReviewLimits, SupplementLimits
from llmfirst.engine.prompt_budget import expected_seconds
from llmfirst.engine.prompts import (
    REVIEW,
    SUPPLEMENT,
    YES_OR_NO,
    SectionTurn,
    conversation,
    verdict,
    with_question,
)
from llmfirst.engine.run_state import RunState
from llmfirst.engine.steps import in_turns, pieces
from llmfirst.errors import DeadlineExceeded, Halted, ProviderError
from llmfirst.events import (
    SECTIONS,
    SUPPLEMENT_BREAK,
    Ending,
    ReviewAdded,
    ReviewEnding,
    ReviewFinished,
    ReviewJudged,
    ReviewStarted,
)
from llmfirst.one_token import ALTERNATIVES, GREEDY, share_of_first
from llmfirst.providers.base import Message

_LEAST_TOKENS: Final = 20  # a sentence of 14 words
_LANDING_TOKENS: Final = 30  # before its limit, in which the review looks for the end of a sentence


class Review:
    """The review of one answer, after its sections."""

    def __init__(self, run: RunState, *, is_awaited: bool) -> None:
        """`is_awaited`: somebody waits for the slot, so the review is skipped."""
        self._run = run
        self._is_awaited = is_awaited
        self._turns = run.turns(SECTIONS)
        self._text = ""
        self._end = OpenEnd()
        self._is_missing = False
        self._ending: ReviewEnding | None = None
        self._supplement: Ending | None = None
        self._until = run.pace.end

    async def write(self) -> None:
        """Review the answer if the profile asks for it. Raises only Halted."""
        run = self._run
        limits = run.chosen.profile.review
        if limits is None or not run.request.settings.review or not run.text_of("conclusion").strip():
            return
        self._until = min(run.pace.end, run.at() + limits.seconds)
        halted: Halted | None = None
        self._ending = self._obstacle(limits)
        if self._ending is None:
            await run.emit(ReviewStarted(elapsed_seconds=run.elapsed()))
            try:
                await self._calls(limits)
            except Halted as error:
                halted = error
            except DeadlineExceeded:
                pass
            except ProviderError as error:
                self._ending = self._ending or "failed"
                if run.call is not None:
                    run.call.error = str(error)
            await run.seal()
        ending = self._ending or ("shortened" if self._text else "no_time")
        await run.emit(ReviewFinished(elapsed_seconds=run.elapsed(), ending=ending, supplement=self._supplement))
        if halted is not None:
            raise halted

    def _obstacle(self, limits: ReviewLimits) -> ReviewEnding | None:
        """Return why there is no review; None if there is one, also if nothing was measured yet."""
        if self._is_awaited:
            return "awaited"
        if self._run.deadline().passed():
            return "no_time"
        expected = self._expected(self._messages(REVIEW), REVIEW, _LEAST_TOKENS)
        if expected is None or self._run.at() + expected <= self._until:
            return None
        return "too_slow" if expected > limits.seconds else "no_time"

    async def _calls(self, limits: ReviewLimits) -> None:
        run, supplement = self._run, self._run.chosen.profile.supplement
        await self._review(limits)
        if self._ending != "made" or supplement is None or run.at() >= self._until:
            return
        await self._judge(supplement)
        if self._is_missing and self._may_add(supplement):
            await self._add(supplement)

    async def _review(self, limits: ReviewLimits) -> None:
        run = self._run
        call = run.open_call("review", self._messages(REVIEW), limits.tokens)
        await run.tell_state("reviewing")
        async for chunk in call.chunks:
            if chunk is not None:
                call.add(chunk, run.elapsed())
                await self._take(chunk.text, call, is_landing=call.tokens > limits.tokens - _LANDING_TOKENS)
            if self._ending is not None or run.at() >= self._until:
                break
        if call.finish_reason is not None and self._ending is None:
            is_whole = call.finish_reason == "stop"
            self._ending = "nothing" if not self._text.strip() else "made" if is_whole else "shortened"
        self._learn(call)
        await run.seal()
        self._turns = [*self._turns, SectionTurn(self._ask(REVIEW), self._text)]

    async def _take(self, text: str, call: OpenCall, *, is_landing: bool) -> None:
        """Emit the text of a chunk, a long one piece by piece, up to the end of the review."""
        run = self._run
        for piece in pieces(text, PIECE_CHARACTERS):
            point = await in_turns(landing_search(self._end.text, piece, at="sentence")) if is_landing else None
            self._ending = None if point is None else "made"
            if shown := piece[:point]:
                self._text += shown
                self._end.add(shown)
                await run.emit(ReviewAdded(elapsed_seconds=run.elapsed(), text=shown, call_id=call.call_id))
            if self._ending is not None or run.at() >= self._until or run.must_end():
                return

    async def _judge(self, limits: SupplementLimits) -> None:
        """Ask for one token: does the review say that something is missing?"""
        run = self._run
        alternatives = ALTERNATIVES if run.handle.capabilities.logprobs else 0
        asked = verdict(run.request.question, self._text)
        call = run.open_call("verdict", asked, 1, sampling=GREEDY, top_logprobs=alternatives)
        async for chunk in call.chunks:
            if chunk is not None:
                call.add(chunk, run.elapsed())
            if run.at() >= self._until:
                break
        yes = share_of_first(YES_OR_NO, call.first_token, call.unshown)
        self._is_missing = yes is not None and yes > limits.above
        await run.seal()
        await run.emit(
            ReviewJudged(elapsed_seconds=run.elapsed(), is_missing=self._is_missing, yes=yes, call_id=call.call_id)
        )

    def _learn(self, call: OpenCall) -> None:
        """Update the wait of continued calls for their first text, less the time for the new part of the prompt."""
        run, rates = self._run, self._run.pace.rates
        first = run.elapsed() if call.first_text_seconds is None else call.first_text_seconds
        reading = (rates.character_seconds or 0.0) * len(self._ask(REVIEW))
        waited = max(0.0, first - call.started_seconds - reading)
        run.pace = run.pace._replace(rates=rates.after_first(waited))

    def _may_add(self, limits: SupplementLimits) -> bool:
        expected = self._expected(self._messages(SUPPLEMENT), SUPPLEMENT, limits.tokens)
        left = self._run.pace.end - self._run.at()
        return left > 0 if expected is None else expected <= min(limits.seconds, left)

    async def _add(self, limits: SupplementLimits) -> None:
        """Write the supplement as a new block after the conclusion."""
        run = self._run
        run.add_text("conclusion", SUPPLEMENT_BREAK)
        lengths = {**run.pace.lengths, "conclusion": Length(limits.tokens, None, limits.tokens)}
        run.pace = run.pace._replace(lengths=lengths).after_phase("conclusion", run.at())
        budget = run.pace.budget(run.at())
        call = run.open_call("supplement", self._messages(SUPPLEMENT), budget.max_tokens)
        run.pace = run.pace.after_call(run.at(), budget, is_continued=False)
        earlier = run.carried + run.text_of("conclusion")
        reader = PhaseReader(run, "conclusion", call, earlier=earlier, break_before=SUPPLEMENT_BREAK)
        self._supplement = "deadline"  # if reading raises; replaced if the call ends by itself
        await reader.read()
        self._supplement = reader.ending or _ending_of(call)
        await run.seal()

    def _messages(self, asked: str) -> tuple[Message, ...]:
        return conversation(self._turns, self._ask(asked), is_instructed=self._run.is_instructed)

    def _ask(self, asked: str) -> str:
        return with_question(asked, self._run.request.question)

    def _expected(self, messages: tuple[Message, ...], asked: str, tokens: int) -> float | None:
        return expected_seconds(self._run.pace.rates, self._run.characters_in(messages), len(self._ask(asked)), tokens)


def _ending_of(call: OpenCall) -> Ending:
    """Return why the call of a supplement ended: by the model, at its token limit, or without a reason."""
    match call.finish_reason:
        case "stop" | "length":
            return call.finish_reason
        case None:
            return "failed"
