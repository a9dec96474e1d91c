"""What every provider promises, whoever answers behind it."""

import asyncio
import re
import time
from contextlib import aclosing

import pytest

from llmfirst.errors import ModelMissing
from llmfirst.providers.base import Message, ModelManager, Usage
from tests.contract.subjects import (
    SCRIPTED,
    Opened,
    Subject,
    collected,
    first_texts,
    real_ollama,
    real_subject,
    real_vllm,
    request_for,
    scripted_subject,
    text_of,
)

REAL = [
    pytest.param("real ollama", marks=pytest.mark.ollama),
    pytest.param("real vllm", marks=pytest.mark.vllm),
    pytest.param("embedded", marks=pytest.mark.embedded),
]
LONG = "Write a very long story about a journey around the world, with many chapters."


@pytest.fixture(params=[*SCRIPTED, *REAL])
def opened(request: pytest.FixtureRequest) -> Opened:
    match request.param:
        case "real ollama":
            return real_ollama
        case "real vllm":
            return real_vllm
        case "embedded":
            provider = request.getfixturevalue("embedded_provider")
            return lambda: real_subject(provider, "smollm2-135m")
        case name:
            return lambda: scripted_subject(name)


def test_text_arrives_in_pieces_and_the_last_chunk_alone_has_the_finish_reason(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            chunks = await collected(subject.stream())
        assert len([chunk for chunk in chunks if chunk.text]) >= 2
        assert [chunk.finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert chunks[-1].finish_reason in ("stop", "length")

    asyncio.run(claim())


def test_a_reply_stops_at_max_tokens_and_says_length(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            chunks = await collected(subject.stream(LONG, max_tokens=5))
        assert chunks[-1].finish_reason == "length"
        assert 1 <= usage_of(chunks[-1].usage).completion_tokens <= 5

    asyncio.run(claim())


def test_the_last_chunk_counts_the_tokens_of_the_prompt_and_of_the_reply(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            usage = usage_of((await collected(subject.stream()))[-1].usage)
        assert usage.prompt_tokens > 0
        assert usage.completion_tokens > 0

    asyncio.run(claim())


def test_closing_a_stream_stops_the_model(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            await subject.provider.warm(subject.model)
            assert len(await first_texts(subject.stream(LONG, max_tokens=1500), 3)) == 3
            await assert_model_is_free(subject)

    asyncio.run(claim())


def test_cancelling_the_reader_stops_the_model(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            await subject.provider.warm(subject.model)
            has_text = asyncio.Event()

            async def read() -> None:
                async with aclosing(subject.stream(LONG, max_tokens=1500)) as chunks:
                    async for chunk in chunks:
                        if chunk.text:
                            has_text.set()

            reader = asyncio.create_task(read())
            await has_text.wait()
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
            await assert_model_is_free(subject)

    asyncio.run(claim())


async def assert_model_is_free(subject: Subject) -> None:
    if subject.server is not None:
        await asyncio.wait_for(subject.server.left.wait(), 1)
    began = time.monotonic()
    assert await first_texts(subject.stream("Say hello."), 1)
    assert time.monotonic() - began < 4  # the abandoned reply would have taken 10 s and more


def test_two_streams_follow_one_another(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            assert text_of(await collected(subject.stream()))
            assert text_of(await collected(subject.stream()))

    asyncio.run(claim())


def test_the_model_is_listed_and_can_be_warmed_and_asked(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            cards = {card.name: card for card in await subject.provider.models()}
            assert cards[subject.model].is_chat
            await subject.provider.warm(subject.model)
            assert text_of(await collected(subject.stream()))

    asyncio.run(claim())


def test_the_program_that_runs_the_models_is_told_where_its_service_tells_it(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            build = await subject.provider.build()
            told = {"Ollama 1.2.3", "llama.cpp b1-abc", "vllm 1.2.3", None}
            assert build in told if subject.server is not None else re.fullmatch(r"[\w.]+ [\w.+-]+", build or "")

    asyncio.run(claim())


def test_only_the_first_warm_finds_the_model_cold_and_both_find_it_in_one_place(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            has_loading = isinstance(subject.provider, ModelManager)
            if isinstance(subject.provider, ModelManager):
                await put_away(subject.provider, subject.model)
            first, second = [await subject.provider.warm(subject.model) for _ in range(2)]
        assert (first.was_cold, second.was_cold) == (has_loading, False)
        assert first.placement == second.placement != ""

    asyncio.run(claim())


async def put_away(manager: ModelManager, model: str) -> None:
    await manager.unload(model)
    async with asyncio.timeout(10):
        # Ollama answers before the memory is free, and nothing tells when it is.
        while (await manager.show(model)).is_loaded:  # noqa: ASYNC110  # so it has to be asked again
            await asyncio.sleep(0.1)


def test_warming_an_unknown_model_is_model_missing(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            with pytest.raises(ModelMissing, match="no-such-model"):
                await subject.provider.warm("no-such-model")

    asyncio.run(claim())


# One llama.cpp server has one model, and answers with it whatever name is asked for: there `warm` is the check.
@pytest.mark.parametrize("opened", ["ollama", "openai", "vllm", *REAL[:2]], indirect=True)
def test_asking_an_unknown_model_is_model_missing(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            with pytest.raises(ModelMissing, match="no-such-model"):
                await collected(subject.provider.stream(request_for("no-such-model")))

    asyncio.run(claim())


def test_logprobs_come_with_the_tokens_when_asked(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            await subject.provider.models()
            chunks = await collected(subject.stream(top_logprobs=2))
            if not subject.capabilities.logprobs:
                return
        written = [token for chunk in chunks for token in chunk.logprobs]
        assert written[0].logprob <= 0
        assert 1 <= len(written[0].top) <= 3  # vLLM adds the written token to the likeliest ones
        assert "".join(token.token for token in written).strip().startswith(text_of(chunks).strip()[:3])

    asyncio.run(claim())


def test_a_reply_goes_on_from_the_assistant_message_without_repeating_it(opened: Opened) -> None:
    async def claim() -> None:
        async with opened() as subject:
            await subject.provider.warm(subject.model)
            if not subject.capabilities.prefill:
                return
            messages = (
                Message(role="user", content="Count from 1 to 12, with spaces between the numbers."),
                Message(role="assistant", content="1 2 3 4 5 6 7"),
            )
            text = text_of(await collected(subject.stream(messages=messages, continue_last=True)))
        assert text.strip()
        assert not text.strip().startswith("1 2")

    asyncio.run(claim())


def usage_of(usage: Usage | None) -> Usage:
    assert usage is not None
    return usage
