"""What evaluations offer and refuse, on services whose Ollama is scripted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from evals.judge.judge import JudgeRefused
from evals.records.opinions import YesNo
from evals.run.service import Evaluations
from evals.suite.cases import load_suite
from llmfirst.app.services import Services, open_services
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.errors import ModelMissing
from llmfirst.events import is_end
from llmfirst.providers.base import Chunk, Request
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from tests.contract.ollama_server import ScriptedOllama
from tests.evals.answering import KEY, AnsweringProvider, evaluation, evaluations, overhead
from tests.live_runs import opened_with_models
from tests.probing import no_probe, probe_of

MODELS = [{"name": name, "capabilities": ["completion"]} for name in ("a:1b", "b:1b", "c:1b")]


@asynccontextmanager
async def opened(folder: Path, model: str) -> AsyncIterator[Evaluations]:
    server = ScriptedOllama(models=MODELS)
    async with server.listening():
        given = {"data_dir": folder, "provider": "ollama", "ollama_host": server.address, "model": model}
        async with open_services(Settings.model_validate(given)) as services:
            await services.models.choose(model, services.store.last_model)
            yield Evaluations(services)


def test_the_model_that_answers_questions_is_the_first_that_can_be_measured(tmp_path: Path) -> None:
    async def claim() -> None:
        async with opened(tmp_path, "b:1b") as found:
            assert [offer.card.name for offer in await found.models()] == ["b:1b", "a:1b", "c:1b"]

    asyncio.run(claim())


def test_a_model_that_is_here_is_offered_as_a_judge_before_one_to_download(tmp_path: Path) -> None:
    async def claim() -> None:
        given = {"data_dir": tmp_path, "provider": "embedded", "model": str(tmp_path / "own.gguf")}
        (tmp_path / "own.gguf").write_bytes(b"GGUF")
        async with open_services(Settings.model_validate(given)) as services:
            await services.models.choose(services.settings.model, services.store.last_model)
            first, *others = await Evaluations(services).judges()
            assert first == f"embedded/{tmp_path / 'own.gguf'}"
            assert "embedded/qwen2.5-coder-1.5b" in others

    asyncio.run(claim())


@pytest.mark.parametrize("targets", [["ollama/d:1b"], []])
def test_a_model_that_is_not_here_is_named_with_those_that_are(tmp_path: Path, targets: list[str]) -> None:
    async def claim() -> None:
        async with opened(tmp_path, "b:1b") as found:
            with pytest.raises(ModelMissing, match=r"choose from ollama/a:1b, ollama/b:1b, ollama/c:1b"):
                await found.plan(load_suite("quick"), targets, None, repeats=1, mode="sequential")

    asyncio.run(claim())


def test_an_evaluation_that_is_stopped_before_its_first_step_leaves_the_way_free(tmp_path: Path) -> None:
    async def claim() -> None:
        async with evaluations(tmp_path, AnsweringProvider()) as opened:
            for _ in range(2):
                beginning = asyncio.create_task(opened.begin(evaluation(has_judge=False)))
                await asyncio.sleep(0)
                await opened.stop()
                assert opened.running is None
                await beginning

    asyncio.run(claim())


def test_a_probe_waits_until_an_evaluation_is_over_also_while_the_judge_reads(tmp_path: Path) -> None:
    def is_probed(provider: AnsweringProvider) -> bool:
        return any(request.messages[-1].content.endswith(PROBE_QUESTIONS[0][1]) for request in provider.requests)

    async def claim() -> None:
        provider = AnsweringProvider(pause=0.002)
        opening = opened_with_models(tmp_path, provider)
        async with asyncio.timeout(20), opening as (runs, models, documents):
            database = open_database(tmp_path)
            probe = probe_of(models, runs.idle, documents, quiet_seconds=0.0)
            settings = Settings(data_dir=tmp_path)
            services = Services(settings, models, runs, RunStore(database), documents, None, probe)
            asking = Evaluations(services, measure_overhead=overhead)
            await asking.begin(evaluation())
            probing = asyncio.create_task(probe.run())
            await asking.wait()
            assert not is_probed(provider)
            while not is_probed(provider):
                provider.opening.clear()
                await provider.opening.wait()
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
            database.dispose()

    asyncio.run(claim())


def test_an_evaluation_that_has_begun_is_in_the_archive_of_its_owner(tmp_path: Path) -> None:
    async def claim() -> None:
        async with evaluations(tmp_path, AnsweringProvider(pause=0.05)) as opened:
            of = evaluation(has_judge=False)
            await opened.begin(of, owner="alice")
            assert opened.archive.seen_by("alice").load(of.evaluation_id) == of

    asyncio.run(claim())


class Thinking(AnsweringProvider):
    """One that thinks before each word of a judge, in so many tokens; it cannot be told not to."""

    def __init__(self, thought_tokens: int, pause: float = 0.0) -> None:
        super().__init__(pause)
        self._thought_tokens = thought_tokens

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if request.top_logprobs:
            yield Chunk(thought="Yes")
            if request.max_tokens <= self._thought_tokens:
                self.requests.append(request)
                yield Chunk(finish_reason="length")
                return
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk


def test_a_judge_that_never_comes_to_a_word_is_refused_before_anything_is_asked_or_stored(tmp_path: Path) -> None:
    async def claim() -> None:
        provider = Thinking(10_000)
        async with evaluations(tmp_path, provider) as opened:
            for _ in range(2):
                with pytest.raises(JudgeRefused, match=r"it thinks before it answers.*came to no word"):
                    await opened.plan(load_suite("quick"), [KEY], KEY, repeats=1, mode="sequential")
            with pytest.raises(JudgeRefused, match="it thinks before it answers"):
                await opened.begin_calibration(KEY, ["en"])
            assert opened.archive.all() == ()
            assert provider.questions == []
            assert opened.running is None

    asyncio.run(claim())


def test_a_judge_that_thinks_judges_behind_it_and_its_calibration_is_of_that_way(tmp_path: Path) -> None:
    async def claim() -> None:
        provider = Thinking(500)
        async with evaluations(tmp_path, provider) as opened:
            cards = [await opened.judge_card(KEY) for _ in range(2)]
            assert len(provider.requests) == 2  # found out once, by two requests
            assert cards[0] == cards[1]
            assert cards[0].thought is not None
            silent = cards[0].model_copy(update={"thought": None})
            opened.archive.keep_reading(silent, "f" * 64, YesNo(yes=1, no=0))
            await opened.begin(evaluation().model_copy(update={"judge": cards[0]}))
            await opened.wait()
            (stored,) = opened.archive.all()
            assert stored.judge == cards[0]
            readings = opened.archive.readings(cards[0])
            assert readings
            assert not any(reading.only_thought for reading in readings.values())
            assert "f" * 64 not in readings
            assert {one.max_tokens for one in provider.requests[2:] if one.top_logprobs} == {cards[0].thought.tokens}

    asyncio.run(claim())


def test_how_a_judge_judges_is_found_out_after_the_questions_of_people(tmp_path: Path) -> None:
    async def claim() -> None:
        provider = AnsweringProvider(pause=0.01)
        opening = opened_with_models(tmp_path, provider)
        async with asyncio.timeout(20), opening as (runs, models, documents):
            database = open_database(tmp_path)
            settings = Settings(data_dir=tmp_path)
            services = Services(
                settings, models, runs, RunStore(database), documents, None, no_probe(models, documents)
            )
            run_id = await runs.start("Why?", language="en", model=None, grace_seconds=20)
            await Evaluations(services, measure_overhead=overhead).judge_card(KEY)
            assert is_end((await runs.so_far(run_id))[-1])
            assert [bool(request.top_logprobs) for request in provider.requests] == [False] * 4 + [True]
            database.dispose()

    asyncio.run(claim())
