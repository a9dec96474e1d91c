"""Virtual time: an event loop whose clock jumps to the next timer, so that two minutes pass in no time.

Beside it, one whose clock only counts work, so that a busy machine does not slow a test down.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None and timeout > 0:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits for a timer."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


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
