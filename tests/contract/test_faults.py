"""Whatever a service does wrong is one of our errors, of the exact class, and says what to do."""

import asyncio
import time

import pytest

from llmfirst.errors import (
    ModelMissing,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamStalled,
    StreamTruncated,
)
from llmfirst.providers.base import Chunk
from tests.cancelling import CancelledAt
from tests.contract.steps import Drop, Fault, Finish, Line, Pause, Ping, Refuse, Reset, Role, Step, Text, Thought
from tests.contract.subjects import (
    SCRIPTED,
    ScriptedName,
    collected,
    provider_at,
    request_for,
    scripted,
    text_of,
    thought_of,
    toy_model,
)

TRIES = 20
HELLO = (Role(), Text("Hel"), Text("lo"))
OVERFLOW = "request (12871 tokens) exceeds the available context size (8192 tokens), try increasing it"

in_every_protocol = pytest.mark.parametrize("name", SCRIPTED)


def reply_of(name: ScriptedName, *steps: Step, silence_limit_seconds: float = 5.0) -> list[Chunk]:
    """Return the chunks of one scripted reply; who asks again gets it again."""

    async def ask() -> list[Chunk]:
        async with scripted(name, *[list(steps)] * TRIES, silence_limit_seconds=silence_limit_seconds) as (provider, _):
            return await collected(provider.stream(request_for(toy_model(name))))

    return asyncio.run(ask())


@in_every_protocol
@pytest.mark.parametrize(
    ("steps", "kind", "words"),
    [
        ((Pause(60),), StreamStalled, "restart it"),
        ((*HELLO, Pause(60)), StreamStalled, "restart it"),
        (HELLO, StreamTruncated, "ask again"),
        ((), StreamTruncated, "ask again"),
        ((*HELLO, Finish(None)), StreamTruncated, "ask again"),
        ((*HELLO, Finish("abort")), StreamTruncated, "ask again"),
        ((*HELLO, Fault("the runner died")), ProviderInterrupted, "ask again.* the runner died"),
        ((*HELLO, Drop()), ProviderInterrupted, "ask again"),
        ((*HELLO, Reset()), ProviderInterrupted, "ask again"),
        ((Reset(),), ProviderInterrupted, "ask again"),
        ((*HELLO, Line('{"mess')), ProviderInterrupted, "ask again"),
        ((*HELLO, Line("[]")), ProviderInterrupted, "ask again"),
        ((*HELLO, Line("null")), ProviderInterrupted, "ask again"),
        ((Refuse(401, "bad key secret-key"),), ProviderRejected, "check the API key"),
        ((Refuse(403, "no"),), ProviderRejected, "check the API key"),
        ((Refuse(404, "model not found"),), ModelMissing, "(ollama pull|choose one)"),
        ((Refuse(400, OVERFLOW),), ProviderRejected, "shorten the question.*12871"),
        ((Refuse(400, "top_p is wrong"),), ProviderRejected, "change it.*top_p is wrong"),
        ((Refuse(422, "top_p is wrong"),), ProviderRejected, "change it.*top_p is wrong"),
        ((Refuse(429, "slow down"),), ProviderBusy, "wait.*slow down"),
        ((Refuse(503, "Loading model"),), ProviderBusy, "wait.*Loading model"),
        ((Refuse(500, "the runner died"),), ProviderUnavailable, "restart it.*the runner died"),
        ((Refuse(502, "bad gateway"),), ProviderUnavailable, "restart it.*bad gateway"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_fault_is_one_error_that_says_what_to_do(
    name: ScriptedName, steps: tuple[Step, ...], kind: type[ProviderError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        reply_of(name, *steps, silence_limit_seconds=0.3)
    assert type(caught.value) is kind
    assert "secret-key" not in str(caught.value)


@in_every_protocol
def test_text_before_a_fault_was_already_given(name: ScriptedName) -> None:
    texts: list[str] = []

    async def ask() -> None:
        async with scripted(name, [*HELLO, Reset()]) as (provider, _):
            async for chunk in provider.stream(request_for(toy_model(name))):  # an error closes it
                texts.append(chunk.text)

    with pytest.raises(ProviderInterrupted):
        asyncio.run(ask())
    assert "".join(texts) == "Hello"


@in_every_protocol
def test_nobody_listening_is_unavailable_and_says_how_to_start(name: ScriptedName) -> None:
    async def ask() -> None:
        async with scripted(name) as (_, server):
            address = server.address
        provider = provider_at(address, name)
        stream = provider.stream(request_for(toy_model(name)))
        for attempt in (collected(stream), provider.models(), provider.warm(toy_model(name))):
            with pytest.raises(ProviderUnavailable, match=f"{address}.*: start"):
                await attempt
        await provider.aclose()

    asyncio.run(ask())


@in_every_protocol
def test_slow_headers_pings_and_pauses_within_the_limit_are_no_fault(name: ScriptedName) -> None:
    steps = (Pause(0.2), Ping(), Role(), Text("Hel"), Ping(), Pause(0.2), Text("lo"), Finish())
    assert text_of(reply_of(name, *steps, silence_limit_seconds=0.35)) == "Hello"


@in_every_protocol
@pytest.mark.parametrize("packet_bytes", [1, 2, 7])
def test_letters_split_between_packets_are_whole(name: ScriptedName, packet_bytes: int) -> None:
    text = "안녕, wörld ☂"
    assert text_of(reply_of(name, Text(text, packet_bytes=packet_bytes), Text("!"), Finish())) == f"{text}!"


@in_every_protocol
def test_separators_that_are_no_newlines_stay_in_the_text(name: ScriptedName) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x1cf\r\n"
    assert text_of(reply_of(name, Text(text), Text(text, packet_bytes=1), Finish())) == text + text


@in_every_protocol
def test_reasoning_and_a_role_alone_are_no_text(name: ScriptedName) -> None:
    chunks = reply_of(name, Role(), Thought("Hmm. "), Thought("Aha!"), *HELLO, Finish("length"))
    assert text_of(chunks) == "Hello"
    assert thought_of(chunks) == "Hmm. Aha!"
    assert chunks[-1].finish_reason == "length"


@in_every_protocol
def test_text_is_given_at_once_and_not_held_back(name: ScriptedName) -> None:

    async def ask() -> list[float]:
        at = []
        async with scripted(name, [Text("a"), Pause(0.2), Text("b"), Pause(0.2), Text("c"), Finish()]) as (provider, _):
            async for chunk in provider.stream(request_for(toy_model(name))):
                if chunk.text:
                    at.append(time.monotonic())
        return at

    first, second, third = asyncio.run(ask())
    assert second - first > 0.15
    assert third - second > 0.15


@in_every_protocol
@pytest.mark.parametrize("read_before_leaving", [0, 1])
def test_a_client_that_leaves_is_seen_by_the_service_within_a_second(
    name: ScriptedName, read_before_leaving: int
) -> None:

    async def leave() -> None:
        async with scripted(name, [*HELLO[:2][: read_before_leaving * 2], Pause(60)]) as (provider, server):
            arrived = asyncio.Event()

            async def read() -> None:
                async for _ in provider.stream(request_for(toy_model(name))):
                    arrived.set()

            reader = asyncio.create_task(read())
            await (arrived if read_before_leaving else server.reached).wait()
            reader.cancel()
            await asyncio.wait_for(server.left.wait(), 1)
            with pytest.raises(asyncio.CancelledError):
                await reader

    asyncio.run(leave())


@in_every_protocol
def test_cancelling_at_any_await_of_a_stream_ends_its_request(name: ScriptedName) -> None:
    async def cancelled_at(number: int) -> bool:
        async with scripted(name, [*HELLO, Pause(0.01), Text(" world"), Finish("stop")]) as (provider, server):
            work = CancelledAt(collected(provider.stream(request_for(toy_model(name)))), number)

            async def read() -> None:
                await work

            reading = asyncio.create_task(read())
            await asyncio.wait({reading})
            async with asyncio.timeout(2):
                await server.all_left()
            return reading.cancelled()

    number = 1
    while asyncio.run(cancelled_at(number)):
        number += 1
    assert number > 3
