"""The mutable state of one run, shared by the line, the phases and the review."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from llmfirst.engine.call import LONGEST_REPLY, CallPurpose, OpenCall, bounded
from llmfirst.engine.conversation import Recalled, Turn, in_conversation, readable_tokens, recall, told_first
from llmfirst.engine.deadline import Deadline, Halt, until
from llmfirst.engine.faults import FaultyCalls
from llmfirst.engine.lengths import ANSWER_FIRST, ASKED, GROWING, WORKED_OUT, Length, Lengths
from llmfirst.engine.open_end import OpenEnd
from llmfirst.engine.pace import Pace
from llmfirst.engine.profiles import ChosenProfile
from llmfirst.engine.prompts import SectionTurn, characters_in, opening
from llmfirst.engine.thinking import NO_THOUGHT, WANTED, is_wanted, quietest, told
from llmfirst.engine.windows import close_limit
from llmfirst.events import (
    AS_SET,
    PHASES,
    SECTIONS,
    AnswerEvent,
    AnswerSettings,
    CallFinished,
    EarlierTurns,
    Ending,
    Language,
    Phase,
    State,
    StateChanged,
)
from llmfirst.ledger import GENESIS
from llmfirst.model_options import USUAL_CONTEXT_TOKENS, ModelOptions, OptionName
from llmfirst.providers.base import Fault, Message, ModelHandle, Request, Sampling, Think, ThoughtLimit

BEAT_SECONDS: Final = 0.25  # how often a silent call is checked against the clock


@dataclass(frozen=True)
class RunRequest:
    """One question to answer."""

    run_id: str
    question: str
    language: Language
    """The language of the user's interface; it says nothing about the language of the question."""
    submitted_at: datetime
    halt: Halt
    """Ends the run: when a person presses Stop or, if the run gives way, when a person asks a question."""
    gives_way: bool = False
    """Whether the run gives way to people's questions and is not counted in their line."""
    settings: AnswerSettings = AS_SET
    parent_run_id: str | None = None
    earlier: tuple[Turn, ...] = ()
    """The turns of the conversation up to the parent, oldest first."""
    fault: Fault | None = None
    """What is done to the model on purpose."""


class Asked(NamedTuple):
    """A message that asked for text of the answer."""

    ask: str
    at: int
    """Where the reply to it begins in the text that is carried from section to section."""


class RunState:
    """The state of one run, owned by one task. Times are seconds since submission, those of `pace` since admission."""

    def __init__(
        self,
        request: RunRequest,
        handle: ModelHandle,
        deadline_seconds: float,
        chosen: ChosenProfile,
        *,
        think: Think = "auto",
        options: ModelOptions | None = None,
    ) -> None:
        self.request = request
        settings = request.settings
        self.think: Think = think if settings.think is None else settings.think
        """What was asked for about the thinking of the model."""
        self.handle = handle
        self.chosen = chosen
        self.recalled = Recalled((), EarlierTurns(kept=0))
        """What every prompt of the run begins with; settled when the run is admitted."""
        self.options = settings.options(ModelOptions()) if options is None else options
        """What the model is asked with."""
        self._sampling = Sampling(**self.options.model_dump(include=set(Sampling.model_fields)))
        self.events: asyncio.Queue[AnswerEvent | None] = asyncio.Queue()
        """Events that the reader has not taken yet; None marks the end."""
        self.endings: dict[Phase, Ending] = {}
        self.state: State | None = None
        """The last state that was emitted."""

        self._written: dict[Phase, list[str]] = {}
        self._ends: dict[Phase, OpenEnd] = {}
        self.carried = ""
        """The text of the finished sections as one reply, which the model is asked to continue."""
        self.instructions: Mapping[Phase, str] = {}
        """The model's plan for each section, if the profile uses it."""
        self.is_worked_out = False
        """Whether the model found that the answer must be worked out, so that the core does it."""
        self.asks: dict[Phase, Asked] = {}
        """What asked for a section; later prompts repeat it exactly, so that they stay in the cache."""

        self.call: OpenCall | None = None
        """The open call, of which there is at most one; `seal` or `aclose` closes it."""
        self._faulty = None if request.fault is None else FaultyCalls(request.fault)
        self.is_window_small = False
        """Whether the context window is too small for a call for all sections."""
        self.is_reply_over = False
        """Whether the model has ended the growing reply, so that the later sections are asked for by themselves."""

        self.has_thought = False
        """Whether the model thought, which is not part of the answer."""
        self._thinks_untold = False
        """Whether the model thought although it was told not to, or could be told nothing."""
        self.told_think: Think | None = None
        """What the model is told about its thinking; None where it can be told nothing."""

        self.admitted: float | None = None
        """When the run was admitted and its deadline started; None before that."""
        tokens = chosen.profile.strategy_tokens
        if settings.deadline_seconds is not None:
            deadline_seconds = min(deadline_seconds, settings.deadline_seconds)
        self.pace = Pace(deadline_seconds, lengths={**ASKED, "strategy": Length(tokens, None, tokens)})
        self.worded_lengths: Lengths = ASKED
        """The lengths that the words of the prompts ask for, whatever the settings allow."""
        self.rates_key: str | None = None
        """The key under which the measured rates are stored."""
        self.usual_token_seconds: float | None = None
        """The seconds per token before this answer or, if unknown, during its strategy."""

        self._clock = asyncio.get_running_loop().time
        self._submitted = self._clock()
        self._calls = 0
        self._ledger_head = GENESIS

    # Events.

    async def emit(self, event: AnswerEvent) -> None:
        """Give an event to the reader of the answer; return when the reader asks for the next one."""
        self.events.put_nowait(event)
        await self.events.join()

    async def tell_state(self, state: State, seconds: float | None = None) -> None:
        """Emit a new state of the run."""
        self.state = state
        await self.emit(StateChanged(elapsed_seconds=self.elapsed() if seconds is None else seconds, state=state))

    # How sections are asked for.

    @property
    def deadline_seconds(self) -> float:
        return self.pace.deadline_seconds

    @property
    def can_continue(self) -> bool:
        """Whether the service can continue an assistant message; certain only after the model is loaded."""
        return self.handle.capabilities.prefill

    @property
    def is_instructed(self) -> bool:
        """Whether each section has a message of its own with the instruction from the model's plan."""
        return bool(self.instructions)

    @property
    def reply_sections(self) -> Sequence[Phase]:
        """The sections that one growing reply of the model may fill."""
        match self.chosen.profile.sections:
            case "grown":
                return SECTIONS
            case "asked" if not self.is_worked_out:
                return ("core", "details")
            case _:
                return ()

    @property
    def is_growing(self) -> bool:
        """Whether sections are one growing reply of the model, which has not ended it yet."""
        return bool(self.reply_sections) and self.can_continue and not self.is_reply_over

    @property
    def opening(self) -> str:
        """The message that the growing reply answers."""
        question = self.request.question
        return question if self.chosen.profile.sections == "grown" else opening(question)

    @property
    def first_ask(self) -> str:
        """The message that the answer began as a reply to, which is in the cache; if instructed, the question."""
        first = None if self.is_instructed else next(iter(self.asks.values()), None)
        return self.request.question if first is None else first.ask

    @property
    def is_call_per_section(self) -> bool:
        """Whether each section needs a call of its own."""
        return self.is_window_small or not self.is_growing

    def text_of(self, phase: Phase) -> str:
        """Return the text of a phase so far."""
        pieces = self._written.get(phase, [])
        pieces[:] = ["".join(pieces)]
        return pieces[0]

    def end_of(self, phase: Phase) -> str:
        """Return the end of this text, as far as later text can still change its blocks."""
        return self._ends[phase].text if phase in self._ends else ""

    @property
    def written(self) -> dict[Phase, str]:
        """The text so far of each phase that has some."""
        return {phase: self.text_of(phase) for phase in self._written}

    def add_text(self, phase: Phase, text: str) -> None:
        """Add text to a phase."""
        self._written.setdefault(phase, []).append(text)
        self._ends.setdefault(phase, OpenEnd()).add(text)

    def must_end(self) -> bool:
        """Whether the deadline has passed or somebody pressed Stop."""
        return self.deadline().passed() or self.request.halt.is_asked()

    def turns(self, sections: Sequence[Phase]) -> list[SectionTurn]:
        """Return one turn for each message that asked for some of these finished sections, with the reply to it."""
        asked = [self.asks[phase] for phase in sections if phase in self.asks]
        ends = (*(each.at for each in asked[1:]), len(self.carried))
        replies = (self.carried[each.at : end].rstrip() for each, end in zip(asked, ends, strict=False))
        return [SectionTurn(each.ask, reply) for each, reply in zip(asked, replies, strict=False) if reply]

    def end_reply(self) -> None:
        """Take note that the growing reply is over."""
        self.is_reply_over = True
        self.set_lengths()

    def set_lengths(self) -> None:
        """Set the lengths of the sections to those of the way in which they are asked for from now on."""
        is_asked = self.chosen.profile.sections == "asked"
        lengths = dict(ASKED)
        if self.is_growing:
            lengths |= ANSWER_FIRST if is_asked else GROWING
        elif is_asked:
            lengths["conclusion"] = ANSWER_FIRST["conclusion"]
            if self.is_worked_out:
                lengths["core"] = WORKED_OUT
        self.worded_lengths = lengths
        most = self.request.settings.most_tokens
        if most is not None:
            lengths = {phase: length.at_most(most) for phase, length in lengths.items()}
        self.pace = self.pace._replace(lengths={**lengths, "strategy": self.pace.lengths["strategy"]})

    # The conversation before the question.

    def recall(self) -> EarlierTurns | None:
        """Decide how much of the conversation the model is told; None if there is nothing before the question."""
        if not self.request.earlier:
            return None
        context = self.options.context_tokens or USUAL_CONTEXT_TOKENS
        tokens = readable_tokens(self.pace.rates, context, self.deadline_seconds)
        tokens = max(0, tokens - len(self.options.system_prompt or ""))
        self.recalled = recall(self.request.earlier, tokens)
        return self.recalled.told

    def characters_in(self, messages: Sequence[Message]) -> int:
        """Return the number of characters in a prompt, with the system prompt and the conversation before it."""
        before = len(self.options.system_prompt or "")
        return before + characters_in(messages) + characters_in(self.recalled.messages)

    @property
    def options_told(self) -> ModelOptions:
        """What the service is told, as far as that is known before the model is loaded."""
        if self.handle.capabilities.takes_context:
            return self.options
        return self.options.model_copy(update={"context_tokens": None})

    def ignored(self, program: ModelOptions) -> tuple[OptionName, ...]:
        """Return what was set, by the asker or for the `program`, and cannot be told to the service."""
        is_set = self.request.settings.options_set | program.changed()
        return tuple(name for name in self.handle.capabilities.ignores if name in is_set)

    # Time.

    def elapsed(self) -> float:
        return self._clock() - self._submitted

    def at(self, elapsed: float | None = None) -> float:
        """Convert seconds since submission (by default now) to seconds since admission."""
        assert self.admitted is not None, "a phase begins after admission"
        return (self.elapsed() if elapsed is None else elapsed) - self.admitted

    def stop_asked_seconds(self) -> float | None:
        """Return when Stop was pressed; None if it was not."""
        asked_at = self.request.halt.asked_at
        return None if asked_at is None else max(0.0, asked_at - self._submitted)

    def deadline(self) -> Deadline:
        """Return the instant at which the model must be stopped."""
        assert self.admitted is not None, "a phase begins after admission"
        return Deadline(self._submitted + self.admitted + self.pace.end)

    # How the model thinks.

    def settle_thinking(self) -> None:
        """Decide what the model is told about its thinking; its service is known once it is loaded."""
        think: Think = "on" if self.think == "auto" and self.chosen.thinks else self.think
        self.told_think = told(think, self.handle.capabilities.think)
        if is_wanted(think):
            self.pace = self.pace._replace(thoughts=WANTED)

    def may_silence(self, request: Request) -> bool:
        """Return whether the model may think in this call, and can be told not to or be ended at once."""
        able, limit = self.handle.capabilities, request.thought
        is_ended_later = able.ends_thought and limit is not None and limit != NO_THOUGHT
        return is_ended_later or (request.think != "off" and able.has_silence)

    def _thinking(self, purpose: CallPurpose, *, is_silenced: bool) -> tuple[Think, ThoughtLimit | None]:
        """Return what a call is told, and the limit of its thinking if it may think: only the core thinks as asked."""
        able = self.handle.capabilities
        think = quietest(able.think) if is_silenced or purpose != "core" else self.told_think or "off"
        if purpose not in PHASES or (think == "off" and not self._thinks_untold):
            return think, None
        self.pace = self.pace._replace(can_end_thought=able.ends_thought or (think != "off" and able.has_silence))
        if is_silenced and able.ends_thought:
            return think, NO_THOUGHT
        return think, self.pace.thought_limit(self.at())

    # Its one call.

    def open_call(
        self,
        purpose: CallPurpose,
        messages: tuple[Message, ...],
        max_tokens: int,
        *,
        sampling: Sampling | None = None,
        top_logprobs: int = 0,
        is_silenced: bool = False,
    ) -> OpenCall:
        """Ask the model for a text of `max_tokens`; the stream is held here until `seal` or `aclose`.

        The conversation stands before `messages`. `is_silenced`: the model has thought enough.
        """
        assert self.call is None, "a run has one call at a time"
        self._calls += 1
        think, thought = self._thinking(purpose, is_silenced=is_silenced)
        continue_last = messages[-1].role == "assistant"
        if continue_last:  # it is past its thinking
            thought = None
        request = Request(
            model=self.handle.model,
            messages=told_first(self.options.system_prompt, in_conversation(self.recalled.messages, messages)),
            max_tokens=max_tokens + (0 if thought is None else thought.tokens),
            continue_last=continue_last,
            think=think,
            thought=thought,
            sampling=self._sampling if sampling is None else sampling,
            top_logprobs=top_logprobs,
            context_tokens=self.handle.context_tokens,
        )
        reply = self.handle.provider.stream(request)
        if self._faulty is not None and purpose in SECTIONS:
            reply = self._faulty.into(reply)
        chunks = until(
            self.deadline(),
            self.request.halt,
            bounded(reply, LONGEST_REPLY),
            beat_seconds=BEAT_SECONDS,
            close_seconds=close_limit(self.deadline_seconds),
        )
        self.call = OpenCall(f"{self.request.run_id}/{self._calls}", purpose, request, self.elapsed(), chunks)
        return self.call

    def learn_reading(self, call: OpenCall) -> None:
        """Update the rates by how fast a call's prompt was read."""
        if (read := call.prompt_read()) is not None:
            seconds, tokens, share = read
            characters = round(characters_in(call.request.messages) * share)
            self.pace = self.pace._replace(rates=self.pace.rates.after_prompt(seconds, tokens, characters))

    async def seal(self) -> None:
        """Close the open call, if there is one, and emit its ledger record."""
        if (call := self.call) is None:
            return
        await call.chunks.aclose()
        self.call = None
        call.fault = None if self._faulty is None else self._faulty.spoiled()
        self.has_thought = self.has_thought or call.has_thought
        self._thinks_untold = self._thinks_untold or (call.has_thought and call.request.think == "off")
        record = call.sealed(self.handle.provider.name, self.handle.digest, self.elapsed(), self._ledger_head)
        self._ledger_head = record.sha256
        await self.emit(CallFinished(elapsed_seconds=record.ended_seconds, call=record))

    async def aclose(self) -> None:
        """Close the open call, if there is one, which stops the model."""
        if self.call is not None:
            await self.call.chunks.aclose()
