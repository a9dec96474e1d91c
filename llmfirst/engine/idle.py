"""Lets work that nobody waits for use the machine while nobody else does."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
_CLEAR_SECONDS: Final = 3.0  # closing the stream of a model has its own limit, which is shorter


class Idle:
    """Knows how many use the machine: questions, loads, evaluations. The work in the background gives way to all."""

    def __init__(self) -> None:
        self.uses = 0
        """How often somebody has begun to use the machine."""
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()
        self._used = asyncio.Event()
        self._work: asyncio.Task[Any] | None = None
        self._turn = asyncio.Lock()

    @property
    def is_used(self) -> bool:
        """Whether somebody uses the machine."""
        return self._users > 0

    @property
    def is_clear(self) -> bool:
        """Whether no work in the background uses the machine."""
        return self._work is None

    def enter(self) -> None:
        """Begin to use the machine, which gives up the work in the background; `cleared` waits for its end."""
        self.uses += 1
        self._users += 1
        self._unused.clear()
        self._used.set()
        if self._work is not None and not self._work.cancelling():  # a second time would break its clean-up off
            self._work.cancel()

    def leave(self) -> None:
        """End a use."""
        self._users -= 1
        if self._users == 0:
            self._used.clear()
            self._unused.set()

    @asynccontextmanager
    async def used(self) -> AsyncGenerator[None, None]:
        """Use the machine, from when the work in the background has ended."""
        self.enter()
        try:
            await self.cleared()
            yield
        finally:
            self.leave()

    async def cleared(self) -> None:
        """Wait until the work in the background has given way; not again and again for one that does not end."""
        if (work := self._work) is not None:
            _, left_behind = await asyncio.wait({work}, timeout=_CLEAR_SECONDS)
            if left_behind and self._work is work:
                logger.warning("work in the background did not end within %s s and was left behind", _CLEAR_SECONDS)
                self._work = None

    async def next_use(self) -> None:
        """Wait until somebody uses the machine."""
        await self._used.wait()

    async def lasting(self, seconds: float) -> None:
        """Wait until nobody has used the machine for so long."""
        while True:
            await self._unused.wait()
            try:
                async with asyncio.timeout(seconds):
                    await self._used.wait()
            except TimeoutError:
                return

    async def do(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Return the result of `work`, or None where somebody used the machine before it was done; one at a time."""
        try:
            await self._turn.acquire()
        except BaseException:
            work.close()
            raise
        try:
            if self._users:
                work.close()
                return None
            self._work = task = asyncio.create_task(work)
            try:
                await asyncio.wait({task})
            finally:
                if not task.done():
                    task.cancel()
                    await self.cleared()
                self._work = None
            return None if task.cancelled() else task.result()
        finally:
            self._turn.release()
