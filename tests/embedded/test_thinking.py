"""A model that thinks, in the embedded provider: its thinking comes before its text and never in it."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from llmfirst.providers.base import Chunk, Message, Request, Sampling
from llmfirst.providers.embedded import EmbeddedProvider
from tests.thinking_models import ThinkingKind

pytestmark = [pytest.mark.embedded, pytest.mark.slow]
# The likeliest token each time: the model then follows its examples, and closes its thought.
EXACT = Sampling(temperature=0.0, repeat_penalty=1.0)


async def reply_of(provider: EmbeddedProvider, model: str) -> list[Chunk]:
    question = Message(role="user", content="Why is the sky blue?")
    asked = Request(model=model, messages=(question,), max_tokens=60, sampling=EXACT)
    async with aclosing(provider.stream(asked)) as chunks:
        return [chunk async for chunk in chunks]


@pytest.mark.parametrize(
    ("kind", "thinks", "answers"), [("endless", True, False), ("stubborn", True, True), ("switchable", False, True)]
)
def test_thinking_comes_before_the_text_and_never_in_it(
    embedded_provider: EmbeddedProvider,
    thinking_weights: dict[ThinkingKind, Path],
    kind: ThinkingKind,
    thinks: bool,
    answers: bool,
) -> None:
    async def main() -> list[Chunk]:
        try:
            return await reply_of(embedded_provider, str(thinking_weights[kind]))
        finally:
            await embedded_provider.aclose()

    chunks = asyncio.run(main())
    thought, text = "".join(chunk.thought for chunk in chunks), "".join(chunk.text for chunk in chunks)
    assert (bool(thought), bool(text)) == (thinks, answers)
    assert "think>" not in thought + text
    order = ["thought" if chunk.thought else "text" for chunk in chunks if chunk.thought or chunk.text]
    assert order == sorted(order, key=["thought", "text"].index)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens >= len(order)
