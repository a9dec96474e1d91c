"""Runs one evaluation: all answers, then the judging. Each result is stored at once. People's questions go first."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from evals.calibration.answers import judged_languages
from evals.calibration.canaries import canary_questions
from evals.judge.judge import Judge
from evals.judge.questions import questions_about, questions_to_judge
from evals.judge.queue import JudgeQueue, PauseGate
from evals.records.archive import Archive, attempt_of
from evals.records.attempts import Ask, AskPurpose, Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation, Trial
from evals.records.expected import Expected, guess_from, time_of
from evals.records.loop_lag import LagMeter, lag_meter
from evals.records.progress import Progress, Stage
from evals.run.earlier import FIRST_ANSWER_SHARE, earlier_seconds
from llmfirst import (
    AnswerSettings,
    Failed,
    Language,
    LlmfirstError,
    Models,
    Overhead,
    Runs,
    StoredRun,
    TextAdded,
    Think,
    readiness_of,
)

logger = logging.getLogger(__name__)

_WARM_UP: Final = "Say hello in one short sentence."
_MOST_TRIES: Final = 20  # for one trial that people's questions interrupt


class EvaluationBroken(LlmfirstError):
    """The evaluation cannot continue; the message says why. All results so far are stored."""


class ThinkRefused(EvaluationBroken):
    """A model cannot be told what its entry says about thinking: start another evaluation."""


class InterruptedTooOften(EvaluationBroken):
    """People's questions left no time for an answer: resume the evaluation later."""


@dataclass(frozen=True)
class RunnerServices:
    """The services that a runner needs."""

    runs: Runs
    models: Models
    archive: Archive
    slots: int
    """How many answers may be written at the same time."""
    now: Callable[[], datetime]
    load_average: Callable[[], float | None]
    """Returns the load average of the machine over the last minute."""
    overhead: Callable[[], Coroutine[Any, Any, Overhead]]
    """Measures the time that the harness adds to each measured time."""


class Runner:
    """Runs one evaluation and reports its progress to `tell`."""

    def __init__(
        self, services: RunnerServices, evaluation: Evaluation, judge: Judge | None, tell: Callable[[Progress], None]
    ) -> None:
        self._services = services
        self._evaluation = evaluation
        self._judge = judge
        self._tell = tell
        self._pace = PauseGate(services.runs)
        self._judging = None if judge is None else JudgeQueue(services.archive, judge, self._pace)
        self._canaries = canary_questions(judged_languages(evaluation.suite))
        self._attempts: dict[str, Attempt] = {}
        self._moments: tuple[float, ...] = ()
        self._lag = LagMeter()
        self._earlier: dict[str, list[float]] = {model.key: [] for model in evaluation.models}
        self._unread = 0
        """How many readings are left that do not depend on an answer: of anchors, and the canaries."""

    def pause(self) -> None:
        """Let the current answer or reading finish, then hold."""
        self._pace.pause()

    def resume(self) -> None:
        self._pace.resume()

    async def run(self, *, retry_errors: bool = False) -> None:
        """Ask all questions without an answer, then judge all answers without a reading. Cancelling stops the model.

        Raises EvaluationBroken, ProviderError and JudgeRefused.
        """
        self._moments = await asyncio.to_thread(self._services.archive.moments, self._evaluation.evaluation_id)
        await self._look_back()
        if self._judge is not None:
            self._say("preparing", now=self._judge.card.key)
            await self._judge.bring()
        async with lag_meter() as self._lag:
            await self._answer(retry_errors=retry_errors)
        if self._judging is not None:
            await self._judge_all(self._judging)
            await self._read_canaries()
        self._say("done")

    async def _look_back(self) -> None:
        """Read what makes the first estimate: earlier times, and which readings are there already."""
        evaluation, archive = self._evaluation, self._services.archive
        models, own_id = [model.key for model in evaluation.models], evaluation.evaluation_id
        self._earlier = await asyncio.to_thread(earlier_seconds, archive, models, but_of=own_id)
        if self._judging is not None:
            judged = [case for case in evaluation.suite.cases if case.is_judged]
            anchors = [question for case in judged for question in questions_about(case, [])]
            self._unread = len(await self._judging.left(anchors)) + len(self._canaries)

    async def _answer(self, *, retry_errors: bool) -> None:
        evaluation, archive = self._evaluation, self._services.archive
        evaluation_id = evaluation.evaluation_id
        attempts = await asyncio.to_thread(archive.attempts, evaluation_id)
        self._attempts = {attempt.trial.key: attempt for attempt in attempts}
        done = {attempt.trial.key for attempt in attempts if not (retry_errors and attempt.is_error)}
        tries = {attempt.trial.key: attempt.attempt for attempt in attempts}
        if not attempts:
            self._say("preparing", now="self-check")
            overhead = await self._pace.undisturbed(self._services.overhead)
            await asyncio.to_thread(archive.keep_overhead, evaluation_id, overhead)
        warm: set[str] = set()
        left = [trial for trial in evaluation.trials() if trial.key not in done]
        for model, trials in groupby(left, key=lambda trial: trial.model):
            trials_of_model = list(trials)
            if model not in warm:
                await self._warm_up(trials_of_model[0])
                warm.add(model)
            await self._measure_all(trials_of_model, tries)

    async def _measure_all(self, trials: Iterable[Trial], tries: Mapping[str, int]) -> None:
        """Measure the trials, as many at the same time as the mode allows. The first error cancels the others."""
        waiting = iter(trials)

        async def work() -> None:
            for trial in waiting:
                await self._pace.hold(lambda: self._say("paused"))
                await self._measure(trial, tries.get(trial.key, 0) + 1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._width):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    @property
    def _width(self) -> int:
        """How many answers are requested at the same time."""
        return self._services.slots if self._evaluation.mode == "side_by_side" else 1

    async def _warm_up(self, trial: Trial) -> None:
        """Download and load the model and let it write a few tokens, so that the first measured answer is warm."""
        self._say("preparing", now=trial.model)
        models, entry = self._services.models, self._evaluation.model(trial.model)
        await models.offers()
        models.begin(entry.model_key)
        async with aclosing(readiness_of(models, entry.model_key)) as states:
            async for readiness in states:
                if isinstance(readiness, Failed):
                    raise EvaluationBroken(readiness.message, readiness.problem)
        told = models.handle(entry.model_key).capabilities.think  # sure only now that the model is loaded
        if entry.think not in (None, "auto", *told):
            raise ThinkRefused(_cannot_be_told(entry, told))
        self._say("warming_up", now=trial.model)
        await self._ask(trial, "warm_up", 1, _WARM_UP, "en")

    def _settings(self, entry: EvaluatedModel) -> AnswerSettings:
        """Return what an entry is asked with, also by a program that is set otherwise than the one that began."""
        own, begun, now = entry.asked_with, self._evaluation.options, self._services.runs.options
        if begun is None:
            return own
        changed = {name: value for name, value in begun if value != getattr(now, name) and getattr(own, name) is None}
        return own.model_copy(update=changed)

    async def _measure(self, trial: Trial, attempt: int) -> None:
        case = self._evaluation.case(trial.case_id)
        language: Language = "ko" if case.language == "ko" else "en"
        for _ in range(_MOST_TRIES):
            self._say("answering", now=f"{trial.model}: {case.id}")
            answer = await self._ask(trial, "measure", attempt, case.question, language)
            if answer is not None:
                self._attempts[trial.key] = answer
                return
        raise InterruptedTooOften(
            f"People's questions interrupted {case.id} {_MOST_TRIES} times: resume the evaluation later."
        )

    async def _ask(
        self, trial: Trial, purpose: AskPurpose, attempt: int, question: str, language: Language
    ) -> Attempt | None:
        """Ask once and wait for the end; return None if a person's question interrupted the answer."""
        services, entry = self._services, self._evaluation.model(trial.model)
        await services.runs.quiet()
        ask = Ask(
            trial=trial,
            purpose=purpose,
            attempt=attempt,
            run_id=secrets.token_hex(8),
            asked_at=services.now(),
            load_average=services.load_average(),
        )
        evaluation_id = self._evaluation.evaluation_id
        await asyncio.to_thread(services.archive.keep_ask, evaluation_id, ask)
        beats = self._lag.beats
        await services.runs.start(
            question,
            language=language,
            model=entry.model_key,
            settings=self._settings(entry),
            grace_seconds=0.0,
            run_id=ask.run_id,
            is_background=True,
            owner=services.archive.writes_as,
        )
        is_stopped = False
        # Leaving with grace_seconds=0 ends the run, so a cancelled evaluation stops the model.
        async with aclosing(services.runs.follow(ask.run_id)) as events:
            async for event in events:
                is_core = isinstance(event, TextAdded) and event.phase == "core"
                if purpose == "warm_up" and is_core and not is_stopped:
                    is_stopped = True
                    services.runs.stop(ask.run_id)
        lag = self._lag.since(beats)
        if lag is not None and purpose == "measure":
            await asyncio.to_thread(services.archive.keep_lag, evaluation_id, ask.run_id, lag)
        told = await services.runs.so_far(ask.run_id)  # the store may not have the end yet
        return attempt_of(ask, StoredRun(ask.run_id, told))

    async def _judge_all(self, judging: JudgeQueue) -> None:
        left = await judging.left(questions_to_judge(self._evaluation, self._attempts.values(), self._moments))
        if left:
            self._say("preparing", now=self._evaluation.judge.key if self._evaluation.judge else "", readings=len(left))
        await judging.read_all(
            left,
            lambda number: self._say("judging", judged=number, readings=len(left)),
            lambda: self._say("paused"),
        )

    async def _read_canaries(self) -> None:
        """Let the judge read texts that it must not pass; each evaluation repeats this, because a judge may change."""
        assert self._judge is not None
        judging = JudgeQueue(self._services.archive, self._judge, self._pace, self._evaluation.evaluation_id)
        left = await judging.left(self._canaries)
        await judging.read_all(
            left,
            lambda number: self._say("canaries", judged=number, readings=len(left)),
            lambda: self._say("paused"),
        )

    def _say(self, stage: Stage, *, now: str = "", judged: int = 0, readings: int = 0) -> None:
        answers = sum(1 for _ in self._evaluation.trials())
        to_read = readings - judged if stage == "canaries" else readings - judged + len(self._canaries)
        if not readings:
            to_read = readings = self._unread + self._claims
        if stage == "done":
            judged, to_read = readings, 0
        self._tell(
            Progress(
                stage=stage,
                answered=len(self._attempts),
                answers=answers,
                judged=judged,
                readings=readings,
                left=self._left(to_read),
                now=now,
            )
        )

    @property
    def _claims(self) -> int:
        """How many claims the judge reads about the answers, if each is one."""
        evaluation = self._evaluation
        claims = sum(criterion.check is None for case in evaluation.suite.cases for criterion in case.criteria)
        texts = len(evaluation.models) * evaluation.repeats * (1 + len(self._moments))
        return claims * texts if self._judge is not None else 0

    def _left(self, readings: int) -> Expected:
        """Return how long the answers that are missing and so many readings will take."""
        evaluation, expected = self._evaluation, Expected()
        first = evaluation.deadline_seconds * FIRST_ANSWER_SHARE
        for model, earlier in self._earlier.items():
            done = [attempt for attempt in self._attempts.values() if attempt.trial.model == model]
            measured = [seconds for attempt in done if (seconds := attempt.timing.total_seconds) is not None]
            left = len(evaluation.suite.cases) * evaluation.repeats - len(done)
            expected += time_of(left, measured, guess_from(earlier, first))
        answers = expected.shared_by(self._width)
        return answers if self._judging is None else answers + self._judging.time_of(readings)


def _cannot_be_told(entry: EvaluatedModel, told: Sequence[Think]) -> str:
    instead = f"with one of {', '.join(told)}" if told else "without it"
    return f"{entry.model_key} cannot be told think={entry.think}: start another evaluation {instead}."
