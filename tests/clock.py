"""Virtual time: an event loop whose clock jumps to the next timer, so that two minutes pass in no time.

Beside it, one whose clock only counts work, so that a busy machine does not slow a test down.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Final, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
_THREAD_SECONDS: Final = 1.0
"""How long, in real time, the clock stands still for a thread. One that waits for the clock gets it after that."""


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(_THREAD_SECONDS if self.threads else 0)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits for a timer. What a thread does takes no time on its clock."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        def end(_: asyncio.Future[Result]) -> None:
            self._jumping.threads -= 1

        self._jumping.threads += 1
        working = super().run_in_executor(executor, func, *args)
        working.add_done_callback(end)
        return working


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` on virtual time; a task left behind by it fails the test."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:

        async def checked() -> Result:
            result = await main
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"tasks left behind: {left}"
            return result

        return runner.run(checked())


class WorkLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the computing time of its thread. It stands still while nothing is done."""

    def time(self) -> float:
        return time.thread_time()
