"""Starts, pauses, resumes and stops evaluations and calibrations for the page and the command line, one at a time."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from evals.calibration.calibrator import Calibrator
from evals.judge.judge import Judge, is_here, no_log_probabilities, prompt_sha256, thought_limits
from evals.judge.questions import question_count
from evals.judge.queue import FIRST_READING_SECONDS, PauseGate
from evals.records.archive import Archive
from evals.records.evaluation import (
    EvaluatedModel,
    Evaluation,
    JudgeCard,
    Mode,
    ThoughtLimits,
    check_size,
    split_entry,
)
from evals.records.expected import Expected, Guess, guess_from, time_of
from evals.records.machine import load_average, this_machine
from evals.records.moments import AskedMoments, moments_before
from evals.records.progress import Progress
from evals.run.earlier import FIRST_ANSWER_SHARE, earlier_seconds
from evals.run.runner import Runner, RunnerServices
from evals.suite.cases import Language, Suite
from llmfirst import (
    LOCAL,
    AnswerSettings,
    LlmfirstError,
    ModelMissing,
    NoModelList,
    Offer,
    Overhead,
    Owner,
    Provider,
    Services,
    Settings,
    SetupError,
    may_see,
    overhead,
)

logger = logging.getLogger(__name__)

CALIBRATION: Final = "calibration:"
"""How the ids of calibrations begin."""
_SELF_CHECKS: Final = 5  # measurements of the harness's own overhead


class EvaluationBusy(LlmfirstError):
    """An evaluation or calibration is running already."""


class SessionBusy(EvaluationBusy):
    """A question of a session of this owner is being answered already."""


class BusyForAnother(EvaluationBusy):
    """Another owner's evaluation or calibration is running already."""


class NotJudged(LlmfirstError):
    """An evaluation has no judge that could read its answers."""


class OtherJudge(LlmfirstError):
    """The judge is not the one any more that read the answers of an evaluation."""


class EvaluationFault(LlmfirstError):
    """A bug of ours stopped an evaluation or calibration: resume it."""


@dataclass
class _Current:
    evaluation_id: str
    owner: Owner
    runner: Runner | Calibrator
    task: asyncio.Task[None]


async def _own_overhead() -> Overhead:
    return await overhead(_SELF_CHECKS)


class Evaluations:
    """Runs evaluations and calibrations with one set of services; used by the page and the command line."""

    def __init__(
        self,
        services: Services,
        *,
        measure_overhead: Callable[[], Coroutine[Any, Any, Overhead]] = _own_overhead,
    ) -> None:
        self._services = services
        self.deadline_seconds = services.settings.deadline_seconds
        self.archive = Archive(services.documents, services.store)
        self._runner_services = RunnerServices(
            services.runs,
            services.models,
            self.archive,
            services.settings.slots,
            lambda: datetime.now(UTC),
            load_average,
            measure_overhead,
        )
        self._current: _Current | None = None
        self._comparing: set[Owner] = set()
        self._progress: dict[str, Progress] = {}
        self._news = asyncio.Event()
        self._thought: dict[JudgeCard, ThoughtLimits | None] = {}

    async def models(self) -> tuple[Offer, ...]:
        """Return the models on this machine, the model that answers questions first."""
        models = self._services.models
        here = [offer for offer in await models.offers() if offer.card.is_here]
        return tuple(sorted(here, key=lambda offer: offer.key != models.chosen.offer.key))

    @property
    def settings(self) -> Settings:
        """The settings of the program."""
        return self._services.settings

    @property
    def own_judge(self) -> str | None:
        """The judge from the settings, as `provider/model`; None if they name none."""
        settings = self._services.settings
        return None if settings.judge_provider is None else f"{settings.judge_provider}/{settings.judge_model}"

    async def judges(self) -> tuple[str, ...]:
        """Return all models that may judge, as `provider/model`: the one from the settings, those here, the others."""
        own = [] if self.own_judge is None else [self.own_judge]
        offers = [*await self.models(), *await self._services.models.offers()]
        return tuple(dict.fromkeys([*own, *(offer.key for offer in offers)]))

    async def plan(
        self, suite: Suite, models: Sequence[str], judge: str | None, *, repeats: int, mode: Mode
    ) -> Evaluation:
        """Return a new evaluation of these entries for `begin`.

        Raises ModelMissing for an unknown model, or as `split_entry` and `judge_card` do.
        """
        offers = {offer.key: offer for offer in await self._services.models.offers()}
        entries = [split_entry(key) for key in models]
        missing = [key for key, _ in entries if key not in offers]
        if missing or not models:
            raise ModelMissing(f"There is no model {', '.join(missing) or 'chosen'}: choose from {', '.join(offers)}.")
        check_size(len(suite.cases), len(models), repeats)
        if any(told.system_prompt is not None for _, told in entries):
            raise SetupError("An entry has no system prompt of its own: set it for all with --system-prompt.")
        return Evaluation(
            evaluation_id=secrets.token_hex(6),
            suite=suite,
            models=tuple(evaluated_model(offers[key], told) for key, told in entries),
            judge=None if judge is None else await self.judge_card(judge),
            repeats=repeats,
            mode=mode,
            deadline_seconds=self._services.settings.deadline_seconds,
            created_at=datetime.now(UTC),
            machine=await asyncio.to_thread(this_machine),
            options=self._services.runs.options,
        )

    async def begin(
        self,
        evaluation: Evaluation,
        *,
        owner: Owner = LOCAL,
        retry_errors: bool = False,
        moments: Sequence[float] | None = None,
    ) -> None:
        """Start or resume an evaluation; when this returns, it is stored in the archive.

        Its answers are judged as they stood at `moments` too; None: at those that were asked for before.

        Raises EvaluationBusy while another evaluation or calibration is running.
        """
        self._see_that_nothing_runs(owner)
        judge = None if evaluation.judge is None else Judge(self._provider(evaluation.judge.key), evaluation.judge)
        evaluation_id = evaluation.evaluation_id
        runner_services = replace(self._runner_services, archive=self.archive.seen_by(owner))
        runner = Runner(runner_services, evaluation, judge, lambda progress: self._tell(evaluation_id, progress))

        adding = asyncio.create_task(asyncio.to_thread(_add, runner_services.archive, evaluation, moments))

        async def work() -> None:
            await asyncio.shield(
                adding
            )  # shielded, because the caller waits for it too and must not be cancelled by Stop
            await runner.run(retry_errors=retry_errors)

        self._begin(evaluation_id, owner, runner, work)
        await asyncio.shield(adding)

    async def judge_moments(self, evaluation: Evaluation, *, owner: Owner = LOCAL) -> None:
        """Let the judge of an evaluation read its answers as they stood at each moment, too.

        Raises NotJudged, OtherJudge, EvaluationBusy while another evaluation is running, or as `judge_card` does.
        """
        if evaluation.judge is None:
            raise NotJudged("The evaluation has no judge: label its answers by hand, or measure again with a judge.")
        self._see_that_nothing_runs(owner)
        if await self.judge_card(evaluation.judge.key) != evaluation.judge:
            raise OtherJudge(
                f"{evaluation.judge.key} is not the same judge any more (its weights, its program, its address or the "
                "wording changed), so its verdicts cannot be put beside the earlier ones: measure again."
            )
        await self.begin(evaluation, owner=owner, moments=moments_before(evaluation.deadline_seconds))

    async def begin_calibration(
        self, judge: str, languages: Sequence[Language], *, owner: Owner = LOCAL, is_whole: bool = False
    ) -> str:
        """Let a judge read the gold sets of these languages; return the id for `progress`.

        It ends when the trust in each language is certain or, with `is_whole`, when all is read.

        Raises EvaluationBusy while another evaluation or calibration is running, or as `judge_card` does.
        """
        self._see_that_nothing_runs(owner)
        card = await self.judge_card(judge)
        self._see_that_nothing_runs(owner)
        calibration_id = f"{CALIBRATION}{card.sha256[:12]}"
        runner = Calibrator(
            self._services.runs,
            self.archive,
            Judge(self._provider(judge), card),
            languages,
            lambda progress: self._tell(calibration_id, progress),
            is_whole=is_whole,
        )
        self._begin(calibration_id, owner, runner, runner.run)
        return calibration_id

    @contextmanager
    def comparing(self, owner: Owner) -> Iterator[None]:
        """Let entrants of a session of this owner answer a question; meanwhile the owner begins nothing else.

        Raises EvaluationBusy.
        """
        if self._current_of(owner) is not None:  # another owner's evaluation gives way to the question of a person
            self._see_that_nothing_runs(owner)
        self._see_that_nothing_is_compared(owner)
        self._comparing.add(owner)
        try:
            yield
        finally:
            self._comparing.remove(owner)

    def _see_that_nothing_is_compared(self, owner: Owner) -> None:
        if owner in self._comparing:
            raise SessionBusy("A question of a comparison is being answered: wait for its answers, or stop them.")

    def _see_that_nothing_runs(self, owner: Owner) -> None:
        self._see_that_nothing_is_compared(owner)
        current = self._current
        if current is not None and not may_see(current.owner, owner):
            raise BusyForAnother("An evaluation or check by somebody else is running: wait until it is over.")
        if current is not None:
            raise EvaluationBusy(
                f"Another evaluation or check is running ({current.evaluation_id}): stop it first, or wait for its end."
            )

    def _begin(
        self, evaluation_id: str, owner: Owner, runner: Runner | Calibrator, work: Callable[[], Awaitable[None]]
    ) -> None:
        task = asyncio.create_task(self._carry_out(evaluation_id, work))
        self._current = _Current(evaluation_id, owner, runner, task)

    def expected_seconds(
        self,
        suite: Suite,
        models: Sequence[str],
        repeats: int,
        *,
        has_judge: bool,
        has_moments: bool = False,
        owner: Owner = LOCAL,
    ) -> Expected:
        """Estimate the duration of an evaluation from the owner's earlier evaluations. Blocks its thread."""
        earlier = earlier_seconds(self.archive.seen_by(owner), models)
        first = self.deadline_seconds * FIRST_ANSWER_SHARE
        expected = Expected()
        for key in models:
            expected += time_of(repeats * len(suite.cases), (), guess_from(earlier[key], first))
        texts = 1 + (len(moments_before(self.deadline_seconds)) if has_moments else 0)
        readings = question_count(suite, repeats * len(models) * texts) if has_judge else 0
        return expected + time_of(readings, (), Guess(FIRST_READING_SECONDS))

    async def judge(self, key: str) -> Judge:
        """Return a judge, downloaded and loaded. Raises ProviderError, or as `judge_card` does."""
        judge = Judge(self._provider(key), await self.judge_card(key))
        await judge.bring()
        await judge.prepare()
        return judge

    def pace(self) -> PauseGate:
        """Return a gate for work that gives way to the questions of people."""
        return PauseGate(self._services.runs)

    async def judge_card(self, key: str) -> JudgeCard:
        """Return the card of a judge, given as `provider/model`.

        A judge on this machine is asked for a few tokens once, to find out whether it thinks before it answers. Raises
        ProviderError, ModelMissing if it is unknown, and JudgeRefused if it cannot judge.
        """
        card = await self._unasked_card(key)
        return card.model_copy(update={"thought": await self._thought_limits(self._provider(key), card)})

    async def known_judge_card(self, key: str) -> JudgeCard:
        """Return the card of a judge as it was last found, without asking the model for anything.

        Raises the same errors as `judge_card`.
        """
        card = await self._unasked_card(key)
        if card in self._thought:
            return card.model_copy(update={"thought": self._thought[card]})
        checks = await asyncio.to_thread(self.archive.checks)
        checked = (check.judge for check in checks if check.judge.model_copy(update={"thought": None}) == card)
        return next(checked, card)

    async def _unasked_card(self, key: str) -> JudgeCard:
        """Return the card of a judge as if it did not think."""
        model = key.partition("/")[2]
        if key not in await self.judges():
            raise ModelMissing(f"{key} cannot judge: choose from {', '.join(await self.judges())}.")
        provider, settings = self._provider(key), self._services.settings
        try:
            cards = {card.name: card for card in await provider.models()}
        except NoModelList:  # the judge was named, so no list is needed
            cards = {}
        if not provider.capabilities(model).logprobs:
            raise no_log_probabilities(key, provider)
        is_own = key == self.own_judge
        return JudgeCard(
            provider=provider.kind,
            model=model,
            digest=cards[model].digest if model in cards else None,
            address=_without_credentials(settings.judge_base_url)
            if is_own and settings.judge_base_url is not None
            else None,
            prompt_sha256=prompt_sha256(),
            build=await provider.build(),
        )

    async def _thought_limits(self, provider: Provider, card: JudgeCard) -> ThoughtLimits | None:
        """Return how far a judge may think, found out once; None also if it would disturb, or is not downloaded yet."""
        if card not in self._thought and self._current is None and await is_here(provider, card.model):
            gate, idle = PauseGate(self._services.runs), self._services.runs.idle
            async with idle.used():
                self._thought[card] = await gate.undisturbed(lambda: thought_limits(provider, card.key, card.model))
        return self._thought.get(card)

    def pause(self, owner: Owner) -> None:
        """Pause after the current answer or reading; do nothing if this owner has nothing running."""
        current = self._current_of(owner)
        if current is not None:
            current.runner.pause()

    def go_on(self, owner: Owner) -> None:
        """Resume what `pause` paused; do nothing if this owner has nothing running."""
        current = self._current_of(owner)
        if current is not None:
            current.runner.resume()

    async def stop(self, owner: Owner | None = None) -> None:
        """Stop what this owner (None: anyone) has running. All results so far are stored; `begin` resumes it."""
        current = self._current_of(owner)
        if current is not None:
            current.task.cancel()
            await asyncio.gather(current.task, return_exceptions=True)
            if self._current is current:  # a task that is cancelled before its first step never runs its `finally`
                self._current = None

    def _current_of(self, owner: Owner | None) -> _Current | None:
        current = self._current
        return current if current is not None and may_see(current.owner, owner) else None

    async def wait(self) -> None:
        """Wait until nothing is running."""
        if self._current is not None:
            await asyncio.wait({self._current.task})

    @property
    def running(self) -> str | None:
        """The id of the running evaluation or calibration; None if there is none."""
        return None if self._current is None else self._current.evaluation_id

    def running_of(self, owner: Owner) -> str | None:
        """Return the id of what this owner has running; None if that is nothing."""
        current = self._current_of(owner)
        return None if current is None else current.evaluation_id

    def progress(self, evaluation_id: str) -> Progress | None:
        """Return the progress of an evaluation or calibration; None if it was not started since the program started."""
        return self._progress.get(evaluation_id)

    async def news(self) -> None:
        """Wait until any progress changes."""
        await self._news.wait()

    async def _carry_out(self, evaluation_id: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with self._services.runs.idle.used():  # also between the answers, and while the judge reads
                await work()
        except asyncio.CancelledError:
            self._end(evaluation_id, "stopped")
            raise
        except LlmfirstError as error:
            self._end(evaluation_id, "failed", error)
        except Exception:  # the task ends here: the results are stored, and the log has the traceback
            logger.exception("evaluation %s failed", evaluation_id)
            bug = "A bug in llmfirst stopped the evaluation; the log has the details. Resume the evaluation."
            self._end(evaluation_id, "failed", EvaluationFault(bug))
        finally:
            self._current = None

    def _end(self, evaluation_id: str, stage: Literal["stopped", "failed"], error: LlmfirstError | None = None) -> None:
        last = self._progress.get(evaluation_id, Progress(stage))
        self._tell(evaluation_id, replace(last, stage=stage, left=None, now="", error=error))

    def _provider(self, key: str) -> Provider:
        """Return the provider of a judge: the judge's own if the settings name this judge, otherwise one under test."""
        kind = key.partition("/")[0]
        if self._services.judge is not None and key == self.own_judge:
            return self._services.judge
        for offered in ("ollama", "openai", "embedded"):
            if kind == offered:
                return self._services.models.provider(offered)
        raise ModelMissing(
            f"{kind} is not a provider: name the judge as provider/model, for example ollama/qwen2.5:7b."
        )

    def _tell(self, evaluation_id: str, progress: Progress) -> None:
        self._progress[evaluation_id] = progress
        news, self._news = self._news, asyncio.Event()
        news.set()


def _add(archive: Archive, evaluation: Evaluation, moments: Sequence[float] | None) -> None:
    if moments is not None:
        archive.ask_moments(evaluation.evaluation_id, AskedMoments(seconds=tuple(moments)))
    archive.add(evaluation)


def evaluated_model(offer: Offer, told: AnswerSettings | None = None) -> EvaluatedModel:
    """Return what is known of a model that is offered, with what is set for it."""
    card = offer.card
    others = None if told is None else told.model_copy(update={"think": None})
    return EvaluatedModel(
        provider=offer.provider,
        model=card.name,
        digest=card.digest,
        size_bytes=card.size_bytes,
        parameters=card.parameters,
        quantization=card.quantization,
        think=None if told is None else told.think,
        settings=None if others == AnswerSettings() else others,
    )


def _without_credentials(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
