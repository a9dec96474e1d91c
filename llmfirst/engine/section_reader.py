"""One phase reads from the open call: what of it is shown, and when the phase or the call is over.

A section that lands while the model is writing hands the call on: the next one begins with the text after the landing
point. See docs/decisions/0009-one-call-through-the-sections.md.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Final

from llmfirst.engine.call import OpenCall
from llmfirst.engine.landing import LandsAt, landing_point
from llmfirst.engine.pace import Decision, LandingReason
from llmfirst.engine.repetition import RepetitionGuard
from llmfirst.engine.run_state import BEAT_SECONDS, RunState
from llmfirst.events import SECTIONS, AnswerEvent, Ending, Phase, State, TextAdded
from llmfirst.providers.base import Chunk

SILENCE_SECONDS: Final = 3.0  # a longer silence is a state with a name, so that the reader knows what is going on
_AT: Final[Mapping[Decision, LandsAt]] = {"land_block": "block", "land_prose": "prose", "land_sentence": "sentence"}
_BY_WHY: Final[dict[LandingReason, Ending]] = {"tokens": "landed", "time": "timed"}


class SectionReader:
    """What one phase takes of a call; the stream stays open, and whoever goes on reading begins with what is unshown.

    Afterwards `ending` says why the phase is over; None when the call is over and the phase may not be.
    """

    def __init__(self, run: RunState, phase: Phase, call: OpenCall) -> None:
        self.ending: Ending | None = None
        self.is_stalled = False
        self.is_handed_on = False
        self._run = run
        self._phase = phase
        self._call = call
        self._guard = RepetitionGuard(run.carried + self._text if phase != "strategy" else "")

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what the call tells until the phase or the call is over."""
        call = self._call
        if call.unshown:  # it came with the end of the section before
            for event in self._told(Chunk(text=call.unshown), self._run.elapsed()):
                yield event
        if self._is_over:
            return
        async for chunk in call.chunks:
            seconds = self._run.elapsed()
            if chunk is not None:
                self._observe(chunk, seconds)
            for event in self._told(chunk, seconds):
                yield event
            if self._is_over:
                return

    @property
    def _is_over(self) -> bool:
        return self.ending is not None or self.is_stalled

    @property
    def _text(self) -> str:
        return self._run.written.get(self._phase, "")

    def _observe(self, chunk: Chunk, seconds: float) -> None:
        run, call = self._run, self._call
        before = call.tokens
        call.add(chunk, seconds)
        if chunk.text:
            run.pace = run.pace.after_tokens(run.at(seconds), max(0, call.tokens - before))
        elif chunk.prefill is not None:
            run.pace = run.pace.after_sign(run.at(seconds))

    def _told(self, chunk: Chunk | None, seconds: float) -> Iterator[AnswerEvent]:
        """Yield what a chunk, or a beat of silence, tells; then look at the clock."""
        run, call, phase = self._run, self._call, self._phase
        decision, why = run.pace.decision(run.at(seconds))
        if chunk is not None:
            piece = self._shown(chunk, decision, why)
            unseen = None if piece or chunk.finish_reason is not None else self._unseen(seconds)
            state = call.state_after(chunk) if unseen is None else unseen
            if state is not None and state != run.state:
                yield run.now(state, seconds)
            if piece:
                call.add_shown(piece, seconds)
                run.written[phase] = self._text + piece
                yield TextAdded(elapsed_seconds=seconds, phase=phase, text=piece, call_id=call.call_id)
        elif run.state == "writing" and (unseen := self._unseen(seconds)) is not None:
            yield run.now(unseen, seconds)
        if self.ending is None and decision == "cut" and (why == "time" or call.finish_reason is None):
            self.ending = "cut" if why == "time" else "length"
        self.is_stalled = run.pace.is_stalled(run.at(seconds)) and run.pace.may_retry(run.at(seconds))

    def _unseen(self, seconds: float) -> State | None:
        """Name why a reader has seen nothing for almost as long as may pass without a name."""
        if self._call.unseen_seconds(seconds) <= SILENCE_SECONDS - BEAT_SECONDS:
            return None
        return "comparing" if self._call.unshown else "silent"

    def _shown(self, chunk: Chunk, decision: Decision, why: LandingReason) -> str:
        """Return what of a chunk is shown; notes the ending when the phase is over with it."""
        guard = self._guard
        piece = guard.add(chunk.text) if chunk.text else ""
        if piece and decision not in ("go_on", "cut"):
            point = landing_point(self._text, piece, at=_AT[decision])
            if point is not None:
                self.ending = _BY_WHY[why]
                self.is_handed_on = self._may_hand_on()
                return _with_blanks(piece, point) if self.is_handed_on else piece[:point]
        if guard.is_repeating:
            self.ending = "repeated"
        elif chunk.finish_reason is not None:
            piece += guard.rest()
        return piece

    def _may_hand_on(self) -> bool:
        run, call = self._run, self._call
        is_writing = call.finish_reason is None and not run.is_alone(self._phase)
        has_next = self._phase in SECTIONS[:-1]
        return is_writing and has_next and run.pace.may_hand_over(run.at(), call.tokens_left)


def _with_blanks(piece: str, point: int) -> str:
    """Return a piece up to where the next section's first visible sign may stand."""
    return piece[: len(piece) - len(piece[point:].lstrip())]
