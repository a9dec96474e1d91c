"""Deadlines on the event loop's clock, and waits that end at a deadline or when a person presses Stop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from llmfirst.errors import DeadlineExceeded, Halted, ProviderInterrupted
from llmfirst.model_problem import ModelProblem

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
CLOSE_LIMIT_SECONDS: Final = 1.0
_MOST_UNREAD: Final = 1000  # items of a source that is faster than its reader


@dataclass(frozen=True)
class Deadline:
    """An instant in seconds on `asyncio`'s monotonic clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline that many seconds from now."""
        return cls(asyncio.get_running_loop().time() + seconds)

    def left(self) -> float:
        """Return the seconds until the deadline; negative after it."""
        return self.at - asyncio.get_running_loop().time()

    def passed(self) -> bool:
        return self.left() <= 0


class Halt:
    """A request to stop. Once made it stays, and every wait with this Halt ends."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self.asked_at: float | None = None
        """When it was asked for, on the event loop's clock; None before that."""

    def ask(self) -> None:
        """Ask to stop; calls after the first have no effect."""
        if self.asked_at is None:
            self.asked_at = asyncio.get_running_loop().time()
            self._asked.set()

    def is_asked(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()


async def within(deadline: Deadline, halt: Halt, work: Coroutine[Any, Any, Item]) -> Item:
    """Return the result of `work`. Raises DeadlineExceeded or Halted if that comes first, and cancels `work`."""
    working = asyncio.ensure_future(work)
    halting = asyncio.ensure_future(halt.wait())
    try:
        await asyncio.wait({working, halting}, timeout=max(0, deadline.left()), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return _result(working)
        raise _why(halt)
    finally:
        await ended(working, halting)


async def until(
    deadline: Deadline,
    halt: Halt,
    source: AsyncGenerator[Item, None],
    *,
    beat_seconds: float,
    close_seconds: float = CLOSE_LIMIT_SECONDS,
) -> AsyncGenerator[Item | None, None]:
    """Yield the items of `source`, and None after each `beat_seconds` without one. Always closes `source`.

    Raises DeadlineExceeded or Halted if that comes before the end of `source`. A source that does not close within
    `close_seconds` is left behind, so that it cannot delay the reader.
    """
    arrived: asyncio.Queue[Item | None] = asyncio.Queue()
    room = asyncio.Semaphore(_MOST_UNREAD)

    async def pump() -> None:
        # One task runs the whole source: timeouts inside the source break if its steps run in different tasks.
        async with aclosing(source):
            async for item in source:
                await room.acquire()
                arrived.put_nowait(item)
                await asyncio.sleep(0)  # a source need not wait between its items

    async def wake() -> None:
        await halt.wait()
        arrived.put_nowait(None)

    pumping, waking = asyncio.create_task(pump()), asyncio.create_task(wake())
    pumping.add_done_callback(lambda _: arrived.put_nowait(None))
    try:
        while not deadline.passed() and not halt.is_asked():
            await asyncio.sleep(0)  # nor need the reader, whose items may all be here already
            item = arrived.get_nowait() if not arrived.empty() else await _next(arrived, beat_seconds, deadline)
            if item is not None:
                room.release()
                yield item
            elif pumping.done() and arrived.empty():
                _result(pumping)
                return
            elif not halt.is_asked() and not deadline.passed():
                yield None
        raise _why(halt)
    finally:
        await ended(pumping, waking, limit_seconds=close_seconds)


async def _next(arrived: asyncio.Queue[Item | None], beat_seconds: float, deadline: Deadline) -> Item | None:
    """Return the next item; None after a beat of silence or at the deadline."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(beat_seconds, max(0, deadline.left()))):
            return await arrived.get()
    return None


def _result(task: "asyncio.Future[Item]") -> Item:
    """Return the result of a task that is done. One that was cancelled from inside has broken off."""
    if task.cancelled():
        raise ProviderInterrupted(
            "The work of the model was cancelled in the middle: ask again.", ModelProblem(code="broke_off")
        )
    return task.result()


def _why(halt: Halt) -> DeadlineExceeded | Halted:
    return (
        Halted("The answer was stopped.") if halt.is_asked() else DeadlineExceeded("The time for this answer is over.")
    )


async def ended(*tasks: "asyncio.Future[Any]", limit_seconds: float = CLOSE_LIMIT_SECONDS) -> None:
    """Cancel tasks and wait for their end; a task that does not end in time is left behind with a warning."""
    for task in tasks:
        task.cancel()
    _, left_behind = await asyncio.wait(tasks, timeout=limit_seconds)
    if left_behind:
        logger.warning("a source did not close within %s s and was left behind", limit_seconds)
    for task in tasks:
        task.add_done_callback(_seen)


def _seen(task: "asyncio.Future[Any]") -> None:
    """Retrieve the exception of a task, so that asyncio does not log it as never retrieved."""
    if not task.cancelled():
        task.exception()
