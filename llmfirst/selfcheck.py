"""Measure what llmfirst itself adds to a measured time, with a scripted server of known timing in place of a model.

The server is reached through the same provider and engine as a real one. Its answers are never shown to anybody.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import TextAdded
from llmfirst.providers.base import Count, ModelHandle, Warmth
from llmfirst.providers.openai import OpenAIProvider
from llmfirst.values import Span, Value

_FIRST_SECONDS: Final = 0.05
_TOKEN_SECONDS: Final = 0.01
_TOKENS: Final = 8
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Overhead(Value):
    """The time between the server writing a text and the engine emitting it, in seconds over `count` answers."""

    count: Count
    first_median: Span
    """The median for the first text of an answer."""

    first_max: Span
    """The maximum for the first text of an answer."""

    end_median: Span
    """The median for the last text of an answer."""


@dataclass
class _Server:
    """Streams a fixed reply to each request."""

    written: list[float]
    """When each text was written, on the clock of the event loop."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
            await reader.readexactly(length)
            writer.write(_HEAD)
            await writer.drain()
            await asyncio.sleep(_FIRST_SECONDS)
            for number in range(_TOKENS):
                word = f"{secrets.token_hex(3)}. "  # random, so that the repetition guard stays quiet
                self.written.append(loop.time())
                writer.write(_frame({"content": word}, None))
                await writer.drain()
                await asyncio.sleep(_TOKEN_SECONDS if number < _TOKENS - 1 else 0)
            writer.write(_frame({}, "stop") + b"data: [DONE]\n\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def _frame(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


async def overhead(count: int = 10) -> Overhead:
    """Ask the scripted server `count` questions and return the added times. Takes about half a second per question."""
    firsts: list[float] = []
    ends: list[float] = []
    async with _provider() as (server, provider):
        engine = Engine(Admission(slots=1, line_limit=0), deadline_seconds=60, wait_limit_seconds=60)
        for _ in range(count):
            server.written.clear()
            first, end = await _answer(engine, provider)
            firsts.append(first - server.written[0])
            ends.append(end - server.written[-1])
    return Overhead(
        count=count,
        first_median=round(sorted(firsts)[count // 2], 5),
        first_max=round(max(firsts), 5),
        end_median=round(sorted(ends)[count // 2], 5),
    )


async def _answer(engine: Engine, provider: OpenAIProvider) -> tuple[float, float]:
    """Return when the engine emitted the first and the last text of an answer, on the clock of the event loop."""
    loop = asyncio.get_running_loop()
    request = RunRequest(secrets.token_hex(8), "self-check", "en", datetime.now(UTC), Halt())

    async def is_warm() -> Warmth:
        return Warmth(was_cold=False, placement="self-check")

    started = loop.time()
    handle = ModelHandle(provider, "self-check", None, warm=is_warm)
    texts: list[float] = []
    async with aclosing(engine.answer(request, handle)) as events:
        async for event in events:
            if isinstance(event, TextAdded):
                texts.append(started + event.elapsed_seconds)
    return texts[0], texts[-1]


@asynccontextmanager
async def _provider() -> AsyncGenerator[tuple[_Server, OpenAIProvider], None]:
    server = _Server([])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    provider = OpenAIProvider(f"http://127.0.0.1:{port}/v1", api_key=None, dialect="generic", silence_limit_seconds=10)
    try:
        yield server, provider
    finally:
        await provider.aclose()
        listening.close()
        await listening.wait_closed()
