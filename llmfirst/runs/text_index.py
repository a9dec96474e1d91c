"""Makes runs of an older version searchable, in small steps while nobody asks."""

import asyncio
import logging
from typing import Final

from llmfirst.errors import StoreUnavailable
from llmfirst.runs.runs import Runs
from llmfirst.store import RunStore

logger = logging.getLogger(__name__)

_STEP: Final = 20  # runs: other writers wait no longer than for so many
_PAUSE_SECONDS: Final = 0.05


async def index_old_texts(runs: Runs, store: RunStore, *, retry_seconds: float = 60.0) -> None:
    """Return when every ended run can be found by its words."""
    indexed = 0
    while True:
        await runs.quiet()
        try:
            step = await asyncio.to_thread(store.index_texts, _STEP)
        except StoreUnavailable as error:
            logger.warning("the search of the history is completed later: %s", error)
            await asyncio.sleep(retry_seconds)
            continue
        if step == 0:
            break
        if indexed == 0:
            logger.info("runs of an older version are made searchable, newest first")
        indexed += step
        await asyncio.sleep(_PAUSE_SECONDS)
    if indexed:
        logger.info("%d runs of an older version can be searched now", indexed)
