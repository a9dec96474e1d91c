"""What only Ollama does."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from llmfirst.errors import ModelTooLarge, ProviderUnavailable, SetupError
from llmfirst.providers.base import Chunk, Sampling, Timings, Usage, Warmth
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.ollama_wire import ollama_url
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.steps import Finish, Line, Refuse, Text, Thought
from tests.contract.subjects import collected, request_for

MODEL = "toy:1b"
LOAD_OPTIONS = ("num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict")


@asynccontextmanager
async def opened(server: ScriptedOllama, silence_limit_seconds: float = 5.0) -> AsyncGenerator[OllamaProvider, None]:
    async with server.listening():
        provider = OllamaProvider(server.address, context_tokens=2048, silence_limit_seconds=silence_limit_seconds)
        try:
            yield provider
        finally:
            await provider.aclose()


async def answered(provider: OllamaProvider, **fields: Any) -> list[Chunk]:
    return await collected(provider.stream(request_for(MODEL, **fields)))


def load_options(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body["options"][name] for name in LOAD_OPTIONS if name in body["options"]}


def test_a_request_limits_the_reply_and_turns_thinking_off() -> None:
    async def claim() -> None:
        server = ScriptedOllama()
        async with opened(server) as provider:
            await answered(provider, max_tokens=7, sampling=Sampling(temperature=0, seed=3), top_logprobs=2)
        (body,) = server.asked("/api/chat")
        assert body["think"] is False
        assert body["options"]["num_predict"] == 7
        assert body["options"] | {"temperature": 0, "seed": 3, "repeat_penalty": 1.1} == body["options"]
        assert (body["logprobs"], body["top_logprobs"]) == (True, 2)
        assert "format" not in body

    asyncio.run(claim())


@pytest.mark.parametrize("vram_bytes", [0, 100])
def test_load_options_and_keep_alive_are_the_same_in_every_call_once_warm(vram_bytes: int) -> None:
    async def claim() -> None:
        server = ScriptedOllama(vram_bytes=vram_bytes)
        async with opened(server) as provider:
            await provider.warm(MODEL)
            await answered(provider)
            await answered(provider, sampling=Sampling(top_k=1), max_tokens=1)
            await provider.warm(MODEL)
        bodies = [server.asked("/api/generate")[-1], *server.asked("/api/chat")]
        batch = {"num_batch": 128} if vram_bytes == 0 else {}
        assert [load_options(body) for body in bodies] == [{"num_ctx": 2048, **batch}] * 6
        assert len({body["keep_alive"] for body in bodies}) == 1

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("vram_bytes", "loaded", "batches"), [(0, [], [None, 128]), (0, [MODEL], [128]), (9, [], [None])]
)
def test_a_model_on_the_cpu_is_warmed_again_with_small_batches(
    vram_bytes: int, loaded: list[str], batches: list[int | None]
) -> None:
    async def claim() -> None:
        server = ScriptedOllama(vram_bytes=vram_bytes, loaded=loaded)
        async with opened(server) as provider:
            await provider.warm(MODEL)
            await answered(provider)
        loads = [body["options"].get("num_batch") for body in server.asked("/api/generate")]
        assert loads == batches
        assert server.asked("/api/chat")[0]["options"].get("num_batch") == batches[-1]

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("size_bytes", "vram_bytes", "placement"),
    [
        (100, 0, "cpu"),
        (100, 100, "gpu"),
        (100, 120, "gpu"),
        (100, 40, "split"),
        (None, 40, "unknown"),
        (100, None, "unknown"),
    ],
)
def test_where_the_model_computes_is_told_with_the_host(
    size_bytes: int | None, vram_bytes: int | None, placement: str
) -> None:
    async def claim() -> None:
        server = ScriptedOllama(size_bytes=size_bytes, vram_bytes=vram_bytes)
        async with opened(server) as provider:
            warmths = [await provider.warm(MODEL) for _ in range(2)]
        words = f"{placement} at {server.address}"
        assert warmths == [Warmth(was_cold=True, placement=words), Warmth(was_cold=False, placement=words)]

    asyncio.run(claim())


def test_a_model_that_another_program_loaded_is_not_cold_and_an_unloaded_one_is_again() -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama(loaded=[MODEL])) as provider:
            assert not (await provider.warm(MODEL)).was_cold
            await provider.unload(MODEL)
            assert (await provider.warm(MODEL)).was_cold

    asyncio.run(claim())


def test_a_load_may_be_silent_for_longer_than_an_answer() -> None:
    async def claim() -> None:
        server = ScriptedOllama(load_seconds=0.5)
        async with opened(server, silence_limit_seconds=0.1) as provider:
            await provider.warm(MODEL)
        assert server.loaded == [MODEL]

    asyncio.run(claim())


def test_durations_of_the_last_line_are_seconds() -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama()) as provider:
            last = (await answered(provider))[-1]
        assert last.timings == Timings(load_seconds=0.01, prefill_seconds=0.02, decode_seconds=0.03)

    asyncio.run(claim())


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), -1, 1e300, 10**400, True, "3"], ids=lambda one: str(one)[:9]
)
def test_an_impossible_number_costs_neither_the_text_nor_the_other_numbers(number: object) -> None:
    logprobs = [{"token": "Hi", "logprob": -0.1, "top_logprobs": [{"token": "Ho", "logprob": number}]}]
    text = {"message": {"role": "assistant", "content": "Hi"}, "done": False, "logprobs": logprobs}
    counts = {"prompt_eval_count": number, "eval_count": 2, "eval_duration": number, "load_duration": 10_000_000}
    end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", **counts}

    async def claim() -> None:
        async with opened(ScriptedOllama([[Line(json.dumps(text)), Line(json.dumps(end))]])) as provider:
            first, last = await answered(provider, top_logprobs=1)
        is_below = number == -1  # a log-probability may be
        assert (first.text, bool(first.logprobs), first.unused) == ("Hi", is_below, () if is_below else ("logprobs",))
        assert last.usage == Usage(prompt_tokens=0, completion_tokens=2)
        assert last.timings == Timings(load_seconds=0.01)
        assert (last.finish_reason, last.unused) == ("stop", ("timings", "usage"))

    asyncio.run(claim())


def test_half_a_surrogate_pair_is_text_that_can_be_stored() -> None:
    line = r'{"message": {"role": "assistant", "content": "a \ud83d"}, "done": true, "done_reason": "stop"}'

    async def claim() -> None:
        async with opened(ScriptedOllama([[Line(line)]])) as provider:
            (chunk,) = await answered(provider)
        assert chunk.text == "a \ufffd"

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("[::]:8000", "http://[::1]:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("", "http://127.0.0.1:11434"),
        ("localhost", "http://localhost:11434"),
        ("https://models.example/ollama/", "https://models.example/ollama"),
        ("http://me:pw@models.example", "http://me:pw@models.example"),
        ("me:p%40w@127.0.0.1", "http://me:p%40w@127.0.0.1:11434"),
    ],
)
def test_an_address_may_be_spelled_as_ollama_spells_it(host: str, url: str) -> None:
    assert str(ollama_url(host)) == url


@pytest.mark.parametrize("host", ["127.0.0.1:port", "ftp://127.0.0.1", "http://[::1"])
def test_a_host_that_is_no_address_names_the_setting(host: str) -> None:
    for given in (host, host.replace("//", "//me:hunter2@") if "//" in host else f"me:hunter2@{host}"):
        with pytest.raises(SetupError, match="--ollama-host") as caught:
            ollama_url(given)
        assert "hunter2" not in str(caught.value)


def test_a_proxy_of_the_environment_does_not_capture_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def claim() -> None:
        async with opened(ScriptedOllama()) as provider:
            assert await answered(provider)
            assert await provider.models()

    asyncio.run(claim())


@pytest.mark.parametrize(
    "words",
    [
        "model requires more system memory (5.6 GiB) than is available (3.1 GiB)",
        "llama runner process has terminated: cudaMalloc failed: out of memory",
        "error loading model: unable to allocate CPU buffer",
    ],
)
def test_too_little_memory_says_what_to_do_instead_of_asking_again(words: str) -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama([[Refuse(500, words)]])) as provider:
            with pytest.raises(ModelTooLarge, match=r"smaller model, or .*--context-tokens\. It said: ") as caught:
                await answered(provider)
        assert words in str(caught.value)

    asyncio.run(claim())


@pytest.mark.parametrize(("word", "reason"), [("eos", "stop"), ("max_tokens", "length")])
def test_an_end_with_a_word_that_is_not_known_is_an_end(word: str, reason: str) -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama([[Text("Hi"), Finish(word)]])) as provider:
            last = (await answered(provider))[-1]
        assert (last.finish_reason, last.finish_word) == (reason, word)

    asyncio.run(claim())


def test_each_thought_is_told_before_the_text() -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama([[Thought("Hm"), Thought("."), Text("Hi"), Finish()]])) as provider:
            chunks = await answered(provider)
        assert [(chunk.thought, chunk.text) for chunk in chunks] == [("Hm", ""), (".", ""), ("", "Hi"), ("", "")]

    asyncio.run(claim())


def test_what_is_no_ollama_is_said_to_be_none() -> None:
    async def claim() -> None:
        server = ScriptedOpenAI()
        async with server.listening():
            provider = OllamaProvider(server.address, context_tokens=2048, silence_limit_seconds=5)
            with pytest.raises(ProviderUnavailable, match=r"is not Ollama.*--ollama-host"):
                await provider.models()
            await provider.aclose()

    asyncio.run(claim())


def test_another_context_loads_the_model_again_and_is_the_same_in_every_call_of_it() -> None:
    async def claim() -> None:
        server = ScriptedOllama()
        async with opened(server) as provider:
            colds = [(await provider.warm(MODEL, tokens)).was_cold for tokens in (None, None, 4096, 4096, None)]
            await provider.warm(MODEL, 4096)
            await answered(provider, context_tokens=4096)
        assert colds == [True, False, True, False, True]
        assert server.asked("/api/chat")[-1]["options"]["num_ctx"] == 4096
        assert server.asked("/api/generate")[-1]["options"]["num_ctx"] == 4096

    asyncio.run(claim())
