"""Shows the text of an open call piece by piece, until the phase or the call ends.

If a section ends while the model is still writing, it hands the call on, and the next section starts with the text
after the landing point. See docs/decisions/0009-one-call-through-the-sections.md.
"""

from collections.abc import Mapping
from typing import Final

from llmfirst.engine.call import OpenCall
from llmfirst.engine.landing import LandsAt, landing_search
from llmfirst.engine.pace import Decision, LandingReason
from llmfirst.engine.prompts import TOLD
from llmfirst.engine.repetition import LONGEST_MEMORY, RepetitionGuard
from llmfirst.engine.run_state import BEAT_SECONDS, RunState
from llmfirst.engine.steps import Steps, in_turns, pieces
from llmfirst.events import Ending, Phase, State, TextAdded, ThoughtAdded
from llmfirst.providers.base import Chunk

PIECE_CHARACTERS: Final = 200  # of a chunk that are taken at once
_BITE_CHARACTERS: Final = 8  # that the guard compares at once, with up to 0.3 ms for each
_LEARNT_CHARACTERS: Final = 64  # that it only remembers, also at once
SILENCE_SECONDS: Final = 3.0  # after a longer silence, a state tells the reader what is going on
_GRACE_SECONDS: Final = 2.0  # for a service that ends a thought by itself
_LANDS_AT: Final[Mapping[Decision, LandsAt]] = {
    "land_block": "block",
    "land_prose": "prose",
    "land_sentence": "sentence",
}
_ENDINGS: Final[Mapping[LandingReason, Ending]] = {"tokens": "landed", "time": "timed"}


class PhaseReader:
    """Reads one call for one phase. It leaves the stream open; the next reader starts with the text not yet shown."""

    def __init__(
        self, run: RunState, phase: Phase, call: OpenCall, *, earlier: str = "", break_before: str = ""
    ) -> None:
        """Hide text that repeats a block of `earlier`; emit `break_before` ahead of the first text."""
        self.call = call
        self.ending: Ending | None = None
        """Why the phase ended; None while it goes on, or if only the call ended."""
        self.is_stalled = False
        """Whether the call was given up after a long silence."""
        self.is_thought_over = False
        """Whether the call was given up because it thought for too long, and the model can be told not to."""
        self.is_handed_on = False
        """Whether the next section continues with the call."""
        self._run = run
        self._phase = phase
        self._break_before = break_before
        self._earlier = earlier
        self._guard = RepetitionGuard(told=TOLD)

    async def read(self) -> None:
        """Emit the text of the call until the phase or the call ends. Exceptions of the stream are passed on."""
        call = self.call
        await in_turns(self._learn())
        if call.unshown:  # it arrived in the same piece as the end of the section before
            await self._take(Chunk(text=call.unshown), self._run.elapsed())
        if self._is_over:
            return
        async for chunk in call.chunks:
            seconds = self._run.elapsed()
            if chunk is None:
                await self._take_silence(seconds)
            else:
                self._observe(chunk, seconds)
                await self._take(chunk, seconds)
            if self._is_over:
                return

    @property
    def _is_over(self) -> bool:
        return self.ending is not None or self.is_stalled or self.is_thought_over

    def _observe(self, chunk: Chunk, seconds: float) -> None:
        run, call = self._run, self.call
        before = call.tokens
        call.add(chunk, seconds)
        if chunk.text:
            run.pace = run.pace.after_tokens(run.at(seconds), max(0, call.tokens - before))
        elif chunk.thought:
            run.pace = run.pace.after_thought(run.at(seconds), max(0, call.tokens - before))
        elif chunk.prefill is not None:
            run.pace = run.pace.after_sign(run.at(seconds))

    def _learn(self) -> Steps[None]:
        for piece in pieces(self._earlier[-LONGEST_MEMORY:], _LEARNT_CHARACTERS):
            if self._run.must_end():
                return
            self._guard.learn(piece)
            yield

    async def _take(self, chunk: Chunk, seconds: float) -> None:
        """Take a chunk, a long one piece by piece, so that Stop and the deadline are seen in between."""
        if chunk.thought:
            await self._tell_thought(chunk.thought, seconds)
        *begun, last = pieces(chunk.text, PIECE_CHARACTERS)
        for piece in begun:
            await self._take_piece(Chunk(text=piece), seconds)
            if self._is_over or self._run.must_end():
                return
            seconds = self._run.elapsed()
            self._run.pace = self._run.pace.after_sign(self._run.at(seconds))
        await self._take_piece(chunk.model_copy(update={"text": last}) if begun else chunk, seconds)

    async def _take_piece(self, chunk: Chunk, seconds: float) -> None:
        """Emit the text and state of a chunk, and check the clock."""
        run, call = self._run, self.call
        decision, reason = run.pace.decision(run.at(seconds))
        piece = await self._shown(chunk, decision, reason)
        is_sign = bool(piece or chunk.thought) or chunk.finish_reason is not None
        silence = None if is_sign else self._silence(seconds)
        state = call.state_after(chunk) if silence is None else silence
        if state is not None and state != run.state:
            await run.tell_state(state, seconds)
        if piece:
            await self._tell(piece, seconds)
        self._look_at_clock(seconds, decision, reason)

    async def _take_silence(self, seconds: float) -> None:
        """Emit a state if the silence has become long, and check the clock."""
        run = self._run
        decision, reason = run.pace.decision(run.at(seconds))
        if run.state == "writing" and (silence := self._silence(seconds)) is not None:
            await run.tell_state(silence, seconds)
        self._look_at_clock(seconds, decision, reason)

    async def _tell_thought(self, thought: str, seconds: float) -> None:
        run, phase = self._run, self._phase
        if run.state != "thinking":
            await run.tell_state("thinking", seconds)
        await run.emit(ThoughtAdded(elapsed_seconds=seconds, phase=phase, text=thought, call_id=self.call.call_id))

    async def _tell(self, piece: str, seconds: float) -> None:
        run, call, phase = self._run, self.call, self._phase
        if self._break_before and not call.shown_characters:
            layout = TextAdded(elapsed_seconds=seconds, phase=phase, text=self._break_before, call_id=call.call_id)
            await run.emit(layout)
        call.add_shown(piece, seconds)
        run.add_text(phase, piece)
        await run.emit(TextAdded(elapsed_seconds=seconds, phase=phase, text=piece, call_id=call.call_id))

    def _look_at_clock(self, seconds: float, decision: Decision, reason: LandingReason) -> None:
        run = self._run
        if self.ending is None and decision == "cut" and (reason == "time" or self.call.finish_reason is None):
            self.ending = "cut" if reason == "time" else "length"
        self.is_stalled = run.pace.is_stalled(run.at(seconds)) and run.pace.may_retry(run.at(seconds))
        self.is_thought_over = self._has_thought_enough(seconds)

    def _has_thought_enough(self, seconds: float) -> bool:
        run, request = self._run, self.call.request
        if request.thought is None or not run.may_silence(request) or self._phase == "strategy":
            return False
        grace = _GRACE_SECONDS if run.handle.capabilities.ends_thought else 0.0
        return self.call.thinking_seconds(seconds) > request.thought.seconds + grace

    def _silence(self, seconds: float) -> State | None:
        """Return the state that explains a long silence; None while the silence is short."""
        if self.call.unseen_seconds(seconds) <= SILENCE_SECONDS - BEAT_SECONDS:
            return None
        return "comparing" if self.call.has_unshown else "silent"

    async def _shown(self, chunk: Chunk, decision: Decision, reason: LandingReason) -> str:
        """Return the part of a chunk to show, and set `ending` if the phase ends with it."""
        guard = self._guard
        piece = await in_turns(self._compared(chunk.text)) if chunk.text else ""
        if piece and decision not in ("go_on", "cut"):
            end = self._run.end_of(self._phase)
            point = await in_turns(landing_search(end, piece, at=_LANDS_AT[decision]))
            if point is not None:
                self.ending = _ENDINGS[reason]
                self.is_handed_on = self._may_hand_on()
                return _with_blanks(piece, point) if self.is_handed_on else piece[:point]
        if guard.is_repeating:
            self.ending = "repeated"
        elif chunk.finish_reason is not None:
            piece += guard.rest()
        return piece

    def _compared(self, text: str) -> Steps[str]:
        """Return the part of a text that repeats nothing."""
        shown = ""
        for bite in pieces(text, _BITE_CHARACTERS):
            shown += self._guard.add(bite)
            yield
        return shown

    def _may_hand_on(self) -> bool:
        run, call = self._run, self.call
        is_writing = call.finish_reason is None and not run.is_call_per_section
        has_next = self._phase in run.reply_sections[:-1]
        return is_writing and has_next and run.pace.may_hand_over(run.at(), call.tokens_left)


def _with_blanks(piece: str, point: int) -> str:
    """Return a piece up to the next section's first visible character."""
    return piece[: len(piece) - len(piece[point:].lstrip())]
