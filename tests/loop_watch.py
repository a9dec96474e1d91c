"""How long the event loop was held at a time."""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class LoopWatch:
    """What has been measured so far."""

    longest_seconds: float = 0.0
    """The most that the loop's thread computed between two turns of the loop. What other programs take is not in it."""


@asynccontextmanager
async def watched_loop() -> AsyncGenerator[LoopWatch, None]:
    """Measure the loop for the time of the context, without collections of garbage."""
    watch = LoopWatch()

    async def turn() -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            watch.longest_seconds = max(watch.longest_seconds, now - before)
            before = now

    gc.disable()
    turning = asyncio.create_task(turn())
    try:
        yield watch
        await asyncio.sleep(0)  # the last turn counts too
    finally:
        gc.enable()
        turning.cancel()
        await asyncio.wait({turning})
