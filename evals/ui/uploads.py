"""Reads the files that visitors upload: beside the answers, two at a time, and no longer than their page is there."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from evals.suite.apart import apart

Content = TypeVar("Content")
_AT_ONCE: Final = 2
_LOOK_SECONDS: Final = 1.0


class Uploads:
    """The readings of all visitors."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def reading(self, path: str, read: Callable[[str], Content]) -> AsyncGenerator[asyncio.Task[Content], None]:
        """Read an uploaded file. The reading ends with the context, and the file is deleted.

        So nobody who learns its path can read it.
        """
        task = asyncio.create_task(self._read(path, read))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(Path(path).unlink, missing_ok=True)

    async def _read(self, path: str, read: Callable[[str], Content]) -> Content:
        async with self._places:
            return await apart(read, path)


async def is_over(reading: asyncio.Task[Content]) -> bool:
    """Return whether a reading is over, after a moment. Its callback yields then, and Gradio ends it without a page."""
    return bool((await asyncio.wait({reading}, timeout=_LOOK_SECONDS))[0])
