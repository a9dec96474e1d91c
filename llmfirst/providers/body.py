"""What a service may send: how many bytes, how long a line, and compressed only in a way that is read bit by bit."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Final, TypeVar, cast

import httpx

from llmfirst.errors import ProviderInterrupted, ProviderRejected
from llmfirst.model_problem import ModelProblem

MOST_OF_A_REPLY: Final = 16_000_000
"""Bytes of a reply: more than 20,000 tokens with all that is told beside them."""
MOST_OF_A_DOCUMENT: Final = 4_000_000
"""Bytes of a list of models and the like; parsed, they may take 25 times as much memory."""
MOST_OF_A_LINE: Final = 1_000_000
_MOST_OF_AN_ERROR: Final = 64_000
_PIECE_BYTES: Final = 4096
_TURN_SECONDS: Final = 0.005

Item = TypeVar("Item")
Reader = Callable[[bytes], Iterator[bytes]]


class LineTooLong(Exception):
    """A line or an event is longer than `MOST_OF_A_LINE`."""


async def in_time(seconds: float | None, source: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
    """Yield items as they come; TimeoutError: one took longer. httpx counts from byte to byte, so a drip never ends."""
    async with aclosing(source):
        while True:
            async with asyncio.timeout(seconds):
                item = await anext(source, None)
            if item is None:
                return
            yield item


async def ask_uncompressed(request: httpx.Request) -> None:
    """Ask for no compression: it saves little, and who compresses may hold words back."""
    request.headers["accept-encoding"] = "identity"


class BodyLimit:
    """A hook for the responses of a client: no body is longer than `most_bytes`, compressed or not.

    The body of an error or a redirect is cut off instead, where nobody reads on.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    async def __call__(self, response: httpx.Response) -> None:
        parts = cast(httpx.AsyncByteStream, response.stream)
        host, is_error = response.url.host, not response.is_success
        pieces = _reader_of(response.headers.pop("content-encoding", ""), host)
        most_bytes = _MOST_OF_AN_ERROR if is_error else self._most_bytes
        response.stream = _LimitedBody(parts, pieces, most_bytes, host, is_cut=is_error)


class _LimitedBody(httpx.AsyncByteStream):
    """A body in small pieces. The loop is let go between them: what has arrived already is read without a wait."""

    def __init__(
        self, parts: httpx.AsyncByteStream, pieces: Reader, most_bytes: int, host: str, *, is_cut: bool
    ) -> None:
        self._parts = parts
        self._pieces = pieces
        self._most_bytes = most_bytes
        self._host = host
        self._is_cut = is_cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        now = asyncio.get_running_loop().time
        left, let_go_at = self._most_bytes, now()
        async for part in self._parts:
            for piece in self._pieces(part):
                left -= len(piece)
                if left < 0 and self._is_cut:
                    return
                if left < 0:
                    raise ProviderInterrupted(
                        f"What answers at {self._host} sent more than {self._most_bytes / 1e6:g} MB in one reply: ask "
                        "again; if it does so again, restart or update it.",
                        ModelProblem(code="too_much", service=self._host),
                    )
                yield piece
                if now() - let_go_at > _TURN_SECONDS:
                    await asyncio.sleep(0)
                    let_go_at = now()

    async def aclose(self) -> None:
        await self._parts.aclose()


def _reader_of(coding: str, host: str) -> Reader:
    match coding.strip().lower():
        case "" | "identity":
            return _sliced
        case "gzip" | "x-gzip" | "deflate":
            return _Inflating()
        case _:
            raise ProviderRejected(
                f"What answers at {host} compresses its replies as {coding}, although it is asked not to: switch that "
                "off in the service, or in the proxy before it.",
                ModelProblem(code="compressed", service=host),
            )


def _sliced(part: bytes) -> Iterator[bytes]:
    return (part[start : start + _PIECE_BYTES] for start in range(0, len(part), _PIECE_BYTES))


class _Inflating:
    """Decompresses a piece at a time; httpx makes 66 MB of one part of a bomb."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # the head tells gzip from deflate

    def __call__(self, part: bytes) -> Iterator[bytes]:
        try:
            while part and not self._inflater.eof:
                yield self._inflater.decompress(part, _PIECE_BYTES)
                part = self._inflater.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error
