"""One table: whatever a server sends besides, the text is whole; whatever goes wrong, its own words are read."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, get_args

import pytest

from llmfirst.errors import PrefillRefused, ProviderRejected
from llmfirst.model_options import OptionName
from llmfirst.providers.base import Chunk, Message, Request, Sampling
from llmfirst.providers.openai import OpenAIProvider
from tests.contract.quirks import KEY, PREFILL, QUIRKS, TEXT, Quirk, QuirkyServer
from tests.contract.subjects import collected, text_of

MESSAGES = (Message(role="system", content="Be brief."), Message(role="user", content="Why?"))
BEGUN = (*MESSAGES, Message(role="assistant", content="Because"))


def asked_of(dialect: str, work: Callable[[OpenAIProvider, QuirkyServer], Coroutine[Any, Any, None]]) -> None:
    async def ask() -> None:
        server = QuirkyServer(dialect="vllm" if dialect == "vllm" else "generic")
        async with server.listening():
            provider = OpenAIProvider(f"{server.address}/v1", api_key=KEY, dialect=None, silence_limit_seconds=5)
            try:
                await work(provider, server)
            finally:
                await provider.aclose()

    asyncio.run(ask())


def request_for(quirk: Quirk) -> Request:
    """Return a request with everything in it that a service may refuse."""
    continues = quirk in PREFILL
    return Request(
        model=quirk.model,
        messages=BEGUN if continues else MESSAGES,
        continue_last=continues,
        max_tokens=300,
        sampling=Sampling(seed=1),
        top_logprobs=0 if continues else 20,
    )


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=lambda quirk: quirk.model)
def test_a_quirk_costs_neither_the_text_nor_the_words(quirk: Quirk) -> None:
    request = request_for(quirk)
    chunks: list[Chunk] = []

    async def claim(provider: OpenAIProvider, server: QuirkyServer) -> None:
        expected = PrefillRefused if "prefill" in quirk.left_out else quirk.error
        if expected is None:
            chunks.extend(await collected(provider.stream(request)))
            assert text_of(chunks) == quirk.text
            assert (chunks[-1].finish_reason, chunks[-1].finish_word) == (quirk.finish, quirk.word)
            usage = chunks[-1].usage
            assert (None if usage is None else usage.completion_tokens) == quirk.tokens
            assert {part for chunk in chunks for part in chunk.left_out} == set(quirk.left_out)
            assert {kind for chunk in chunks for kind in chunk.unused} == set(quirk.unused)
        else:
            with pytest.raises(expected, match=quirk.says) as caught:
                await collected(provider.stream(request))
            assert type(caught.value) is expected
            assert "<" not in str(caught.value)
            assert KEY not in str(caught.value)
        assert len(server.asked("/v1/chat/completions")) <= 14

    asked_of("vllm" if quirk in PREFILL else "generic", claim)


@pytest.mark.parametrize("quirk", [one for one in QUIRKS.values() if one.left_out], ids=lambda quirk: quirk.model)
def test_what_was_refused_is_not_sent_again(quirk: Quirk) -> None:
    async def claim(provider: OpenAIProvider, server: QuirkyServer) -> None:
        request = request_for(quirk)
        if "prefill" in quirk.left_out:
            with pytest.raises(PrefillRefused):
                await collected(provider.stream(request))
            assert not provider.capabilities(quirk.model).prefill
            request = request.model_copy(update={"messages": MESSAGES, "continue_last": False})
        else:
            await collected(provider.stream(request))
        able = provider.capabilities(quirk.model)
        assert able.logprobs == ("logprobs" not in quirk.left_out)
        assert set(able.ignores) >= set(quirk.left_out) & set(get_args(OptionName))
        before = len(server.asked("/v1/chat/completions"))
        assert text_of(await collected(provider.stream(request))) == TEXT
        tries = len(server.asked("/v1/chat/completions")) - before
        assert tries == 1 or "reply_length" in quirk.left_out

    asked_of("vllm" if quirk in PREFILL else "generic", claim)


def test_one_model_learns_nothing_from_another() -> None:
    async def claim(provider: OpenAIProvider, server: QuirkyServer) -> None:
        for model in ("OpenAI: temperature", "usage is null"):
            await collected(provider.stream(request_for(QUIRKS[model])))
        assert "temperature" in server.asked("/v1/chat/completions")[-1]

    asked_of("generic", claim)


def test_what_was_accepted_once_is_not_suspected_again() -> None:
    async def claim(provider: OpenAIProvider, server: QuirkyServer) -> None:
        request = request_for(QUIRKS["usage is null"])
        await collected(provider.stream(request))
        before = len(server.asked("/v1/chat/completions"))
        server.quirks[request.model] = QUIRKS["everything"]
        with pytest.raises(ProviderRejected, match="I like nothing"):
            await collected(provider.stream(request))
        assert len(server.asked("/v1/chat/completions")) == before + 1

    asked_of("generic", claim)


@pytest.mark.parametrize("model", ["vLLM: thoughts apart", "Mistral: thoughts in parts", "only thoughts"])
def test_thinking_is_told_as_it_was_written_and_before_the_text(model: str) -> None:
    async def claim(provider: OpenAIProvider, _: QuirkyServer) -> None:
        chunks = await collected(provider.stream(request_for(QUIRKS[model])))
        assert next(chunk.thought for chunk in chunks if chunk.thought or chunk.text) == "hm"
        assert "".join(chunk.thought for chunk in chunks) == "hm"

    asked_of("generic", claim)
