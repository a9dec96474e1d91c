"""The events of a run on their way to the store: in order, and kept until the store has taken them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from llmfirst.errors import StoreUnavailable
from llmfirst.events import AnswerEvent

logger = logging.getLogger(__name__)

Write = Callable[[int, Sequence[AnswerEvent]], Awaitable[None]]
"""Stores events of the run, the first one at this position."""

_RETRY_SECONDS: Final = 0.5


class Backlog:
    """Stores the events of one run. What the disk does not take is kept and tried again until it does."""

    def __init__(self, run_id: str, write: Write) -> None:
        self.is_late = False
        """Whether the disk has let somebody wait for too long and has not caught up yet."""

        self._run_id = run_id
        self._write = write
        self._stored = 0
        self._waiting: list[AnswerEvent] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, events: Sequence[AnswerEvent], *, patience_seconds: float) -> None:
        """Return when the events are stored, or after `patience_seconds`; at once while the disk is late already."""
        self._waiting += events
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        if not self.is_late:
            _, late = await asyncio.wait({self._writing}, timeout=patience_seconds)
            self.is_late = bool(late)

    @property
    def is_empty(self) -> bool:
        """Whether everything so far is stored."""
        return not self._waiting

    def then(self, react: Callable[[], None]) -> None:
        """Call `react` when everything is stored; never, if the backlog is given up before."""
        if self._writing is not None:
            self._writing.add_done_callback(lambda writing: None if writing.cancelled() else react())

    async def emptied(self, seconds: float) -> bool:
        """Wait until everything is stored, at most so long; return whether it is."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)
        return self.is_empty

    async def flush(self, seconds: float) -> bool:
        """Return whether everything could be stored in this time; the rest is given up."""
        is_empty = await self.emptied(seconds)
        self.give_up()
        return is_empty

    def give_up(self) -> None:
        """Try no longer."""
        if self._writing is not None:
            self._writing.cancel()

    async def _write_all(self) -> None:
        has_failed = False
        while self._waiting:
            batch = tuple(self._waiting)
            try:
                await self._write(self._stored, batch)
            except StoreUnavailable as error:
                if not has_failed:
                    logger.error("run %s is not stored yet and is tried again: %s", self._run_id, error)
            except Exception:  # a bug must not take the answer from its reader
                if not has_failed:
                    logger.exception("run %s cannot be stored", self._run_id)
            else:
                self._stored += len(batch)
                del self._waiting[: len(batch)]
                continue
            has_failed = self.is_late = True
            await asyncio.sleep(_RETRY_SECONDS)
        self.is_late = False
        if has_failed:
            logger.warning("run %s is stored now", self._run_id)
