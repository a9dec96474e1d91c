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
from llmfirst.engine.prompts import SectionTurn
from llmfirst.engine.windows import close_limit
from llmfirst.events import CallFinished, Ending, Language, Phase, State, StateChanged
from llmfirst.ledger import GENESIS
from llmfirst.providers.base import Message, ModelHandle, Request, Sampling

BEAT_SECONDS: Final = 0.25


@dataclass(frozen=True)
class RunRequest:
    """One question as it came in; `halt` is asked when a person says Stop, or for one that gives way to people's."""

    run_id: str
    question: str
    language: Language
    submitted_at: datetime
    halt: Halt
    gives_way: bool = False


class RunState:
    """Mutable, owned by one task; seconds are since submit, those of `pace` since admission.

    It holds the one call that is open, `call`, from phase to phase; `aclose` closes it wherever the run ends.
    `instructions` are what the model wrote for the sections in its plan, where the profile uses that; `asks` what it
    was asked for each section in a message of its own, word for word, so that a later prompt begins with the same text.
    `has_ended_itself`: the growing reply is over by the model's own end, and no section is asked for any more.
    """

    def __init__(
        self, request: RunRequest, handle: ModelHandle, deadline_seconds: float, chosen: ChosenProfile
    ) -> None:
        self.request = request
        self.handle = handle
        self.chosen = chosen
        tokens = chosen.profile.strategy_tokens
        self.pace = Pace(deadline_seconds, lengths={**ASKED, "strategy": Length(tokens, None, tokens)})
        self.usual_token_seconds: float | None = None
        self.written: dict[Phase, str] = {}
        self.carried = ""
        self.instructions: Mapping[Phase, str] = {}
        self.asks: dict[Phase, str] = {}
        self.call: OpenCall | None = None
        self.is_window_small = False
        self.has_ended_itself = False
        self.endings: dict[Phase, Ending] = {}
        self.state: State | None = None
        self.admitted: float | None = None
        self.rates_key: str | None = None
        self._clock = asyncio.get_running_loop().time
        self._submitted = self._clock()
        self._calls = 0
        self._ledger_head = GENESIS

    @property
    def deadline_seconds(self) -> float:
        return self.pace.deadline_seconds

    @property
    def is_call_per_section(self) -> bool:
        """Whether no call may go on through the sections; known for sure only once the model is warm."""
        return self.is_window_small or not self.handle.capabilities.prefill

    @property
    def is_instructed(self) -> bool:
        """Whether sections are asked for in messages of their own, with what the model wrote for them in its plan."""
        return bool(self.instructions)

    @property
    def is_growing(self) -> bool:
        """Whether the sections are one reply of the model; known for sure only once the model is warm."""
        return self.handle.capabilities.prefill and not self.is_instructed

    def is_alone(self, phase: Phase) -> bool:
        """Tell whether the call of a phase may write nothing besides it."""
        return self.is_call_per_section or phase == "strategy" or self.is_instructed

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

    def now(self, state: State, seconds: float | None = None) -> StateChanged:
        self.state = state
        return StateChanged(elapsed_seconds=self.elapsed() if seconds is None else seconds, state=state)

    def turns(self, sections: Sequence[Phase]) -> list[SectionTurn]:
        """Return what these sections were asked and wrote: one by one, else all that is written as one reply."""
        written = {phase: text for phase in sections if (text := self.written.get(phase))}
        if all(phase in self.asks for phase in written):
            return [SectionTurn(self.asks[phase], text) for phase, text in written.items()]
        return [SectionTurn(self.request.question, self.carried.rstrip())]

    def open_call(
        self,
        purpose: CallPurpose,
        messages: tuple[Message, ...],
        max_tokens: int,
        *,
        sampling: Sampling | None = None,
        top_logprobs: int = 0,
    ) -> OpenCall:
        """Ask the model; the stream is held here until `sealed` or `aclose`."""
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

    async def sealed(self) -> CallFinished:
        """Close the stream of the open call and put the call into the ledger."""
        call = self.call
        assert call is not None, "only an open call is sealed"
        await call.chunks.aclose()
        self.call = None
        record = call.sealed(self.handle.provider.name, self.handle.digest, self.elapsed(), self._ledger_head)
        self._ledger_head = record.sha256
        return CallFinished(elapsed_seconds=record.ended_seconds, call=record)

    async def aclose(self) -> None:
        """Stop the model, if it is still writing."""
        if self.call is not None:
            await self.call.chunks.aclose()
