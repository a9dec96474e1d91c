"""The embedded provider and the engine on the small real model: order, time and schema, never wording."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import get_args

import psutil
import pytest

from llmfirst.answer import fold
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.prompts import SELF_VERDICTS
from llmfirst.errors import ModelMissing, ProviderInterrupted, ProviderRejected, ProviderUnavailable, SetupError
from llmfirst.events import PHASES, SECTIONS, SELF_QUESTIONS, AnswerEvent, ProfileName, TextAdded
from llmfirst.proof import verify
from llmfirst.providers.base import Chunk, Message, Request, Warmth
from llmfirst.providers.catalog import load_catalog
from llmfirst.providers.embedded import EmbeddedProvider, usable_cores
from tests.conftest import SMALL_MODEL
from tests.scripted import asked, collect, engine, handle

pytestmark = pytest.mark.embedded


def request(text: str = "Count from 1 to 100.", max_tokens: int = 400) -> Request:
    return Request(model=SMALL_MODEL, messages=(Message(role="user", content=text),), max_tokens=max_tokens)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "llama_child.py" in " ".join(child.cmdline())]


def with_provider(provider: EmbeddedProvider, check: Callable[[EmbeddedProvider], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            await check(provider)
        finally:
            await provider.aclose()

    asyncio.run(main())
    assert children() == []


@pytest.mark.slow
def test_phases_arrive_in_order_and_in_time(embedded_provider: EmbeddedProvider) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        events = await collect(engine().answer(asked("Why is the sky blue?"), handle(provider, SMALL_MODEL)))
        phases = list(dict.fromkeys(event.phase for event in events if isinstance(event, TextAdded)))
        assert phases == [phase for phase in PHASES if phase in phases]
        # A model this small may have nothing to say for a section even when asked again.
        answer = fold(events)
        asked_again = {event.phase for event in answer.resumed}
        assert {"strategy", "core"} <= set(phases)
        assert set(PHASES) - set(phases) <= asked_again
        assert events[-1].elapsed_seconds <= 120
        whole = "complete" if set(PHASES) == set(phases) else "interrupted"
        assert answer.metrics().outcome in (whole, "deadline")
        proof = verify(events)
        assert proof.problems == ()
        assert proof.accounted_share == 1.0
        assert proof.unbacked_decisions == 0

    with_provider(embedded_provider, check)


@pytest.mark.slow
@pytest.mark.parametrize("name", get_args(ProfileName))
def test_by_every_profile_a_whole_run_with_its_review_is_in_time_and_accounted_for(
    embedded_provider: EmbeddedProvider, name: ProfileName
) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        asking = engine(profile=load_profiles().profiles[name])
        for question in ("How do I boil an egg?", "달걀은 어떻게 삶나요?"):
            events = await collect(asking.answer(asked(question), handle(provider, SMALL_MODEL)))
            assert events[-1].elapsed_seconds <= 120
            told, proof = fold(events), verify(events)
            # A model this small may leave a conclusion empty that it was asked for: nothing to look at.
            assert (told.review is not None) == bool(told.text("conclusion").strip())
            assert told.review is None or told.review.ending is not None
            assert told.self_verdict is not None
            assert {*told.self_verdict.yes, *told.self_verdict.left_out} == set(SELF_QUESTIONS)
            assert proof.problems == ()
            assert proof.accounted_share == 1.0
            assert proof.unbacked_decisions == 0
            # What the model read last is in its cache, unless a section was asked for anew as one message.
            *_, last = [call.request for call in told.calls if call.purpose in SECTIONS]
            follows = [call for call in told.calls if call.request.messages[: len(last.messages)] == last.messages]
            if last.continue_last:  # what it wrote is a turn of its own in the messages that follow
                continue
            usages = [call.usage for call in follows if call.purpose == "self_verdict" and call.usage is not None]
            read = [usage.prompt_tokens - (usage.cached_tokens or 0) for usage in usages]
            # The question about the answer, which has at most one token for each byte, and the template around it.
            most = max(len(ask.encode()) for ask in SELF_VERDICTS.values()) + 20
            assert all(tokens <= most for tokens in read), read

    with_provider(embedded_provider, check)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread cannot be given a core")
def test_the_model_keeps_its_share_beside_busy_programs(small_model_home: Path) -> None:
    raised = [sys.executable, "-c", "import os; os.setpriority(os.PRIO_PROCESS, 0, -5)"]
    may_be_raised = subprocess.run(raised, check=False, capture_output=True).returncode == 0

    async def check(provider: EmbeddedProvider) -> None:
        await provider.warm(SMALL_MODEL)
        async with aclosing(provider.stream(request(max_tokens=5))) as chunks:
            assert [chunk async for chunk in chunks]
        (child,) = children()
        assert child.nice() == (-5 if may_be_raised else 0)
        threads = [os.sched_getaffinity(thread.id) for thread in child.threads()]
        assert [{core} in threads for core in os.sched_getaffinity(0)] == [True] * usable_cores()

    with_provider(EmbeddedProvider(small_model_home, context_tokens=2048, silence_limit_seconds=60), check)


def test_the_size_of_a_model_is_told_by_the_catalogue_and_of_a_file_by_llama_cpp(
    embedded_provider: EmbeddedProvider, small_model_home: Path, tmp_path: Path
) -> None:
    (weights,) = (one for one in load_catalog() if one.name == SMALL_MODEL)
    own = tmp_path / "mine.gguf"
    own.symlink_to(small_model_home / "models" / weights.file)

    async def check(provider: EmbeddedProvider) -> None:
        assert provider.capabilities(SMALL_MODEL).parameter_count == 134_515_008
        assert provider.capabilities(str(own)).parameter_count is None
        await provider.warm(str(own))
        assert provider.capabilities(str(own)).parameter_count == 134_515_008

    with_provider(embedded_provider, check)


def test_stop_leaves_the_model_idle_within_a_second(embedded_provider: EmbeddedProvider) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        halt = Halt()
        await provider.warm(SMALL_MODEL)
        async with aclosing(
            engine().answer(asked("Tell a long story.", halt=halt), handle(provider, SMALL_MODEL))
        ) as run:
            events: list[AnswerEvent] = []
            async for event in run:
                events.append(event)
                if isinstance(event, TextAdded) and event.phase == "core":
                    halt.ask()
        assert fold(events).metrics().outcome == "stopped"
        before = children()[0].cpu_times()
        await asyncio.sleep(1)  # the promise is a second; what is measured is the processor after it
        halfway = children()[0].cpu_times()
        await asyncio.sleep(0.5)
        after = children()[0].cpu_times()
        assert before.user <= halfway.user
        assert after.user - halfway.user < 0.1

    with_provider(embedded_provider, check)


def test_stop_while_a_long_prompt_is_read_frees_the_model(embedded_provider: EmbeddedProvider) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        await provider.warm(SMALL_MODEL)
        async with aclosing(provider.stream(request("word " * 1500))) as chunks:
            async for chunk in chunks:
                if chunk.prefill is not None and chunk.prefill.processed > 0:
                    assert chunk.prefill.processed < chunk.prefill.total
                    break
        left_at = time.monotonic()
        async with aclosing(provider.stream(request("Hi", max_tokens=1))) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    break
        assert time.monotonic() - left_at < 10

    with_provider(embedded_provider, check)


def test_a_killed_process_is_an_interruption_and_the_next_question_starts_it_again(
    embedded_provider: EmbeddedProvider,
) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        with pytest.raises(ProviderInterrupted, match="signal 9"):
            async with aclosing(provider.stream(request())) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        children()[0].kill()
        pieces: list[Chunk] = [chunk async for chunk in provider.stream(request("Hi", max_tokens=4))]
        assert pieces[-1].finish_reason is not None

    with_provider(embedded_provider, check)


def test_a_model_is_cold_again_after_its_process_was_killed_and_where_it_computes_stays(small_model_home: Path) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        cold = Warmth(was_cold=True, placement="2 threads, 1 slot")
        assert await provider.warm(SMALL_MODEL) == cold
        assert await provider.warm(SMALL_MODEL) == Warmth(was_cold=False, placement="2 threads, 1 slot")
        with pytest.raises(ProviderInterrupted):
            async with aclosing(provider.stream(request())) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        children()[0].kill()
        assert await provider.warm(SMALL_MODEL) == cold

    with_provider(EmbeddedProvider(small_model_home, context_tokens=2048, threads=2), check)


def test_another_context_loads_the_model_again_and_only_one_stays(small_model_home: Path) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        colds = [(await provider.warm(SMALL_MODEL, tokens)).was_cold for tokens in (None, 1024, 1024, None)]
        assert colds == [True, True, False, True]
        assert len(children()) == 1
        assert provider.capabilities(SMALL_MODEL).ignores == ()
        long = request("word " * 1500, max_tokens=4)
        with pytest.raises(ProviderRejected):
            await collected_text(provider, long.model_copy(update={"context_tokens": 1024}))
        assert await collected_text(provider, long)
        await provider.unload(SMALL_MODEL)
        assert children() == []

    with_provider(EmbeddedProvider(small_model_home, context_tokens=4096, silence_limit_seconds=60), check)


async def collected_text(provider: EmbeddedProvider, asked_for: Request) -> str:
    async with aclosing(provider.stream(asked_for)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


@pytest.mark.slow
def test_the_process_ends_when_the_program_is_killed(small_model_home: Path) -> None:
    program = (
        "import asyncio, pathlib, sys, time\n"
        "from llmfirst.providers.embedded import EmbeddedProvider\n"
        "async def main():\n"
        "    provider = EmbeddedProvider(pathlib.Path(sys.argv[1]))\n"
        f"    await provider.warm('{SMALL_MODEL}')\n"
        "    print('warm', flush=True)\n"
        "    time.sleep(60)\n"
        "asyncio.run(main())\n"
    )

    async def main() -> psutil.Process:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(small_model_home), stdout=asyncio.subprocess.PIPE
        )
        assert running.stdout is not None
        assert await running.stdout.readline() == b"warm\n"
        (child,) = psutil.Process(running.pid).children()
        running.kill()
        await running.wait()
        return child

    _, alive = psutil.wait_procs([asyncio.run(main())], timeout=5)
    assert alive == []


def test_weights_that_are_not_here_are_missing_and_not_a_crash(tmp_path: Path) -> None:
    async def check(provider: EmbeddedProvider) -> None:
        with pytest.raises(ModelMissing, match="not here yet"):
            await provider.warm(SMALL_MODEL)

    with_provider(EmbeddedProvider(tmp_path), check)


def test_a_file_that_llama_cannot_read_is_said_with_a_way_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))

    async def check(provider: EmbeddedProvider) -> None:
        with pytest.raises(ProviderUnavailable, match="could not be loaded"):
            await provider.warm(str(broken))

    with_provider(EmbeddedProvider(tmp_path), check)


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello")

    async def check(provider: EmbeddedProvider) -> None:
        with pytest.raises(SetupError, match="not a GGUF file"):
            await provider.warm(str(tmp_path / "text.gguf"))

    with_provider(EmbeddedProvider(tmp_path), check)
