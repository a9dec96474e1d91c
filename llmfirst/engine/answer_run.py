"""Runs one question from the waiting line to its end and yields its events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, assert_never

from llmfirst.engine.admission import Admission, Place
from llmfirst.engine.deadline import CLOSE_LIMIT_SECONDS, Deadline, ended, within
from llmfirst.engine.idle import Idle
from llmfirst.engine.phase_run import run_phase
from llmfirst.engine.profiles import BARE, ProfileBook
from llmfirst.engine.rates import RateBook
from llmfirst.engine.review import Review
from llmfirst.engine.run_state import RunRequest, RunState
from llmfirst.engine.section_run import SectionRun
from llmfirst.engine.self_verdict import SelfVerdict
from llmfirst.engine.strategy_run import StrategyRun
from llmfirst.engine.working import must_be_worked_out
from llmfirst.errors import DeadlineExceeded, Halted, ModelMissing, ProviderError, ProviderRejected
from llmfirst.events import (
    SECTIONS,
    Admitted,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    Ending,
    QuestionSubmitted,
    StateChanged,
    StopAsked,
)
from llmfirst.model_options import ModelOptions, check_system_prompt
from llmfirst.providers.base import ModelHandle, Think

# Time for closing a stream and for ending the wait that was interrupted.
_STOP_LIMIT_SECONDS: Final = 2 * CLOSE_LIMIT_SECONDS + 1.0
_OVER_BY_TIME: Final[frozenset[Ending]] = frozenset({"cut", "skipped", "deadline"})


class Engine:
    """Answers questions. Every run ends with exactly one AnswerFinished or AnswerFailed before the deadline."""

    def __init__(
        self,
        admission: Admission,
        *,
        deadline_seconds: float,
        wait_limit_seconds: float,
        rates: RateBook | None = None,
        profiles: ProfileBook | None = None,
        think: Think = "auto",
        options: ModelOptions | None = None,
    ) -> None:
        self._admission = admission
        self._deadline_seconds = deadline_seconds
        self._wait_limit_seconds = wait_limit_seconds
        self._think: Think = think
        self.options = ModelOptions() if options is None else options
        """What models are asked with where the asker sets nothing."""
        self.rates = RateBook() if rates is None else rates
        self.profiles = ProfileBook(BARE) if profiles is None else profiles

    @property
    def idle(self) -> Idle:
        return self._admission.idle

    async def answer(self, request: RunRequest, handle: ModelHandle) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of a run. Closing the generator stops the model.

        The deadline starts at the event Admitted; the wait for a slot and for the model comes before it and has its own
        limit. Raises LineFull and SystemPromptRefused before the first event. A ProviderError becomes the last event,
        AnswerFailed or AnswerFinished; any other exception is a bug.
        """
        chosen = self.profiles.choose(handle, request.settings.profile)
        options = request.settings.options(self.options)
        check_system_prompt(options.system_prompt, options.context_tokens)
        run = RunState(request, handle, self._deadline_seconds, chosen, think=self._think, options=options)
        place = self._admission.take_place(gives_way=request.gives_way, asks=handle.key)
        writing = asyncio.create_task(self._write(run, place))
        writing.add_done_callback(lambda _: run.events.put_nowait(None))
        try:
            while (event := await run.events.get()) is not None:
                yield event
                run.events.task_done()
            writing.result()  # raises the exception of the task, if any
        finally:
            try:
                if not writing.done():
                    await ended(writing, limit_seconds=_STOP_LIMIT_SECONDS)
            finally:
                is_measured = request.fault is None
                place.leave(is_measured=is_measured)
                if run.rates_key is not None and place.was_alone and is_measured:
                    self.rates.learn(run.rates_key, run.pace.rates)

    async def _write(self, run: RunState, place: Place) -> None:
        """Do the whole run, from the line to its last event."""
        ended_by: Halted | DeadlineExceeded | ProviderError | None = None
        async with aclosing(run):
            await run.emit(_submitted(run))
            try:
                await self._wait(run, place)
                await run_phase(run, "strategy", StrategyRun(run).write)
                run.is_worked_out = await must_be_worked_out(run)
                for section in SECTIONS:
                    await run_phase(run, section, SectionRun(run, section).write)
                await run.seal()  # closes a call that was handed on although no section followed
                await SelfVerdict(run, is_awaited=place.is_awaited).give()
                await Review(run, is_awaited=place.is_awaited).write()
            except (Halted, DeadlineExceeded, ProviderError) as error:
                ended_by = error
            except Exception:  # a bug, but the text that is shown still needs the record of its call
                await run.seal()
                raise
            await run.seal()
            end = _end(run, ended_by)
            if ended_by is not None and (asked_at := run.stop_asked_seconds()) is not None:
                await run.emit(StopAsked(elapsed_seconds=asked_at))
            run.events.put_nowait(end)  # not emit(), which would wait for the reader: nothing follows the last event

    async def _wait(self, run: RunState, place: Place) -> None:
        """Wait for a slot, then for the model to load; the last event is Admitted."""
        limit = Deadline.after(self._wait_limit_seconds)
        while (ahead := place.ahead) > 0:
            await run.emit(
                StateChanged(
                    elapsed_seconds=run.elapsed(), state="queued", ahead=ahead, expected_seconds=place.expected_seconds
                )
            )
            await within(limit, run.request.halt, place.moved())
        if not self.idle.is_clear:
            await within(limit, run.request.halt, self.idle.cleared())
        place.begin()
        await run.tell_state("loading_model")
        loading = run.elapsed()
        warmth = await within(limit, run.request.halt, run.handle.warm())
        loading = run.elapsed() - loading
        parts = [run.handle.digest or run.handle.model, run.handle.provider.kind, warmth.placement]
        if run.chosen.profile.sections != "grown":  # its sections wait for their own prompts: other rates
            parts.append(run.chosen.profile.sections)
        run.rates_key = "|".join(parts)
        known = self.rates.known(run.rates_key)
        run.usual_token_seconds = known.token_seconds
        run.pace = run.pace._replace(rates=known.as_guess().shared_by(place.companions))
        run.settle_thinking()
        run.admitted = run.elapsed()
        await run.emit(
            Admitted(
                elapsed_seconds=run.admitted,
                was_cold=warmth.was_cold,
                loading_seconds=loading,
                think=run.told_think,
                earlier=run.recall(),
                ignored=run.ignored(self.options),
            )
        )


def _submitted(run: RunState) -> QuestionSubmitted:
    request, handle = run.request, run.handle
    return QuestionSubmitted(
        elapsed_seconds=0,
        run_id=request.run_id,
        question=request.question,
        language=request.language,
        provider=handle.provider.kind,
        model=handle.model,
        model_digest=handle.digest,
        deadline_seconds=run.deadline_seconds,
        submitted_at=request.submitted_at,
        profile=run.chosen.name,
        profile_because=run.chosen.because,
        think=run.think,
        settings=request.settings,
        options=run.options_told,
        parent_run_id=request.parent_run_id,
        fault=request.fault,
    )


def _end(run: RunState, error: Halted | DeadlineExceeded | ProviderError | None) -> AnswerFinished | AnswerFailed:
    """Return the last event: a failure if the model wrote nothing at all, unless a person stopped it."""
    elapsed = run.elapsed()
    if isinstance(error, Halted):
        return AnswerFinished(elapsed_seconds=elapsed, outcome="stopped")
    if not run.written:
        code, message = _failure(run, error)
        problem = error.problem if isinstance(error, ProviderError) else None
        return AnswerFailed(elapsed_seconds=elapsed, code=code, message=message, problem=problem)
    if isinstance(error, ProviderError):
        said, problem = str(error), error.problem
        return AnswerFinished(elapsed_seconds=elapsed, outcome="interrupted", detail=said, problem=problem)
    is_over = error is not None or run.endings["conclusion"] in _OVER_BY_TIME
    is_over = is_over or any(run.endings[phase] == "skipped" for phase in SECTIONS)
    if is_over:
        return AnswerFinished(elapsed_seconds=elapsed, outcome="deadline")
    is_whole = all(run.text_of(phase).strip() for phase in SECTIONS)
    return AnswerFinished(elapsed_seconds=elapsed, outcome="complete" if is_whole else "interrupted")


def _failure(run: RunState, error: DeadlineExceeded | ProviderError | None) -> tuple[str, str]:
    match error:
        case None | DeadlineExceeded() if run.has_thought:
            return "only_thought", "The model only thought and wrote no answer. Choose a model that does not think."
        case None:
            return "no_text", "The model ended without writing anything. Ask again, or choose another model."
        case DeadlineExceeded() if run.admitted is None:
            return "waited_too_long", "No slot and loaded model within the waiting limit. Try again in a minute."
        case DeadlineExceeded():
            limit = f"{run.deadline_seconds:g}"
            return "no_text_in_time", f"The model wrote nothing in {limit} s. Choose a smaller model or ask again."
        case ModelMissing():
            return "model_missing", str(error)
        case ProviderRejected():
            return "refused", str(error)
        case ProviderError():
            return "model_unavailable", str(error)
        case _:
            assert_never(error)
