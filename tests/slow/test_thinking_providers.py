"""A small model that thinks, on a real llama.cpp and a real Ollama, through our providers."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from llmfirst.providers.base import Chunk, Message, Request, Sampling
from llmfirst.providers.embedded import EmbeddedProvider
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.ollama_wire import ollama_url
from tests.conftest import OLLAMA_MODEL
from tests.thinking_models import ThinkingKind, thinking_model_of_ollama

pytestmark = pytest.mark.slow
# The likeliest token each time: the model then follows its examples, and closes its thought.
EXACT = Sampling(temperature=0.0, repeat_penalty=1.0)
EXPECTED = pytest.mark.parametrize(
    ("kind", "expected"), [("endless", ["thought"]), ("stubborn", ["thought", "text"]), ("switchable", ["text"])]
)


async def first_reply(provider: EmbeddedProvider | OllamaProvider, model: str) -> list[Chunk]:
    question = Message(role="user", content="Why is the sky blue?")
    asked = Request(model=model, messages=(question,), max_tokens=40, sampling=EXACT)
    try:
        await provider.warm(model)
        async with aclosing(provider.stream(asked)) as chunks:
            return [chunk async for chunk in chunks]
    finally:
        await provider.aclose()


def see_that_thinking_comes_first(chunks: Sequence[Chunk], expected: list[str]) -> None:
    held = [name for chunk in chunks for name in ("thought", "text") if getattr(chunk, name)]
    assert held == sorted(held, key=expected.index)
    assert list(dict.fromkeys(held)) == expected
    assert "think>" not in "".join(chunk.thought + chunk.text for chunk in chunks)
    assert chunks[-1].usage is not None


@pytest.mark.embedded
@EXPECTED
def test_thinking_of_the_embedded_model_comes_before_its_text_and_never_in_it(
    embedded_provider: EmbeddedProvider,
    thinking_weights: dict[ThinkingKind, Path],
    kind: ThinkingKind,
    expected: list[str],
) -> None:
    chunks = asyncio.run(first_reply(embedded_provider, str(thinking_weights[kind])))
    see_that_thinking_comes_first(chunks, expected)


@pytest.mark.ollama
@EXPECTED
def test_thinking_that_ollama_sends_as_content_is_no_text_from_the_first_reply_on(
    kind: ThinkingKind, expected: list[str]
) -> None:
    host = os.environ["OLLAMA_HOST"]
    provider = OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60)
    with thinking_model_of_ollama(ollama_url(host), OLLAMA_MODEL, kind) as model:
        chunks = asyncio.run(first_reply(provider, model))
    see_that_thinking_comes_first(chunks, expected)
