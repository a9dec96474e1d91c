"""Group events, so that the page is updated a few times a second and not for each of them."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

Item = TypeVar("Item")


async def in_batches(
    source: AsyncGenerator[Item, None], *, pause: Callable[[], float], beat_seconds: float
) -> AsyncGenerator[list[Item], None]:
    """Yield the first item at once, then a list after each `pause()`, and an empty one per `beat_seconds` of silence.

    A pause in seconds counts from the list before; the end of `source` ends it. Closing it closes `source`.
    """
    arrived: list[Item] = []
    wake = asyncio.Event()

    async def pump() -> None:
        async with aclosing(source):
            async for item in source:
                arrived.append(item)
                wake.set()

    loop = asyncio.get_running_loop()
    pumping = asyncio.create_task(pump())
    pumping.add_done_callback(lambda _: wake.set())
    shown_at = -math.inf
    try:
        while not (pumping.done() and not arrived):
            try:
                async with asyncio.timeout(beat_seconds):
                    await wake.wait()
            except TimeoutError:
                pass
            if arrived and not pumping.done():
                await asyncio.wait({pumping}, timeout=max(0.0, shown_at + pause() - loop.time()))
            wake.clear()
            batch, arrived[:] = arrived[:], []
            shown_at = loop.time()
            yield batch
            if pumping.done():
                wake.set()
        pumping.result()
    finally:
        pumping.cancel()
        await asyncio.wait({pumping})
