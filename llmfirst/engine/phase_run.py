"""One phase of an answer: the call that it takes over or makes, and what happens when a call comes to nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from llmfirst.engine.call import OpenCall
from llmfirst.engine.deadline import within
from llmfirst.engine.landing import ends_whole
from llmfirst.engine.lengths import GROWING
from llmfirst.engine.pace import CONTINUED_TOKENS, Budget
from llmfirst.engine.plan import instructions_in
from llmfirst.engine.prompt_budget import end_of, readable_characters
from llmfirst.engine.prompts import (
    SectionTurn,
    ask_for,
    continued,
    conversation,
    instructed,
    resumed,
    strategy_messages,
)
from llmfirst.engine.run_state import RunState
from llmfirst.engine.section_reader import SectionReader
from llmfirst.errors import DeadlineExceeded, Halted, ModelMissing, ProviderError, ProviderRejected
from llmfirst.events import (
    SECTIONS,
    AnswerEvent,
    Ending,
    Phase,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    Trouble,
)
from llmfirst.providers.base import Message

_RETRY_SECONDS: Final = 1.0
_PATIENCE: Final = 1 / 6  # share of the deadline: for so long a service that went away is waited for


class PhaseRun:
    """Writes one phase; what it learns of time goes into the run's pace."""

    def __init__(self, run: RunState, phase: Phase) -> None:
        self._run = run
        self._phase = phase
        self._ending: Ending | None = None
        self._has_begun_open = False
        self._is_handed_on = False
        self._trouble: tuple[Trouble, str] | None = None
        self._is_asked_anew = False
        self._is_extended = False

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what happens; an error that ends the answer is raised after the phase's own end."""
        run = self._run
        own = run.instructions.get(self._phase)
        yield PhaseStarted(elapsed_seconds=run.elapsed(), phase=self._phase, instruction=own)
        error: Exception | None = None
        if run.has_ended_itself:
            self._ending = "ended"
        elif self._has_time():
            self._begin()
            try:
                async with aclosing(self._calls()) as calls:
                    async for event in calls:
                        yield event
            except Halted as halted:
                self._ending, error = "stopped", halted
            except DeadlineExceeded as exceeded:
                self._ending, error = "deadline", exceeded
            except ProviderError as failure:
                self._ending = "failed"
                error = None if self._phase == "strategy" else failure  # a plan that came to nothing: the core starts
        else:
            self._ending = "skipped"
        ending = self._ending or "failed"
        run.endings[self._phase] = ending
        self._carry(ending)
        yield PhaseFinished(elapsed_seconds=run.elapsed(), phase=self._phase, ending=ending)
        if error is not None:
            raise error

    def _has_time(self) -> bool:
        run = self._run
        if run.deadline().passed():
            raise DeadlineExceeded("The time for this answer is over.")
        return run.pace.has_time_for(
            self._phase,
            run.at(),
            has_text=bool(run.carried),
            prompt_characters=_characters(self._messages()),
            is_writing=run.call is not None,
        )

    def _begin(self) -> None:
        run = self._run
        self._has_begun_open = run.call is not None
        if self._phase == "core" and run.is_growing:
            run.pace = run.pace._replace(lengths=GROWING)
        if run.call is None:
            run.pace = run.pace.after_phase(self._phase, run.at())
        else:
            run.pace = run.pace.after_handover(self._phase, run.at(), run.call.tokens_left)

    async def _calls(self) -> AsyncGenerator[AnswerEvent, None]:
        run = self._run
        while self._ending is None:
            call = run.call
            if call is None:
                call = self._open_call()
                yield run.now("waiting_for_text")
            reading = SectionReader(run, self._phase, call)
            failure: ProviderError | None = None
            try:
                async with aclosing(reading.events()) as events:
                    async for event in events:
                        yield event
            except ProviderError as error:
                failure = error
                call.error = str(error)
            except (Halted, DeadlineExceeded):
                yield await run.sealed()
                raise
            if reading.is_handed_on:
                self._ending, self._is_handed_on = reading.ending, True
                return
            self._learn(call)
            yield await run.sealed()
            self._judge(call, reading, failure)
            if self._ending is None and self._trouble is not None:
                async with aclosing(self._resume(failure)) as events:
                    async for event in events:
                        yield event

    def _open_call(self) -> OpenCall:
        run = self._run
        budget = run.pace.budget(run.at())
        if self._is_extended:
            through = budget.through_tokens + CONTINUED_TOKENS
            budget = replace(budget, max_tokens=CONTINUED_TOKENS, through_tokens=through)
        max_tokens = budget.max_tokens if run.is_alone(self._phase) else budget.through_tokens
        call = run.open_call(self._phase, self._messages(budget), max_tokens)
        is_continued = call.request.continue_last or (run.is_instructed and bool(run.asks) and bool(run.carried))
        if not self._text and call.request.messages[-1].role == "user":
            run.asks[self._phase] = call.request.messages[-1].content
        run.pace = run.pace.after_call(run.at(), budget, is_continued=is_continued)
        return call

    def _judge(self, call: OpenCall, reading: SectionReader, failure: ProviderError | None) -> None:
        """Decide after a call: the phase is over, goes on, or is tried again."""
        run, text = self._run, self._text
        self._trouble = None
        has_ended_before = self._has_begun_open and not text.strip()
        self._has_begun_open = False
        if has_ended_before:  # with the section before: the next call begins a new block
            run.carried = f"{run.carried.rstrip()}\n\n"
        if failure is not None:
            is_lasting = isinstance(failure, ProviderRejected | ModelMissing)
            is_wide = call.request.max_tokens > run.pace.lengths[self._phase].most and call.first_text_seconds is None
            if is_wide and isinstance(failure, ProviderRejected) and not isinstance(failure, ModelMissing):
                run.is_window_small = True  # a window that is too small for all sections may do for this one
                return
            if self._phase == "strategy" or is_lasting or not run.pace.may_retry(run.at()):
                raise failure
            self._trouble = ("broken", str(failure))
        elif call.finish_reason == "stop" and reading.ending is None and self._has_said_all():
            run.has_ended_itself = True
            self._ending = "stop" if text.strip() else "ended"
        elif has_ended_before and call.finish_reason is not None and reading.ending is None:
            self._begin()
        elif reading.ending == "repeated" and not text.strip() and run.pace.may_retry(run.at()):
            self._trouble = ("empty", "The model only repeated what is there already.")
        elif reading.ending is not None:
            self._ending = reading.ending
        elif reading.is_stalled:
            self._trouble = ("silent", "The model fell silent.")
        elif call.finish_reason == "stop":
            if text.strip() or self._phase == "strategy" or not run.pace.may_retry(run.at()):
                self._ending = "stop"
            else:
                self._trouble = ("empty", "The model wrote nothing.")
        elif self._phase == "strategy" or self._is_extended or not self._can_continue or not text or ends_whole(text):
            self._ending = "landed" if ends_whole(text) else "length"
        else:
            self._is_extended = True

    def _has_said_all(self) -> bool:
        """Tell whether a reply that the model has ended itself was the whole answer, and not this section alone."""
        run = self._run
        return (
            self._phase in SECTIONS and run.is_growing and any(run.written.get(phase, "").strip() for phase in SECTIONS)
        )

    async def _resume(self, failure: ProviderError | None) -> AsyncGenerator[AnswerEvent, None]:
        """Say what happened, and see that there is a model to go on with."""
        run = self._run
        assert self._trouble is not None, "only trouble is resumed"
        trouble, detail = self._trouble
        yield PhaseResumed(elapsed_seconds=run.elapsed(), phase=self._phase, trouble=trouble, detail=detail)
        if self._text and not self._can_continue and ends_whole(self._text):
            self._ending = "failed"  # what is shown is whole, and this service could only write beside it
            return
        run.pace = run.pace.after_trouble()
        self._is_asked_anew = trouble == "empty"
        yield run.now("recovering")
        patience = run.at() + run.deadline_seconds * _PATIENCE
        while failure is not None:
            try:
                await within(run.deadline(), run.request.halt, run.handle.warm())
                failure = None
            except ProviderError as error:
                is_in_vain = isinstance(error, ModelMissing) or run.at() + _RETRY_SECONDS > patience
                if is_in_vain or not run.pace.has_time_to_wait(run.at(), _RETRY_SECONDS):
                    raise
                await within(run.deadline(), run.request.halt, asyncio.sleep(_RETRY_SECONDS))

    def _learn(self, call: OpenCall) -> None:
        read = call.prompt_read()
        if read is not None:
            seconds, tokens, share = read
            characters = round(_characters(call.request.messages) * share)
            rates = self._run.pace.rates.after_prompt(seconds, tokens, characters)
            self._run.pace = self._run.pace._replace(rates=rates)

    def _messages(self, budget: Budget | None = None) -> tuple[Message, ...]:
        run, question = self._run, self._run.request.question
        if self._phase == "strategy":
            return strategy_messages(question, for_sections=run.chosen.profile.sections == "instructed")
        sentences = None if budget is None else budget.sentences
        if self._can_continue and not run.is_instructed:
            if self._is_asked_anew:
                return instructed(self._phase, question, run.written, sentences)
            return continued(question, self._readable(run.carried + self._text, len(question)))
        asked = self._asked(sentences)
        if self._text and self._can_continue:
            return (*asked, Message(role="assistant", content=self._text))
        return resumed(asked, self._text, question) if self._text else asked

    def _asked(self, sentences: int | None) -> tuple[Message, ...]:
        """Return the messages that ask for this section in a message of its own, after the sections before it."""
        run, question, phase = self._run, self._run.request.question, self._phase
        instruction = run.instructions.get(phase)
        ask = ask_for(phase, question, instruction=instruction, sentences=sentences)
        if self._text:
            ask = run.asks.get(phase, ask)
        turns = run.turns(SECTIONS[: SECTIONS.index(phase)])
        written = run.carried.rstrip()
        besides = _characters(conversation([], ask, is_instructed=run.is_instructed))
        readable = self._readable(written, len(question) + besides)
        if len(readable) < len(written):
            turns = [SectionTurn(question, readable)]
        return conversation(turns, ask, is_instructed=run.is_instructed)

    def _readable(self, written: str, besides: int) -> str:
        """Return what the model can be told of its reply in time besides so many characters: all, else its end."""
        run = self._run
        most = readable_characters(run.pace.rates, run.usual_token_seconds, run.pace.end - run.at())
        return written if most is None or not written else end_of(written, most - besides)

    @property
    def _can_continue(self) -> bool:
        return self._run.handle.capabilities.prefill

    @property
    def _text(self) -> str:
        return self._run.written.get(self._phase, "")

    def _carry(self, ending: Ending) -> None:
        """Add a finished section to the growing reply; after a whole one, a new block begins."""
        text = self._text
        if self._is_handed_on:
            self._run.carried += text
            return
        if self._phase == "strategy":
            self._run.usual_token_seconds = self._run.usual_token_seconds or self._run.pace.rates.token_seconds
            if self._run.chosen.profile.sections == "instructed":
                self._run.instructions = instructions_in(text)
            return
        if not text:
            return
        is_whole = ending in ("stop", "landed", "timed", "repeated") or ends_whole(text)
        self._run.carried += f"{text.rstrip()}\n\n" if is_whole else text


def _characters(messages: tuple[Message, ...]) -> int:
    return sum(len(message.content) for message in messages)
