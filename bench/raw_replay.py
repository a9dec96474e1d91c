"""Make the calls of a ledger again without the engine, and time their replies."""

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import accumulate

from bench.deadline_real import OwnModel
from llmfirst.ledger import Call
from llmfirst.providers.base import Request, Usage


@dataclass(frozen=True)
class Reply:
    """One reply. Times are in seconds on the monotonic clock."""

    pieces: tuple[tuple[float, str], ...]
    """The texts and when each arrived."""

    requested: float
    ended: float
    usage: Usage

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces)

    @property
    def first(self) -> float:
        return self.pieces[0][0]

    @property
    def last(self) -> float:
        return self.pieces[-1][0]

    @property
    def first_seconds(self) -> float:
        return self.first - self.requested

    @property
    def end_seconds(self) -> float:
        """From the last text to the end: a model that ends its message decodes one more token for it."""
        return self.ended - self.last

    def read_at(self, characters: int) -> float:
        """Return when the first `characters` characters had arrived."""
        ends = accumulate(len(text) for _, text in self.pieces)
        return next(at for end, (at, _) in zip(ends, self.pieces, strict=True) if end >= characters)


@dataclass(frozen=True)
class Replayed:
    """The replies of one replay."""

    replies: dict[str, Reply]
    """By the id of the call in the ledger."""

    total: float
    """The duration of all calls together, in seconds."""


async def replay(model: OwnModel, calls: Sequence[Call]) -> Replayed:
    """Make the requests of these calls again and read each reply as far as the engine did."""
    replies: dict[str, Reply] = {}
    began = time.perf_counter()
    for call in calls:
        tokens = None if call.finish_reason is not None or call.usage is None else call.usage.completion_tokens
        reply = await read(model, call.request, tokens)
        if reply is not None:
            replies[call.call_id] = reply
    return Replayed(replies, time.perf_counter() - began)


async def read(model: OwnModel, request: Request, tokens: int | None) -> Reply | None:
    """Read a reply to its end, or its first `tokens` tokens; None if it has no text."""
    began = time.perf_counter()
    pieces: list[tuple[float, str]] = []
    usage: Usage | None = None
    async with aclosing(model.stream(request)) as chunks:
        async for chunk in chunks:
            if chunk.text:
                pieces.append((time.perf_counter(), chunk.text))
            usage = chunk.usage or usage
            if usage is not None and tokens is not None and usage.completion_tokens >= max(1, tokens):
                break
        ended = time.perf_counter()
    if usage is None or not pieces:
        return None
    return Reply(tuple(pieces), began, ended, usage)
