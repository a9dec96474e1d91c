"""The tokens of a slot, read from the head of its file; and what happens where there is nothing to read."""

import asyncio
import struct
from pathlib import Path

import pytest

from llmfirst.providers.base import Message, Request
from llmfirst.providers.cached_tokens import CachedTokens, tokens_in
from llmfirst.providers.openai_request import body_of, body_of_tokens

REQUEST = Request(
    model="m",
    messages=(Message(role="user", content="why?"), Message(role="assistant", content="Because")),
    max_tokens=8,
    continue_last=True,
)


def head(*tokens: int, version: int = 4, mark: int = 0x67677371, count: int | None = None) -> bytes:
    numbers = (-1, 1, len(tokens) if count is None else count, *tokens, 0)
    return struct.pack(f"<3I{len(numbers)}i", mark, version, len(numbers), *numbers)


def test_the_tokens_stand_in_the_head_of_the_file() -> None:
    assert tokens_in(head(1, 9690, 198) + b"the cache itself") == (1, 9690, 198)
    assert tokens_in(head()) == ()


@pytest.mark.parametrize(
    "data",
    [b"", head(1)[:20], head(1, version=5), head(1, mark=7), head(1, 2, 3)[:-12], head(1, count=9), head(1, count=-1)],
    ids=["empty", "cut in its head", "newer", "another file", "cut in its tokens", "too many", "less than none"],
)
def test_a_file_of_another_kind_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="the file"):
        tokens_in(data)


def test_a_prompt_of_tokens_is_asked_with_the_same_options_as_the_messages() -> None:
    asked, tokens = body_of(REQUEST, "llama.cpp"), body_of_tokens(REQUEST, [1, 2, "\n\n"])
    assert tokens.pop("prompt") == [1, 2, "\n\n"]
    assert {**tokens, "messages": asked["messages"], "chat_template_kwargs": asked["chat_template_kwargs"]} == asked


def test_where_no_server_answers_there_are_no_kept_tokens(tmp_path: Path) -> None:
    async def claim() -> None:
        cached_tokens = CachedTokens("http://127.0.0.1:9", "key", tmp_path)
        try:
            assert await cached_tokens.prompt(REQUEST) is None
        finally:
            await cached_tokens.aclose()

    asyncio.run(claim())
