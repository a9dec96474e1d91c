"""A message is continued from the tokens that the model made, also where its text would be tokenised otherwise."""

import asyncio
from contextlib import aclosing

import pytest

from llmfirst.providers.base import Chunk, Message, Request, Sampling, Usage
from llmfirst.providers.embedded import EmbeddedProvider
from tests.conftest import SMALL_MODEL

pytestmark = pytest.mark.embedded
QUESTION = Message(role="user", content="하늘은 왜 파란가요?")
BEGINNING = "하늘이 파란 까닭은"
# So hot that the model spells words in pieces; where seed 2 was tried, a third of its reply came back as other tokens.
HOT = Sampling(temperature=1.8, top_p=1.0, top_k=0, repeat_penalty=1.0)
SEEDS = (1, 2, 3)


def request(written: str, max_tokens: int, seed: int) -> Request:
    return Request(
        model=SMALL_MODEL,
        messages=(QUESTION, Message(role="assistant", content=written)),
        max_tokens=max_tokens,
        continue_last=True,
        sampling=HOT.model_copy(update={"seed": seed}),
    )


async def asked(provider: EmbeddedProvider, wanted: Request) -> tuple[str, Usage]:
    async with aclosing(provider.stream(wanted)) as chunks:
        every: list[Chunk] = [chunk async for chunk in chunks]
    assert every[-1].usage is not None
    assert every[-1].finish_reason is not None
    return "".join(chunk.text for chunk in every), every[-1].usage


@pytest.mark.parametrize("kind", ["as it is", "new block", "cut"])
def test_nearly_all_of_a_continued_message_comes_from_the_cache(embedded_provider: EmbeddedProvider, kind: str) -> None:
    async def main() -> list[Usage]:
        found: list[Usage] = []
        texts: list[str] = []
        try:
            await embedded_provider.warm(SMALL_MODEL)
            for seed in SEEDS:
                text, _ = await asked(embedded_provider, request(BEGINNING, 60, seed))
                end = len(text) * 2 // 3 if kind == "cut" else None
                written = BEGINNING + text[:end] + ("\n\n" if kind == "new block" else "")
                more, usage = await asked(embedded_provider, request(written, 8, seed))
                texts.append(more)
                found.append(usage)
        finally:
            await embedded_provider.aclose()
        assert any(texts)
        return found

    for usage in asyncio.run(main()):
        assert usage.cached_tokens is not None
        assert usage.prompt_tokens - usage.cached_tokens <= 6
