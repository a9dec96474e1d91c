"""Evaluations as page and command line know them: begun, watched, paused, taken up again; one at a time."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from evals.calibration.calibrator import Calibrator
from evals.judge.judge import Judge, JudgeRefused, prompt_sha256
from evals.judge.questions import question_count
from evals.judge.queue import FIRST_READING_SECONDS
from evals.records.archive import Archive
from evals.records.evaluation import EvaluatedModel, Evaluation, JudgeCard, Mode
from evals.records.machine import load_average, this_machine
from evals.records.progress import Progress
from evals.run.expected import expected_answer_seconds
from evals.run.runner import Runner, RunnerServices
from evals.suite.cases import Language, Suite
from llmfirst import LOCAL, LlmfirstError, ModelMissing, Offer, Overhead, Owner, Provider, Services, may_see, overhead

logger = logging.getLogger(__name__)

_SELF_CHECKS: Final = 5


class EvaluationBusy(LlmfirstError):
    """An evaluation is on its way already: wait for it, or stop it."""


class BusyForAnother(EvaluationBusy):
    """That of somebody else is on its way: wait for it."""


@dataclass
class _Current:
    evaluation_id: str
    owner: Owner
    runner: Runner | Calibrator
    task: asyncio.Task[None]


async def _own_overhead() -> Overhead:
    return await overhead(_SELF_CHECKS)


class Evaluations:
    """What evaluations do with one set of services; the page and the command line share it."""

    def __init__(
        self,
        services: Services,
        *,
        measure_overhead: Callable[[], Coroutine[Any, Any, Overhead]] = _own_overhead,
    ) -> None:
        self._services = services
        self._deadline_seconds = services.settings.deadline_seconds
        self.archive = Archive(services.documents, services.store)
        self._means = RunnerServices(
            services.runs,
            services.models,
            self.archive,
            services.settings.slots,
            lambda: datetime.now(UTC),
            load_average,
            measure_overhead,
        )
        self._current: _Current | None = None
        self._progress: dict[str, Progress] = {}
        self._news = asyncio.Event()

    async def models(self) -> tuple[Offer, ...]:
        """Return the models that can be measured, those that are here: the one that answers questions first."""
        served = self._services.models
        here = [offer for offer in await served.offers() if offer.card.is_here]
        return tuple(sorted(here, key=lambda offer: offer.key != served.chosen.offer.key))

    @property
    def own_judge(self) -> str | None:
        """The judge that the settings name, as `provider/model`."""
        settings = self._services.settings
        return None if settings.judge_provider is None else f"{settings.judge_provider}/{settings.judge_model}"

    async def judges(self) -> tuple[str, ...]:
        """Return who can judge, as keys `provider/model`: the judge of the settings first."""
        own = [] if self.own_judge is None else [self.own_judge]
        return tuple(dict.fromkeys([*own, *(offer.key for offer in await self._services.models.offers())]))

    async def plan(
        self, suite: Suite, models: Sequence[str], judge: str | None, *, repeats: int, mode: Mode
    ) -> Evaluation:
        """Return an evaluation that could be started; ModelMissing names a model that is not here."""
        offers = {offer.key: offer for offer in await self._services.models.offers()}
        missing = [key for key in models if key not in offers]
        if missing or not models:
            raise ModelMissing(f"There is no model {', '.join(missing) or 'chosen'}: choose of {', '.join(offers)}.")
        return Evaluation(
            evaluation_id=secrets.token_hex(6),
            suite=suite,
            models=tuple(_evaluated(offers[key]) for key in models),
            judge=None if judge is None else await self.judge_card(judge),
            repeats=repeats,
            mode=mode,
            deadline_seconds=self._services.settings.deadline_seconds,
            created_at=datetime.now(UTC),
            machine=await asyncio.to_thread(this_machine),
        )

    async def begin(self, evaluation: Evaluation, *, owner: Owner = LOCAL, retry_errors: bool = False) -> None:
        """Start an evaluation of an owner's, or take one up again; EvaluationBusy while another is on its way.

        When this returns, the evaluation is in the archive.
        """
        self._see_that_nothing_runs(owner)
        judge = None if evaluation.judge is None else Judge(self._provider(evaluation.judge.key), evaluation.judge)
        evaluation_id = evaluation.evaluation_id
        means = replace(self._means, archive=self.archive.seen_by(owner))
        runner = Runner(means, evaluation, judge, lambda progress: self._tell(evaluation_id, progress))

        adding = asyncio.create_task(asyncio.to_thread(means.archive.add, evaluation))

        async def work() -> None:
            await asyncio.shield(adding)  # Stop would cancel what the caller waits for as well
            await runner.run(retry_errors=retry_errors)

        self._begin(evaluation_id, owner, runner, work)
        await asyncio.shield(adding)

    async def begin_calibration(self, judge: str, languages: Sequence[Language], *, owner: Owner = LOCAL) -> str:
        """Let a judge read the gold sets of these languages, and return under which id its progress is told.

        EvaluationBusy while something else is on its way; JudgeRefused and ModelMissing as for an evaluation.
        """
        card = await self.judge_card(judge)
        self._see_that_nothing_runs(owner)
        calibration_id = f"calibration:{card.sha256[:12]}"
        runner = Calibrator(
            self._services.runs,
            self.archive,
            Judge(self._provider(judge), card),
            languages,
            lambda progress: self._tell(calibration_id, progress),
        )
        self._begin(calibration_id, owner, runner, runner.run)
        return calibration_id

    def _see_that_nothing_runs(self, owner: Owner) -> None:
        current = self._current
        if current is not None and not may_see(current.owner, owner):
            raise BusyForAnother("Somebody else's evaluation or check is on its way: wait until it is over.")
        if current is not None:
            raise EvaluationBusy(
                f"Another evaluation or check is on its way ({current.evaluation_id}): stop it first, or wait."
            )

    def _begin(
        self, evaluation_id: str, owner: Owner, runner: Runner | Calibrator, work: Callable[[], Awaitable[None]]
    ) -> None:
        task = asyncio.create_task(self._carry_out(evaluation_id, work))
        self._current = _Current(evaluation_id, owner, runner, task)

    def expected_seconds(
        self, suite: Suite, models: Sequence[str], repeats: int, *, has_judge: bool, owner: Owner = LOCAL
    ) -> float:
        """Return how long an evaluation would take, by what was measured for its owner before; blocks."""
        answers = 0.0
        archive = self.archive.seen_by(owner)
        past = archive.all()
        for key in models:
            last = next((one for one in past if any(model.key == key for model in one.models)), None)
            attempts = [] if last is None else archive.attempts(last.evaluation_id)
            answers += expected_answer_seconds(
                [one for one in attempts if one.trial.model == key], self._deadline_seconds
            )
        total = answers * repeats * len(suite.cases)
        readings = question_count(suite, repeats * len(models))
        return total + (readings * FIRST_READING_SECONDS if has_judge else 0.0)

    async def judge(self, key: str) -> Judge:
        """Return a judge that is here and loaded; raises as `judge_card` does, and ProviderError."""
        judge = Judge(self._provider(key), await self.judge_card(key))
        await judge.bring()
        await judge.prepare()
        return judge

    async def judge_card(self, key: str) -> JudgeCard:
        """Return the card of a judge; JudgeRefused when its service tells no log-probabilities."""
        model = key.partition("/")[2]
        if key not in await self.judges():
            raise ModelMissing(f"{key} cannot judge: choose of {', '.join(await self.judges())}.")
        provider, settings = self._provider(key), self._services.settings
        cards = {card.name: card for card in await provider.models()}
        if not provider.capabilities(model).logprobs:
            raise JudgeRefused(
                f"{key} cannot judge: {provider.name} tells no log-probabilities. Choose another judge "
                "(Ollama 0.12.11 or newer, vLLM, llama.cpp and the embedded model tell them)."
            )
        own = key == self.own_judge
        return JudgeCard(
            provider=provider.kind,
            model=model,
            digest=cards[model].digest if model in cards else None,
            address=_shown(settings.judge_base_url) if own and settings.judge_base_url is not None else None,
            prompt_sha256=prompt_sha256(),
            build=await provider.build(),
        )

    def pause(self, owner: Owner) -> None:
        """Hold after what is on its way; nothing happens when nothing of this owner's is."""
        current = self._current_of(owner)
        if current is not None:
            current.runner.pause()

    def go_on(self, owner: Owner) -> None:
        current = self._current_of(owner)
        if current is not None:
            current.runner.resume()

    async def stop(self, owner: Owner | None = None) -> None:
        """End what is on its way and the owner's, None seeing all; what was measured stays, and can be taken up."""
        current = self._current_of(owner)
        if current is not None:
            current.task.cancel()
            await asyncio.gather(current.task, return_exceptions=True)
            if self._current is current:  # cancelled before its first step
                self._current = None

    def _current_of(self, owner: Owner | None) -> _Current | None:
        current = self._current
        return current if current is not None and may_see(current.owner, owner) else None

    async def wait(self) -> None:
        """Wait until nothing is on its way."""
        if self._current is not None:
            await asyncio.wait({self._current.task})

    @property
    def running(self) -> str | None:
        """The id of the evaluation that is on its way."""
        return None if self._current is None else self._current.evaluation_id

    def progress(self, evaluation_id: str) -> Progress | None:
        """Return how far an evaluation of this start of the program is."""
        return self._progress.get(evaluation_id)

    async def news(self) -> None:
        """Wait until any progress changes."""
        await self._news.wait()

    async def _carry_out(self, evaluation_id: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            self._end(evaluation_id, "stopped", "")
            raise
        except LlmfirstError as error:
            self._end(evaluation_id, "failed", str(error))
        except Exception:  # where an evaluation ends: what was measured is kept, and the log says what broke
            logger.exception("evaluation %s broke", evaluation_id)
            self._end(evaluation_id, "failed", "llmfirst made a mistake; the log says which. Resume the evaluation.")
        finally:
            self._current = None

    def _end(self, evaluation_id: str, stage: Literal["stopped", "failed"], message: str) -> None:
        last = self._progress.get(evaluation_id, Progress(stage))
        self._tell(evaluation_id, replace(last, stage=stage, remaining_seconds=None, now="", message=message))

    def _provider(self, key: str) -> Provider:
        """Return the service of a judge: that of its own settings where they name it, else one under test."""
        kind = key.partition("/")[0]
        if self._services.judge is not None and key == self.own_judge:
            return self._services.judge
        for offered in ("ollama", "openai", "embedded"):
            if kind == offered:
                return self._services.models.provider(offered)
        raise ModelMissing(f"{kind} is no provider: a judge is named like ollama/qwen2.5:7b.")

    def _tell(self, evaluation_id: str, progress: Progress) -> None:
        self._progress[evaluation_id] = progress
        news, self._news = self._news, asyncio.Event()
        news.set()


def _evaluated(offer: Offer) -> EvaluatedModel:
    card = offer.card
    return EvaluatedModel(
        provider=offer.provider,
        model=card.name,
        digest=card.digest,
        size_bytes=card.size_bytes,
        parameters=card.parameters,
        quantization=card.quantization,
    )


def _shown(url: str) -> str:
    """Return an address without the credentials in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
