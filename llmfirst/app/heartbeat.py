"""Where programs share a database: says that this one lives, and ends the answers that dead ones left open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from llmfirst.errors import StoreUnavailable
from llmfirst.store import Replica, RunStore
from llmfirst.store.replicas import LOST_SECONDS

logger = logging.getLogger(__name__)
BEAT_SECONDS: Final = LOST_SECONDS / 6
_STEADY_BEATS: Final = round(LOST_SECONDS / BEAT_SECONDS) + 1
"""After the database was away, all replicas look dead; so many beats later, those that live have said so."""


async def keep_beating(
    replica: Replica, store: RunStore, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    """Beat until this is cancelled."""
    beats = 0
    while True:
        await sleep(BEAT_SECONDS)
        try:
            await asyncio.to_thread(replica.beat)
            beats += 1
            if beats > _STEADY_BEATS and (ended := await asyncio.to_thread(store.end_broken_runs)):
                logger.warning("%d answers of a program that died were ended", ended)
        except StoreUnavailable as error:
            logger.warning("%s", error)
            beats = 0


async def leave(replica: Replica, beating: asyncio.Task[None]) -> None:
    """Stop the beats, and tell the other programs that this one ends."""
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    try:
        await asyncio.to_thread(replica.leave)
    except StoreUnavailable as error:  # the others find out after a while
        logger.warning("%s", error)
