"""Whatever a service sends, it is read with little memory and ends in time, and the error says what to do."""

import asyncio
import json
import re
import tracemalloc
import zlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final

import pytest

from llmfirst.errors import (
    NoModelList,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamStalled,
)
from llmfirst.providers.base import Provider
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import Received, Wire
from tests.contract.subjects import ScriptedName, collected, provider_at, request_for, text_of, toy_model

Parts = Iterable[bytes]
MB: Final = 1_000_000
MEMORY: Final = 24 * MB  # what the large replies would take is 60 MB or more
SSE: Final = "content-type: text/event-stream"
SILENCE_SECONDS: Final = 0.3

in_both_protocols = pytest.mark.parametrize("name", ["ollama", "llama.cpp"])


def head(*headers: str, status: int = 200) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Said", *headers, "", ""]).encode()


def compressed(parts: Parts, wbits: int) -> bytes:
    deflating = zlib.compressobj(wbits=wbits)
    return b"".join([*map(deflating.compress, parts), deflating.flush()])


def event(name: ScriptedName, text: str, finish: str | None = None) -> bytes:
    if name == "ollama":
        line = {"message": {"role": "assistant", "content": text}, "done": finish is not None, "done_reason": finish}
        return json.dumps(line).encode() + b"\n"
    return b"data: %b\n\n" % json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": finish}]}).encode()


def model_list(count: int) -> bytes:
    told = {"capabilities": ["completion"], "details": {"parameter_size": "1.5B"}}
    entries = [{"id": f"m{number}", "name": f"m{number}", **told} for number in range(count)]
    return json.dumps({"data": entries, "models": entries}).encode()


@dataclass
class RawServer(ScriptedOpenAI):
    """Sends the same bytes to whoever asks, and then one byte after the other where it `drips`."""

    parts: Callable[[], Parts] = tuple
    drips: bool = False

    async def answer(self, request: Received, wire: Wire) -> None:
        for part in self.parts():
            wire.writer.write(part)
            await wire.writer.drain()
        while self.drips:
            wire.writer.write(b"x")
            await asyncio.sleep(0.02)


@asynccontextmanager
async def raw(
    name: ScriptedName, parts: Callable[[], Parts], *, drips: bool = False
) -> AsyncGenerator[tuple[Provider, RawServer], None]:
    server = RawServer(parts=parts, drips=drips)
    async with server.listening():
        provider = provider_at(server.address, name, SILENCE_SECONDS if drips else 5.0)
        try:
            yield provider, server
        finally:
            await provider.aclose()


async def error_of(
    name: ScriptedName, parts: Callable[[], Parts], *, drips: bool = False, lists: bool = False
) -> ProviderError:
    """Return how a reply, or a list of models, fails."""
    async with raw(name, parts, drips=drips) as (provider, _):
        asking = provider.models() if lists else collected(provider.stream(request_for(toy_model(name))))
        with pytest.raises(ProviderError) as caught:
            await asking
    return caught.value


def measured(work: Coroutine[Any, Any, ProviderError]) -> tuple[ProviderError, int]:
    """Return the result, and the most memory that it took, in bytes."""
    tracemalloc.start()
    try:
        return asyncio.run(work), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def endless(first: bytes, part: bytes) -> Callable[[], Parts]:
    return lambda: chain([first], repeat(part))


GZIP_BOMB: Final = compressed(repeat(bytes(MB), 100), 31)
DEFLATE_BOMB: Final = compressed(repeat(bytes(MB), 100), 15)


@in_both_protocols
@pytest.mark.parametrize(
    ("parts", "kind", "words"),
    [
        (lambda: [head(SSE, "content-encoding: gzip"), GZIP_BOMB], ProviderInterrupted, "more than 1 MB: ask again"),
        (lambda: [head(SSE, "content-encoding: deflate"), DEFLATE_BOMB], ProviderInterrupted, "more than 1 MB"),
        (lambda: [head(SSE, "content-encoding: gzip"), b"no gzip"], ProviderInterrupted, "broke off: ask again"),
        (lambda: [head(SSE, "content-encoding: br"), b"x"], ProviderRejected, "compresses.* as br.*: switch that off"),
        (lambda: [head(SSE, "content-encoding: gzip, br"), b"x"], ProviderRejected, "compresses.*: switch that off"),
        (endless(head(SSE) + b"data: ", bytes(MB)), ProviderInterrupted, "a line of more than 1 MB: ask again"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"a: " + b"b" * 9000 + b"\r\n"), ProviderInterrupted, "ask again"),
        (endless(b"HTTP/1.1 200 OK\r\na: ", b"b" * 9000), ProviderInterrupted, "ask again"),
        (endless(head(status=500), b"e" * MB), ProviderUnavailable, "restart it. It said: e+…$"),
        (endless(head("location: /again", status=307), b"z" * MB), ProviderRejected, "in a circle: correct"),
    ],
    ids=["gzip", "deflate", "no gzip", "brotli", "gzip and brotli", "line", "headers", "header", "error", "redirects"],
)
def test_too_much_is_an_error_before_it_takes_memory(
    name: ScriptedName, parts: Callable[[], Parts], kind: type[ProviderError], words: str
) -> None:
    error, peak_bytes = measured(error_of(name, parts))
    assert (type(error), re.search(words, str(error)) is not None) == (kind, True), str(error)
    assert peak_bytes < MEMORY


@in_both_protocols
def test_a_reply_without_an_end_is_not_read_for_ever(name: ScriptedName) -> None:
    error, peak_bytes = measured(error_of(name, endless(head(SSE), event(name, "x" * 40_000))))
    assert type(error) is ProviderInterrupted
    assert "more than 16 MB in one reply: ask again" in str(error)
    assert peak_bytes < 2 * MEMORY  # with the text itself, which this reader keeps


@in_both_protocols
@pytest.mark.parametrize(
    "parts",
    [
        endless(head("content-type: application/json") + b'{"models": [', b'{"name": "m"},' * 10_000),
        lambda: [head("content-encoding: gzip"), GZIP_BOMB],
    ],
    ids=["endless", "gzip"],
)
def test_a_list_of_models_is_bounded(name: ScriptedName, parts: Callable[[], Parts]) -> None:
    error, peak_bytes = measured(error_of(name, parts, lists=True))
    assert "more than 4 MB in one reply: ask again" in str(error)
    assert peak_bytes < MEMORY


@in_both_protocols
@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\na: ", head(SSE) + b"data: "], ids=["header", "body"])
@pytest.mark.parametrize("lists", [False, True])
def test_what_drips_is_silence(name: ScriptedName, first: bytes, lists: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    error = asyncio.run(error_of(name, lambda: [first], drips=True, lists=lists))
    assert (type(error), "restart it" in str(error)) == (StreamStalled, True)


@in_both_protocols
@pytest.mark.parametrize(("coding", "wbits"), [("gzip", 31), ("x-gzip", 31), ("deflate", 15), ("Identity", 0)])
def test_no_compression_is_asked_for_and_a_common_one_is_read(name: ScriptedName, coding: str, wbits: int) -> None:
    text = "하늘은 blue. " * 5000
    body = event(name, text) + event(name, "Why?", "stop")
    sent = compressed([body], wbits) if wbits else body

    async def ask() -> str:
        async with raw(name, lambda: [head(SSE, f"content-encoding: {coding}"), sent]) as (provider, server):
            read = text_of(await collected(provider.stream(request_for(toy_model(name)))))
            assert {request.headers["accept-encoding"] for request in server.received} == {"identity"}
            return read

    assert asyncio.run(ask()) == f"{text}Why?"


def test_more_models_than_anybody_can_choose_from_are_not_offered() -> None:
    async def names(name: ScriptedName, count: int) -> list[str]:
        async with raw(name, lambda: [head(), model_list(count)]) as (provider, _):
            return [card.name for card in await provider.models()]

    assert len(asyncio.run(names("llama.cpp", 5000))) == 5000
    with pytest.raises(NoModelList, match=r"lists 5,001 models.*--model"):
        asyncio.run(names("llama.cpp", 5001))
    assert asyncio.run(names("ollama", 1200)) == [f"m{number}" for number in range(1000)]


@in_both_protocols
@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("status", [200, 500])
def test_json_that_is_too_deep_is_no_error_of_the_program(name: ScriptedName, status: int, lists: bool) -> None:
    deep = b"[" * 100_000 + b"\n\n"
    error = asyncio.run(
        error_of(name, lambda: [head(SSE, status=status), b"data: " * (name != "ollama"), deep], lists=lists)
    )
    assert isinstance(error, ProviderError)

    async def build() -> str | None:
        async with raw(name, lambda: [head(), deep]) as (provider, _):
            return await provider.build()

    if name == "llama.cpp":
        assert asyncio.run(build()) is None
