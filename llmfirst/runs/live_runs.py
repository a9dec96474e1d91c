"""The runs in memory: in progress, or ended and still followed or not stored yet."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from llmfirst.errors import RunUnknown
from llmfirst.events import AnswerEvent
from llmfirst.runs.backlog import Backlog
from llmfirst.runs.live_run import LiveRun
from llmfirst.runs.owners import Owner, may_see
from llmfirst.store import RunStore

logger = logging.getLogger(__name__)

_FLUSH_SECONDS: Final = 1.0
_UNSTORED_LIMIT: Final = 100
"""How many ended runs are kept in memory until the disk takes them."""


class LiveRuns:
    """Keeps runs until nobody follows them and the disk has taken them."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._runs: dict[str, LiveRun] = {}
        # One thread, because SQLite has one writer: a disk that hangs takes no threads from the rest of the program.
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    def __iter__(self) -> Iterator[LiveRun]:
        return iter(tuple(self._runs.values()))

    def add(self, run: LiveRun) -> None:
        self._runs[run.request.run_id] = run

    def drop(self, run: LiveRun) -> None:
        """Keep a run no longer; it may be gone already."""
        self._runs.pop(run.request.run_id, None)

    def get(self, run_id: str) -> LiveRun | None:
        return self._runs.get(run_id)

    def visible(self, run_id: str, owner: Owner | None) -> LiveRun | None:
        """Return a run that the owner may see; None for one that is not here. Raises RunUnknown for another's."""
        run = self._runs.get(run_id)
        if run is not None and not may_see(run.owner, owner):
            raise RunUnknown(f"There is no run {run_id}.")
        return run

    def backlog(self, run_id: str, owner: Owner, *, is_background: bool) -> Backlog:
        """Return what brings the events of a new run to the store."""

        async def write(position: int, events: Sequence[AnswerEvent]) -> None:
            append = partial(self._store.append, run_id, position, events, owner, is_background=is_background)
            await asyncio.get_running_loop().run_in_executor(self._disk, append)

        return Backlog(run_id, write)

    def after_leaving(self, run: LiveRun, grace_seconds: float) -> None:
        """Drop a run that has ended and has no followers, or stop it after the grace time."""
        if run.followers:
            return
        if run.leaving is not None:
            run.leaving.cancel()
        if run.has_ended:
            if run.backlog.is_empty:
                self.drop(run)
            else:
                run.backlog.then(lambda: self.after_leaving(run, grace_seconds))
                self._bound_unstored()
        else:
            run.leaving = asyncio.get_running_loop().call_later(grace_seconds, run.request.halt.ask)

    async def flush(self) -> None:
        """Give the disk a last moment for what it still lacks."""
        runs = list(self._runs.values())
        flushed = await asyncio.gather(*[run.backlog.flush(_FLUSH_SECONDS) for run in runs])
        for run, is_stored in zip(runs, flushed, strict=True):
            if not is_stored:
                self._give_up(run)

    def _bound_unstored(self) -> None:
        """Give up the oldest runs that wait for the disk when there are too many of them."""
        unstored = [run for run in self._runs.values() if run.has_ended and not run.backlog.is_empty]
        for run in unstored[:-_UNSTORED_LIMIT]:
            self._give_up(run)

    def _give_up(self, run: LiveRun) -> None:
        logger.error("run %s could not be stored in time and is given up", run.request.run_id)
        run.backlog.give_up()
        self.drop(run)
