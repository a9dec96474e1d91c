"""Servers on loopback that really stream, scripted by data, and that see when a client leaves."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.contract.steps import Asked, Drop, Line, Pause, Refuse, Reset, Step, Text, toy_steps


@dataclass(frozen=True)
class Received:
    """One HTTP request; `body` is the parsed JSON, None when there was none."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class ScriptedServer(ABC):
    """Chat requests get the scripted replies in order, and then those of a toy model."""

    replies: list[Sequence[Step]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""
    open_requests: set[asyncio.Task[None]] = field(default_factory=set)

    async def all_left(self) -> None:
        """Wait until no request is open.

        A connection without a request may stay: anyio 4 forgets one that is cancelled in the moment it is made.
        """
        while self.open_requests:
            await asyncio.wait(set(self.open_requests))

    def asked(self, path: str) -> list[Any]:
        """Return the bodies of the requests for a path, in order."""
        return [request.body for request in self.received if request.path == path]

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None, None]:
        handlers: set[asyncio.Task[None]] = set()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            handlers.add(task)
            try:
                await self._serve(reader, writer)
            except asyncio.IncompleteReadError:  # who connected left without a request
                pass
            finally:
                handlers.discard(task)
                self.open_requests.discard(task)
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        self.address = "http://{}:{}".format(*server.sockets[0].getsockname())
        try:
            yield
        finally:
            server.close()
            for task in handlers:
                task.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Received(method, path, headers, json.loads(body) if body else None)
        self.received.append(request)
        task = asyncio.current_task()
        assert task is not None
        self.open_requests.add(task)
        reply = asyncio.create_task(self.answer(request, Wire(writer)))
        gone = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({reply, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                self.left.set()
        finally:
            for side in (reply, gone):
                side.cancel()
            for failure in await asyncio.gather(reply, gone, return_exceptions=True):
                if isinstance(failure, Exception) and not isinstance(failure, ConnectionError):
                    raise failure

    @abstractmethod
    async def answer(self, request: Received, wire: "Wire") -> None: ...

    @abstractmethod
    def event_of(self, step: Step, asked: Asked, written: int) -> str:
        """Return a step as the protocol writes it; empty when it says nothing."""

    def error_of(self, words: str) -> Any:
        return {"error": words}

    async def play(self, asked: Asked, wire: "Wire", content_type: str) -> None:
        self.reached.set()
        written = 0
        for step in self.replies.pop(0) if self.replies else toy_steps(asked):
            match step:
                case Pause(seconds=seconds):
                    await asyncio.sleep(seconds)
                case Refuse(status=status, words=words):
                    await wire.whole(self.error_of(words), status)
                    return
                case Drop():
                    return
                case Reset():
                    wire.reset()
                    return
                case _:
                    written += isinstance(step, Text)
                    packet_bytes = step.packet_bytes if isinstance(step, Text | Line) else None
                    await wire.stream(self.event_of(step, asked, written).encode(), content_type, packet_bytes)
        await wire.end(content_type)


@dataclass
class Wire:
    """The way back to the client of one request."""

    writer: asyncio.StreamWriter
    has_begun: bool = False

    async def whole(self, content: Any, status: int = 200) -> None:
        await self.raw(json.dumps(content).encode(), status, "content-type: application/json")

    async def raw(self, data: bytes, status: int, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Said", *headers, f"content-length: {len(data)}", "", ""]
        self.writer.write("\r\n".join(lines).encode() + data)
        await self.writer.drain()

    async def stream(self, data: bytes, content_type: str, packet_bytes: int | None = None) -> None:
        self._begin(content_type)
        size = packet_bytes or max(len(data), 1)
        for start in range(0, len(data), size):
            packet = data[start : start + size]
            self.writer.write(b"%x\r\n%b\r\n" % (len(packet), packet))
            await self.writer.drain()
            await asyncio.sleep(0)  # so that the client sees packets

    async def end(self, content_type: str) -> None:
        self._begin(content_type)
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def _begin(self, content_type: str) -> None:
        if not self.has_begun:
            head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
            self.writer.write(head.encode())
            self.has_begun = True

    def reset(self) -> None:
        self.writer.transport.abort()


def logprob_of(token: str) -> dict[str, Any]:
    return {"token": token, "logprob": -0.5, "top_logprobs": [{"token": token, "logprob": -0.5}]}
