"""Who reads the page's streams: Gradio goes on with a callback whether or not anybody ever reads what it yields."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

_OVERLAP_SECONDS: Final = 2.0  # a page may open its next stream before the server has seen the end of the last one


class Listeners:
    """The visits (Gradio's session hashes) whose stream is being read: each visit has one stream."""

    def __init__(self) -> None:
        self._ended: dict[str, asyncio.Event] = {}

    def is_listening(self, visit: str) -> bool:
        """Return whether somebody reads the stream of a visit."""
        return visit in self._ended

    @asynccontextmanager
    async def listening(self, visit: str) -> AsyncGenerator[bool, None]:
        """Count a reader while the context is open; yields False if another one reads the same stream and stays.

        Two readers would take each other's messages, and one of them would wait for its end for ever.
        """
        if (ended := self._ended.get(visit)) is not None:
            try:
                async with asyncio.timeout(_OVERLAP_SECONDS):
                    await ended.wait()
            except TimeoutError:
                pass
        if visit in self._ended:
            yield False
            return
        ended = self._ended[visit] = asyncio.Event()
        try:
            yield True
        finally:
            del self._ended[visit]
            ended.set()
