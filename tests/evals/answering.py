"""A scripted model that answers every question and judges too, so that an evaluation can be carried out on it."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from evals.judge.judge import Judge, prompt_sha256
from evals.records.archive import Archive
from evals.records.evaluation import EvaluatedModel, Evaluation, JudgeCard
from evals.records.machine import this_machine
from evals.records.progress import Progress
from evals.run.runner import Runner, RunnerServices
from evals.run.service import Evaluations
from evals.suite.cases import Case, Criterion, Suite
from llmfirst.app.services import Services
from llmfirst.models import Models
from llmfirst.providers.base import Chunk, Request, TokenLogprob, Usage
from llmfirst.runs.runs import Runs
from llmfirst.selfcheck import Overhead
from llmfirst.settings import Settings
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.live_runs import opened_with_models
from tests.probing import no_probe
from tests.scripted import PerSection

KEY = "ollama/scripted"
AT = datetime(2026, 11, 23, tzinfo=UTC)


class AnsweringProvider(PerSection):
    """Answers at once, in `pause` seconds per piece; a judge's reading is yes where the statement says "good"."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self._pause = pause
        self.errors: list[Exception] = []
        self.reading_errors: list[Exception] = []
        self.questions: list[str] = []

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        self.opened += 1
        try:
            if request.top_logprobs:
                await asyncio.sleep(self._pause)
                if self.reading_errors:
                    raise self.reading_errors.pop(0)
                yield Chunk(text="Yes", logprobs=(_verdict(request.messages[-1].content),), finish_reason="stop")
                return
            if self.errors:
                raise self.errors.pop(0)
            self.opening.set()
            self.questions.append(request.messages[0 if request.continue_last else -1].content)
            for number in range(3):
                await asyncio.sleep(self._pause)
                yield Chunk(text=f"Sentence {number} of call {self.opened}. ")
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=3))
        finally:
            self.closed += 1


class SwitchableThinker(AnsweringProvider):
    """Thinks before each reply unless it is told not to."""

    can = PerSection.can.model_copy(update={"think": ("off", "on")})

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if request.think == "on" and not request.top_logprobs:
            for _ in range(3):
                await asyncio.sleep(0.01)
                yield Chunk(thought="So. ")
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk


def _verdict(asked: str) -> TokenLogprob:
    """Say yes to the claim about a text that is not the bad one."""
    text = asked.partition("Answer:")[2].partition("Statement")[0]
    likely = math.log(0.9), math.log(0.08)
    yes, no = reversed(likely) if "bad anchor" in text else likely
    top = (TokenLogprob(token="Yes", logprob=yes), TokenLogprob(token="No", logprob=no))
    return TokenLogprob(token="Yes", logprob=yes, top=top)


def case(number: int) -> Case:
    return Case(
        id=f"case-{number}",
        question=f"Question {number}?",
        category="reasoning",
        language="en",
        reference="the reference",
        criteria=(Criterion(claim="The point is there.", critical=True),),
        good=f"the good anchor {number}",
        bad=f"the bad anchor {number}",
    )


def evaluation(cases: int = 2, repeats: int = 1, *, has_judge: bool = True, evaluation_id: str = "e1") -> Evaluation:
    return Evaluation(
        evaluation_id=evaluation_id,
        suite=Suite(name="made", title="Made for a test", cases=tuple(case(number) for number in range(cases))),
        models=(EvaluatedModel(provider="ollama", model="scripted", digest="sha256:0"),),
        judge=judge_card() if has_judge else None,
        repeats=repeats,
        mode="sequential",
        deadline_seconds=120,
        created_at=AT,
        machine=this_machine(),
    )


def judge_card() -> JudgeCard:
    return JudgeCard(
        provider="ollama", model="scripted", digest="sha256:0", address=None, prompt_sha256=prompt_sha256()
    )


async def overhead() -> Overhead:
    return Overhead(count=1, first_median=0.001, first_max=0.002, end_median=0.001)


class Bench:
    """Runs, models and an archive on one scripted model, and what was told of the progress."""

    def __init__(self, runs: Runs, models: Models, archive: Archive, provider: AnsweringProvider, slots: int) -> None:
        self.runs = runs
        self.archive = archive
        self.provider = provider
        self.told: list[Progress] = []
        self.means = RunnerServices(runs, models, archive, slots, lambda: AT, lambda: 0.5, overhead)

    def runner(self, evaluation: Evaluation) -> Runner:
        judge = None if evaluation.judge is None else Judge(self.provider, evaluation.judge)
        self.archive.add(evaluation)
        return Runner(self.means, evaluation, judge, self.told.append)


@asynccontextmanager
async def services(folder: Path, provider: AnsweringProvider, *, slots: int = 1) -> AsyncIterator[Bench]:
    async with opened_with_models(folder, provider, slots=slots) as (runs, models, _):
        database = open_database(folder)
        try:
            yield Bench(runs, models, Archive(DocumentStore(database), RunStore(database)), provider, slots)
        finally:
            database.dispose()


def carried_out(
    folder: Path, provider: AnsweringProvider, check: Callable[[Bench], Awaitable[None]], *, slots: int = 1
) -> None:
    """Open a bench and check something on it; a test that hangs ends."""

    async def main() -> None:
        async with asyncio.timeout(20), services(folder, provider, slots=slots) as opened:
            await check(opened)

    asyncio.run(main())


@asynccontextmanager
async def evaluations(folder: Path, provider: AnsweringProvider) -> AsyncIterator[Evaluations]:
    """Open what page and command line share; whatever is on its way at the end is stopped."""
    async with opened_with_models(folder, provider) as (runs, models, documents):
        database = open_database(folder)
        settings = Settings(data_dir=folder)
        services = Services(settings, models, runs, RunStore(database), documents, None, no_probe(models, documents))
        opened = Evaluations(services, measure_overhead=overhead)
        try:
            yield opened
        finally:
            await opened.stop()
            database.dispose()


async def when(is_so: Callable[[], bool]) -> None:
    """Return once something is so that no event tells of."""
    while not is_so():  # noqa: ASYNC110 - what is looked at belongs to the tests' own provider
        await asyncio.sleep(0)


def asked_of(opened: Bench) -> Counter[str]:
    """Count how often each question of the suite was answered to its end."""
    return Counter(one.trial.case_id for one in opened.archive.attempts("e1"))
