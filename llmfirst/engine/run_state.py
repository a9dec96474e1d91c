"""What one run knows while it goes on; the line, the phases and the end all work on this."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from llmfirst.engine.call import CallPurpose, OpenCall
from llmfirst.engine.deadline import Deadline, Halt, until
from llmfirst.engine.lengths import ASKED, Length
from llmfirst.engine.pace import Pace
from llmfirst.engine.profiles import ChosenProfile
from llmfirst.engine.prompts import SectionTurn, characters_in
from llmfirst.engine.windows import close_limit
from llmfirst.events import AnswerEvent, CallFinished, Ending, Language, Phase, State, StateChanged
from llmfirst.ledger import GENESIS
from llmfirst.providers.base import Message, ModelHandle, Request, Sampling

BEAT_SECONDS: Final = 0.25


@dataclass(frozen=True)
class RunRequest:
    """One question as it came in."""

    run_id: str
    question: str
    language: Language
    """The language of the asker's interface, never a guess about the question."""
    submitted_at: datetime
    halt: Halt
    """Asked when a person says Stop, or, of a run that gives way, when a person has a question."""
    gives_way: bool = False
    """Whether the run is left out of the line that people wait in."""


class RunState:
    """Mutable and owned by one task. Seconds are since the question was submitted, those of `pace` since admission."""

    def __init__(
        self, request: RunRequest, handle: ModelHandle, deadline_seconds: float, chosen: ChosenProfile
    ) -> None:
        self.request = request
        self.handle = handle
        self.chosen = chosen
        self.events: asyncio.Queue[AnswerEvent | None] = asyncio.Queue()
        """What `emit` has told and the reader of the answer has not taken; None once there is no more."""
        self.endings: dict[Phase, Ending] = {}
        self.state: State | None = None
        """What the asker was last told to wait for."""

        self.written: dict[Phase, str] = {}
        """The text that each phase shows."""
        self.carried = ""
        """What the finished sections show, as the growing reply that the model is asked to go on with."""
        self.instructions: Mapping[Phase, str] = {}
        """What the model wrote for the sections in its plan, where the profile uses that."""
        self.asks: dict[Phase, str] = {}
        """What each section was asked with in a message of its own: a later prompt begins with the same words."""

        self.call: OpenCall | None = None
        """The one call that is open, from phase to phase; `seal` or `aclose` closes it."""
        self.is_window_small = False
        """Whether the model's window refused a call for all sections."""
        self.has_ended_itself = False
        """Whether the model ended the growing reply, so that no section is asked for any more."""

        self.has_thought = False
        """Whether the model has thought, which is not text."""

        self.admitted: float | None = None
        """When the deadline began to run."""
        tokens = chosen.profile.strategy_tokens
        self.pace = Pace(deadline_seconds, lengths={**ASKED, "strategy": Length(tokens, None, tokens)})
        self.rates_key: str | None = None
        """What the measured rates are stored by."""
        self.usual_token_seconds: float | None = None
        """Seconds per token before this answer; where nothing was known, in its strategy."""

        self._clock = asyncio.get_running_loop().time
        self._submitted = self._clock()
        self._calls = 0
        self._ledger_head = GENESIS

    # What it tells.

    async def emit(self, event: AnswerEvent) -> None:
        """Put an event on the stream of the answer; return when its reader asks for the next one."""
        self.events.put_nowait(event)
        await self.events.join()

    async def tell_state(self, state: State, seconds: float | None = None) -> None:
        """Tell what the asker waits for now."""
        self.state = state
        await self.emit(StateChanged(elapsed_seconds=self.elapsed() if seconds is None else seconds, state=state))

    # What it knows.

    @property
    def deadline_seconds(self) -> float:
        return self.pace.deadline_seconds

    @property
    def can_continue(self) -> bool:
        """Whether the service can go on with a message; known for sure only once the model is warm."""
        return self.handle.capabilities.prefill

    @property
    def is_instructed(self) -> bool:
        """Whether sections are asked for in messages of their own, with what the model wrote for them in its plan."""
        return bool(self.instructions)

    @property
    def is_growing(self) -> bool:
        """Whether the sections are one reply of the model."""
        return self.can_continue and not self.is_instructed

    @property
    def is_call_per_section(self) -> bool:
        """Whether no call may go on through the sections."""
        return self.is_window_small or not self.is_growing

    def text_of(self, phase: Phase) -> str:
        """Return what a phase shows so far."""
        return self.written.get(phase, "")

    def turns(self, sections: Sequence[Phase]) -> list[SectionTurn]:
        """Return what these sections were asked and wrote: one by one, else all that is written as one reply."""
        written = {phase: text for phase in sections if (text := self.written.get(phase))}
        if all(phase in self.asks for phase in written):
            return [SectionTurn(self.asks[phase], text) for phase, text in written.items()]
        return [SectionTurn(self.request.question, self.carried.rstrip())]

    # Time.

    def elapsed(self) -> float:
        return self._clock() - self._submitted

    def at(self, elapsed: float | None = None) -> float:
        """Return the seconds since admission."""
        assert self.admitted is not None, "a phase begins after admission"
        return (self.elapsed() if elapsed is None else elapsed) - self.admitted

    def stop_asked_seconds(self) -> float | None:
        asked_at = self.request.halt.asked_at
        return None if asked_at is None else max(0.0, asked_at - self._submitted)

    def deadline(self) -> Deadline:
        """Return the instant at which the model must be told to stop."""
        assert self.admitted is not None, "a phase begins after admission"
        return Deadline(self._submitted + self.admitted + self.pace.end)

    # Its one call.

    def open_call(
        self,
        purpose: CallPurpose,
        messages: tuple[Message, ...],
        max_tokens: int,
        *,
        sampling: Sampling | None = None,
        top_logprobs: int = 0,
    ) -> OpenCall:
        """Ask the model; the stream is held here until `seal` or `aclose`."""
        assert self.call is None, "a run has one call at a time"
        self._calls += 1
        request = Request(
            model=self.handle.model,
            messages=messages,
            max_tokens=max_tokens,
            continue_last=messages[-1].role == "assistant",
            sampling=Sampling() if sampling is None else sampling,
            top_logprobs=top_logprobs,
        )
        chunks = until(
            self.deadline(),
            self.request.halt,
            self.handle.provider.stream(request),
            beat_seconds=BEAT_SECONDS,
            close_seconds=close_limit(self.deadline_seconds),
        )
        self.call = OpenCall(f"{self.request.run_id}/{self._calls}", purpose, request, self.elapsed(), chunks)
        return self.call

    def learn_reading(self, call: OpenCall) -> None:
        """Learn from a call how fast its prompt was read."""
        if (read := call.prompt_read()) is not None:
            seconds, tokens, share = read
            characters = round(characters_in(call.request.messages) * share)
            self.pace = self.pace._replace(rates=self.pace.rates.after_prompt(seconds, tokens, characters))

    async def seal(self) -> None:
        """Close the stream of the open call, if there is one, and tell the call's record in the ledger."""
        if (call := self.call) is None:
            return
        await call.chunks.aclose()
        self.call = None
        self.has_thought = self.has_thought or call.has_thought
        record = call.sealed(self.handle.provider.name, self.handle.digest, self.elapsed(), self._ledger_head)
        self._ledger_head = record.sha256
        await self.emit(CallFinished(elapsed_seconds=record.ended_seconds, call=record))

    async def aclose(self) -> None:
        """Stop the model, if it is still writing."""
        if self.call is not None:
            await self.call.chunks.aclose()
