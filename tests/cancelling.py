"""Cancelling at any await point: the n-th time that a piece of work waits, it is cancelled there."""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class CancelledAt(Generic[Result]):
    """Awaits `work` and cancels the running task at its n-th wait; `waits` counts all of them."""

    def __init__(self, work: Awaitable[Result], number: int) -> None:
        self._work = work
        self._number = number
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, Result]:
        steps = self._work.__await__()
        thrown: BaseException | None = None
        while True:
            try:
                awaited = next(steps) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                result: Result = end.value
                return result
            thrown = None
            self.waits += 1
            if self.waits == self._number:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001  (whatever is thrown in here is for the work)
                thrown = error
