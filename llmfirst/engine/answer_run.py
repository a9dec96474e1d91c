"""Engine.answer(): the events of one run, from the line before the model to its one end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from llmfirst.engine.admission import Admission, Place
from llmfirst.engine.call import OpenCall
from llmfirst.engine.deadline import Deadline, Halt, until, within
from llmfirst.engine.landing import at_block_end
from llmfirst.engine.prompts import ENOUGH_TOKENS, MAX_TOKENS, continued, instructed, plan
from llmfirst.engine.windows import margin, window_end
from llmfirst.errors import DeadlineExceeded, Halted, ModelMissing, ProviderError, ProviderRejected
from llmfirst.events import (
    PHASES,
    Admitted,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    CallFinished,
    Ending,
    Language,
    Phase,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    State,
    StateChanged,
    StopAsked,
    TextAdded,
)
from llmfirst.ledger import GENESIS
from llmfirst.providers.base import Request, Seat

BEAT_SECONDS: Final = 0.25
SILENCE_SECONDS: Final = 3.0  # design, section 3: a longer one has a name on the page


@dataclass(frozen=True)
class Asked:
    """One question as it came in; `halt` is asked when a person says Stop."""

    run_id: str
    question: str
    language: Language
    submitted_at: datetime
    halt: Halt


class Engine:
    """Answers questions; every run ends with one AnswerFinished or AnswerFailed, inside the deadline."""

    def __init__(self, admission: Admission, *, deadline_seconds: float, wait_limit_seconds: float) -> None:
        self._admission = admission
        self._deadline_seconds = deadline_seconds
        self._wait_limit_seconds = wait_limit_seconds

    async def answer(self, asked: Asked, seat: Seat) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the run's events; raise LineFull before the first. Closing it stops the model.

        The deadline runs from `Admitted`; waiting for a slot and for the model comes before it, with its own limit.
        A ProviderError becomes the end of the run; anything else that is raised is a bug.
        """
        place = self._admission.take_place()
        run = _Run(asked, seat, self._deadline_seconds)
        try:
            yield run.submitted()
            try:
                async with aclosing(run.wait(place, Deadline.after(self._wait_limit_seconds))) as waiting:
                    async for event in waiting:
                        yield event
                for phase in PHASES:
                    async with aclosing(run.phase(phase)) as events:
                        async for event in events:
                            yield event
            except (Halted, DeadlineExceeded, ProviderError) as error:
                end = run.end(error)
                if (asked_at := run.stop_asked_seconds()) is not None:
                    yield StopAsked(elapsed_seconds=asked_at)
            else:
                end = run.end(None)
            yield end
        finally:
            place.leave()


class _Run:
    """What one run knows while it goes on."""

    def __init__(self, asked: Asked, seat: Seat, deadline_seconds: float) -> None:
        self._asked = asked
        self._seat = seat
        self._deadline_seconds = deadline_seconds
        self._clock = asyncio.get_running_loop().time
        self._submitted = self._clock()
        self._admitted: float | None = None
        self._written: dict[Phase, str] = {}
        self._carried = ""
        self._calls = 0
        self._ledger_head = GENESIS
        self._state: State | None = None

    def submitted(self) -> QuestionSubmitted:
        return QuestionSubmitted(
            elapsed_seconds=0,
            run_id=self._asked.run_id,
            question=self._asked.question,
            language=self._asked.language,
            provider=self._seat.provider.kind,
            model=self._seat.model,
            model_digest=self._seat.digest,
            deadline_seconds=self._deadline_seconds,
            submitted_at=self._asked.submitted_at,
        )

    async def wait(self, place: Place, limit: Deadline) -> AsyncGenerator[AnswerEvent, None]:
        """Stand in the line, then see that the model is loaded; the last event is Admitted."""
        while (ahead := place.ahead) > 0:
            yield StateChanged(elapsed_seconds=self._elapsed(), state="queued", ahead=ahead)
            await within(limit, self._asked.halt, place.moved())
        yield self._now("loading_model")
        await within(limit, self._asked.halt, self._seat.warm())
        self._admitted = self._clock()
        yield Admitted(elapsed_seconds=self._elapsed())

    async def phase(self, phase: Phase) -> AsyncGenerator[AnswerEvent, None]:
        """Write one phase; an error that ends the answer is raised after the phase's own end."""
        yield PhaseStarted(elapsed_seconds=self._elapsed(), phase=phase)
        ending: Ending = "failed"
        error: Exception | None = None
        call = self._open_call(phase)
        try:
            async with aclosing(self._texts(phase, call)) as events:
                async for event in events:
                    yield event
            ending = call.ending or call.finish_reason or "failed"
        except Halted as halted:
            ending, error = "stopped", halted
        except DeadlineExceeded as exceeded:
            ending, error = "deadline", exceeded
        except ProviderError as failure:
            error = None if phase == "strategy" else failure  # a plan that came to nothing: the core starts
            call.error = str(failure)
        self._carry(phase, ending)
        yield self._sealed(call)
        yield PhaseFinished(elapsed_seconds=self._elapsed(), phase=phase, ending=ending)
        if error is not None:
            raise error

    async def _texts(self, phase: Phase, call: OpenCall) -> AsyncGenerator[AnswerEvent, None]:
        if self._deadline().passed():
            raise DeadlineExceeded("The time for this answer is over.")
        yield self._now("waiting_for_text")
        source = self._seat.provider.stream(call.request)
        async with aclosing(until(self._deadline(), self._asked.halt, source, beat_seconds=BEAT_SECONDS)) as chunks:
            async for chunk in chunks:
                seconds = self._elapsed()
                if chunk is not None:
                    call.add(chunk, seconds)
                    state = call.state_after(chunk)
                    if state is not None and state != self._state:
                        yield self._now(state, seconds)
                    if chunk.text:
                        self._written[phase] = self._written.get(phase, "") + chunk.text
                        yield TextAdded(elapsed_seconds=seconds, phase=phase, text=chunk.text, call_id=call.call_id)
                elif self._state == "writing" and call.silence(seconds) > SILENCE_SECONDS:
                    yield self._now("silent", seconds)
                if self._is_over(phase, call, seconds):
                    call.ending = "window"
                    return
                if (
                    phase != "conclusion"
                    and call.tokens >= ENOUGH_TOKENS[phase]
                    and at_block_end(self._written.get(phase, ""))
                ):
                    call.ending = "landed"
                    return

    def _is_over(self, phase: Phase, call: OpenCall, seconds: float) -> bool:
        assert self._admitted is not None, "a phase begins after admission"
        admitted = self._admitted - self._submitted
        first = None if call.first_text_seconds is None else call.first_text_seconds - admitted
        end = window_end(phase, self._deadline_seconds, first)
        return end is not None and seconds - admitted >= end

    def _carry(self, phase: Phase, ending: Ending) -> None:
        """Add a finished section to the growing reply; one the model ended itself is followed by a new block."""
        text = self._written.get(phase, "")
        if phase == "strategy" or not text:
            return
        self._carried += f"{text.rstrip()}\n\n" if ending == "stop" else text

    def _open_call(self, phase: Phase) -> OpenCall:
        self._calls += 1
        can_continue = self._seat.provider.capabilities.prefill
        if phase == "strategy":
            messages = plan(self._asked.question)
        elif can_continue:
            messages = continued(self._asked.question, self._carried)
        else:
            messages = instructed(phase, self._asked.question, self._written)
        request = Request(
            model=self._seat.model,
            messages=messages,
            max_tokens=MAX_TOKENS[phase],
            continue_last=messages[-1].role == "assistant",
        )
        return OpenCall(f"{self._asked.run_id}/{self._calls}", phase, request, self._elapsed())

    def _sealed(self, call: OpenCall) -> CallFinished:
        sealed = call.sealed(self._seat.provider.name, self._seat.digest, self._elapsed(), self._ledger_head)
        self._ledger_head = sealed.sha256
        return CallFinished(elapsed_seconds=sealed.ended_seconds, call=sealed)

    def stop_asked_seconds(self) -> float | None:
        asked_at = self._asked.halt.asked_at
        return None if asked_at is None else max(0.0, asked_at - self._submitted)

    def end(self, error: Halted | DeadlineExceeded | ProviderError | None) -> AnswerFinished | AnswerFailed:
        """Return the one end: without a single text of the model it is a failure, unless a person stopped it."""
        elapsed = self._elapsed()
        if isinstance(error, Halted):
            return AnswerFinished(elapsed_seconds=elapsed, outcome="stopped")
        if not self._written:
            code, message = self._failure(error)
            return AnswerFailed(elapsed_seconds=elapsed, code=code, message=message)
        if error is None:
            return AnswerFinished(elapsed_seconds=elapsed, outcome="complete")
        if isinstance(error, DeadlineExceeded):
            return AnswerFinished(elapsed_seconds=elapsed, outcome="deadline")
        return AnswerFinished(elapsed_seconds=elapsed, outcome="interrupted", detail=str(error))

    def _failure(self, error: DeadlineExceeded | ProviderError | None) -> tuple[str, str]:
        match error:
            case None:
                return "no_text", "The model ended without writing anything. Ask again, or choose another model."
            case DeadlineExceeded() if self._admitted is None:
                return "waited_too_long", "No slot and loaded model within the waiting limit. Try again in a minute."
            case DeadlineExceeded():
                limit = f"{self._deadline_seconds:g}"
                return "no_text_in_time", f"The model wrote nothing in {limit} s. Choose a smaller model or ask again."
            case ModelMissing():
                return "model_missing", str(error)
            case ProviderRejected():
                return "refused", str(error)
            case ProviderError():
                return "model_unavailable", str(error)
            case _:
                assert_never(error)

    def _deadline(self) -> Deadline:
        assert self._admitted is not None, "a phase begins after admission"
        return Deadline(self._admitted + self._deadline_seconds - margin(self._deadline_seconds))

    def _elapsed(self) -> float:
        return self._clock() - self._submitted

    def _now(self, state: State, seconds: float | None = None) -> StateChanged:
        self._state = state
        return StateChanged(elapsed_seconds=self._elapsed() if seconds is None else seconds, state=state)
