"""Gradio's queue of calls, which waits for a call instead of looking for one every millisecond."""

import asyncio
import time
from typing import Any, Final

from gradio.blocks import Blocks
from gradio.queueing import Event, Queue
from gradio.utils import run_coro_in_background, set_task_name

_DEFAULT_LIMIT: Final = 32
_WAITING_LIMIT: Final = 64


class CallQueue(Queue):
    """The queue of a page: a call begins at once when it may, and an idle page uses no processor.

    It keeps no statistics of calls, which Gradio computes with pandas after each of them, and sends no `gr.Progress`,
    which it looks for every 10 ms: our page shows neither.
    """

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(
            live_updates=True,
            concurrency_count=blocks.max_threads,
            update_intervals=1,
            max_size=_WAITING_LIMIT,
            blocks=blocks,
            default_concurrency_limit=_DEFAULT_LIMIT,
        )
        self._changed = asyncio.Event()
        """Whether a call has come or ended since the queue was looked through."""

    async def push(self, *arguments: Any, **options: Any) -> Any:
        """Take a call."""
        taken = await super().push(*arguments, **options)
        self._changed.set()
        return taken

    def close(self) -> None:
        super().close()  # type: ignore[no-untyped-call]  # Gradio leaves it untyped
        self._changed.set()

    async def start_processing(self) -> None:
        """Begin the calls that come, until the queue is closed."""
        try:
            while not self.stopped:
                await self._changed.wait()
                self._changed.clear()
                while None in self.active_jobs and (found := self.get_events()) is not None:
                    self._begin(*found)
        finally:
            self.stopped = True
            self._cancel_asyncio_tasks()  # type: ignore[no-untyped-call]  # Gradio leaves it untyped

    async def start_progress_updates(self) -> None: ...

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        return self.cached_event_analytics_summary

    def _begin(self, events: list[Event], batch: bool, concurrency_id: str) -> None:
        self.active_jobs[self.active_jobs.index(None)] = events
        calls = self.event_queue_per_concurrency_id[concurrency_id]
        calls.current_concurrency += 1
        began, callback = time.time(), events[0].fn
        calls.start_times_per_fn[callback].add(began)
        task = run_coro_in_background(self.process_events, events, batch, began, callback)
        set_task_name(task, events[0].session_hash, callback._id, events[0]._id, batch)  # Gradio cancels it by its name
        self._asyncio_tasks.add(task)
        task.add_done_callback(self._on_end)
        self.broadcast_estimations(concurrency_id)

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        self._asyncio_tasks.discard(task)
        self._changed.set()
