"""Server-sent events, read line by line as the HTML standard says, and what is sent in their place.

`httpx_sse` reads by the content type, which servers get wrong: it decodes by its charset, and refuses another type.
"""

import asyncio
import codecs
import io
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from math import inf
from typing import Final, NamedTuple

from llmfirst.providers.body import MOST_OF_A_LINE, LineTooLong

_SILENT_FIELDS: Final = ("id", "retry")


class SentEvent(NamedTuple):
    """One event; `name` is empty for an ordinary one."""

    name: str
    data: str


async def sent_events(parts: AsyncIterable[bytes], *, line_seconds: float = inf) -> AsyncGenerator[SentEvent, None]:
    """Yield the events with data in a body that comes in parts; TimeoutError: a line took longer than `line_seconds`.

    A body without events (one JSON object, a web page, a sentence) is yielded as if it were the data of one. The last
    event counts also where the empty line after it is missing. LineTooLong: one is too long to be read.
    """
    name, data, other = "", list[str](), list[str]()
    has_events = False
    size = 0
    async with aclosing(_lines(parts, line_seconds)) as lines:
        async for line in lines:
            field, colon, value = line.partition(":")
            value = value.removeprefix(" ")
            size += len(line) + 1
            if size > MOST_OF_A_LINE:
                raise LineTooLong
            if not line:
                if any(data):
                    has_events, size = True, 0
                    yield SentEvent(name, "\n".join(data))
                name, data = "", []
            elif not field and colon:  # a comment, which keeps the connection alive
                continue
            elif field == "data":
                data.append(value)
            elif field == "event":
                name = value
            elif field not in _SILENT_FIELDS:
                other.append(line)
    if any(data):
        yield SentEvent(name, "\n".join(data))
    elif other and not has_events:
        yield SentEvent(name, "\n".join(other))


async def _lines(parts: AsyncIterable[bytes], seconds: float) -> AsyncGenerator[str, None]:
    """Yield lines in UTF-8, ended by CR, LF or both; a line may come in several parts."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")("replace"), translate=True)
    begun = io.StringIO()
    now = asyncio.get_running_loop().time
    since = now()
    async for part in parts:
        *whole, rest = decoder.decode(part).split("\n")
        for line in whole:
            yield begun.getvalue() + line
            begun = io.StringIO()
        if whole:
            since = now()
        elif now() - since > seconds:  # a timer for each line costs ten times as much
            raise TimeoutError
        begun.write(rest)
        if begun.tell() > MOST_OF_A_LINE:
            raise LineTooLong
    begun.write(decoder.decode(b"", final=True))
    for line in begun.getvalue().split("\n"):
        yield line
