"""One phase of an answer: its calls, where it lands, and what happens when a call comes to nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from llmfirst.engine.call import OpenCall
from llmfirst.engine.deadline import until, within
from llmfirst.engine.landing import ends_whole, landing_point
from llmfirst.engine.pace import CONTINUED_TOKENS, Decision, Plan, Why
from llmfirst.engine.prompts import continued, instructed, plan, resumed
from llmfirst.engine.repetition import RepetitionGuard
from llmfirst.engine.run_state import RunState
from llmfirst.engine.windows import close_limit
from llmfirst.errors import DeadlineExceeded, Halted, ModelMissing, ProviderError, ProviderRejected
from llmfirst.events import (
    AnswerEvent,
    Ending,
    Phase,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    TextAdded,
    Trouble,
)
from llmfirst.providers.base import Chunk, Message

BEAT_SECONDS: Final = 0.25
SILENCE_SECONDS: Final = 3.0  # design, section 3: a longer one has a name on the page
_RETRY_SECONDS: Final = 1.0
_PATIENCE: Final = 1 / 6  # share of the deadline: for so long a service that went away is waited for
_BY_WHY: Final[dict[Why, Ending]] = {"tokens": "landed", "time": "timed"}


class PhaseRun:
    """Writes one phase; what it learns of time goes into the run's pace."""

    def __init__(self, run: RunState, phase: Phase) -> None:
        self._run = run
        self._phase = phase
        self._ending: Ending | None = None
        self._trouble: tuple[Trouble, str] | None = None
        self._is_asked_anew = False
        self._is_extended = False

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what happens; an error that ends the answer is raised after the phase's own end."""
        run = self._run
        yield PhaseStarted(elapsed_seconds=run.elapsed(), phase=self._phase)
        error: Exception | None = None
        if self._has_time():
            run.pace = run.pace.after_phase(self._phase, run.at())
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
        characters = _characters(self._messages())
        return run.pace.has_time_for(self._phase, run.at(), has_text=bool(run.carried), prompt_characters=characters)

    async def _calls(self) -> AsyncGenerator[AnswerEvent, None]:
        run = self._run
        while self._ending is None:
            budget = run.pace.plan(run.at())
            if self._is_extended:
                budget = replace(budget, max_tokens=CONTINUED_TOKENS)
            call = run.open_call(self._phase, self._messages(budget), budget.max_tokens)
            run.pace = run.pace.after_call(run.at(), budget, is_continued=call.request.continue_last)
            failure: ProviderError | None = None
            try:
                async with aclosing(self._texts(call)) as events:
                    async for event in events:
                        yield event
            except ProviderError as error:
                failure = error
                call.error = str(error)
            except (Halted, DeadlineExceeded):
                yield run.sealed(call)
                raise
            self._learn(call)
            yield run.sealed(call)
            self._judge(call, failure)
            if self._ending is None and self._trouble is not None:
                async with aclosing(self._resume(failure)) as events:
                    async for event in events:
                        yield event

    def _judge(self, call: OpenCall, failure: ProviderError | None) -> None:
        """Decide after a call: the phase is over, goes on, or is tried again."""
        run, text = self._run, self._text
        self._trouble = None
        if failure is not None:
            is_lasting = isinstance(failure, ProviderRejected | ModelMissing)
            if self._phase == "strategy" or is_lasting or not run.pace.may_retry(run.at()):
                raise failure
            self._trouble = ("broken", str(failure))
        elif call.ending == "repeated" and not text.strip() and run.pace.may_retry(run.at()):
            self._trouble = ("empty", "The model only repeated what is there already.")
        elif call.ending is not None:
            self._ending = call.ending
        elif call.is_stalled:
            self._trouble = ("silent", "The model fell silent.")
        elif call.finish_reason == "stop":
            if text.strip() or self._phase == "strategy" or not run.pace.may_retry(run.at()):
                self._ending = "stop"
            else:
                self._trouble = ("empty", "The model wrote nothing.")
        elif self._is_extended or not self._can_continue or not text or ends_whole(text):
            self._ending = "landed" if ends_whole(text) else "length"
        else:
            self._is_extended = True

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
                await within(run.deadline(), run.asked.halt, run.seat.warm())
                failure = None
            except ProviderError as error:
                is_in_vain = isinstance(error, ModelMissing) or run.at() + _RETRY_SECONDS > patience
                if is_in_vain or not run.pace.has_time_to_wait(run.at(), _RETRY_SECONDS):
                    raise
                await within(run.deadline(), run.asked.halt, asyncio.sleep(_RETRY_SECONDS))

    async def _texts(self, call: OpenCall) -> AsyncGenerator[AnswerEvent, None]:
        run, phase = self._run, self._phase
        yield run.now("waiting_for_text")
        guard = RepetitionGuard(run.carried + self._text if phase != "strategy" else "")
        source = run.seat.provider.stream(call.request)
        chunks = until(
            run.deadline(),
            run.asked.halt,
            source,
            beat_seconds=BEAT_SECONDS,
            close_seconds=close_limit(run.deadline_seconds),
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                seconds = run.elapsed()
                if chunk is not None:
                    self._observe(call, chunk, seconds)
                decision, why = run.pace.decision(run.at(seconds))
                if chunk is not None:
                    state = call.state_after(chunk)
                    if state is not None and state != run.state:
                        yield run.now(state, seconds)
                    piece = self._shown(call, chunk, guard, decision, why)
                    if piece:
                        run.written[phase] = self._text + piece
                        yield TextAdded(elapsed_seconds=seconds, phase=phase, text=piece, call_id=call.call_id)
                elif run.state == "writing" and call.silence(seconds) > SILENCE_SECONDS - BEAT_SECONDS:
                    yield run.now("silent", seconds)
                if call.ending is None and decision == "cut":
                    call.ending = "cut"
                call.is_stalled = run.pace.is_stalled(run.at(seconds)) and run.pace.may_retry(run.at(seconds))
                if call.ending is not None or call.is_stalled:
                    return

    def _observe(self, call: OpenCall, chunk: Chunk, seconds: float) -> None:
        run, before = self._run, call.tokens
        call.add(chunk, seconds)
        if chunk.text:
            run.pace = run.pace.after_tokens(run.at(seconds), max(0, call.tokens - before))
        elif chunk.prefill is not None:
            run.pace = run.pace.after_sign(run.at(seconds))

    def _shown(self, call: OpenCall, chunk: Chunk, guard: RepetitionGuard, decision: Decision, why: Why) -> str:
        """Return what of a chunk is shown; sets the call's ending when the phase is over with it."""
        piece = guard.add(chunk.text) if chunk.text else ""
        if piece and decision in ("land_block", "land_sentence"):
            point = landing_point(self._text, piece, at="block" if decision == "land_block" else "sentence")
            if point is not None:
                call.ending = _BY_WHY[why]
                return piece[:point]
        if guard.is_repeating:
            call.ending = "repeated"
        elif chunk.finish_reason is not None:
            piece += guard.rest()
        return piece

    def _learn(self, call: OpenCall) -> None:
        read = call.prompt_read()
        if read is not None:
            seconds, tokens, share = read
            characters = round(_characters(call.request.messages) * share)
            rates = self._run.pace.rates.after_prompt(seconds, tokens, characters)
            self._run.pace = self._run.pace._replace(rates=rates)

    def _messages(self, budget: Plan | None = None) -> tuple[Message, ...]:
        run, question, phase = self._run, self._run.asked.question, self._phase
        sentences = None if budget is None else budget.sentences
        if phase == "strategy":
            return plan(question)
        if self._is_asked_anew:
            return instructed(phase, question, run.written, sentences)
        if self._can_continue:
            return continued(question, run.carried + self._text)
        if self._text:
            return resumed(phase, question, run.written, sentences)
        return instructed(phase, question, run.written, sentences)

    @property
    def _can_continue(self) -> bool:
        return self._run.seat.provider.capabilities.prefill

    @property
    def _text(self) -> str:
        return self._run.written.get(self._phase, "")

    def _carry(self, ending: Ending) -> None:
        """Add a finished section to the growing reply; after a whole one, a new block begins."""
        text = self._text
        if self._phase == "strategy" or not text:
            return
        is_whole = ending in ("stop", "landed", "timed", "repeated") or ends_whole(text)
        self._run.carried += f"{text.rstrip()}\n\n" if is_whole else text


def _characters(messages: tuple[Message, ...]) -> int:
    return sum(len(message.content) for message in messages)
