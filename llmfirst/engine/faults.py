"""Faults put into the calls of one run on purpose, so that a person can see how its answer still ends in time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from llmfirst.errors import ProviderInterrupted
from llmfirst.providers.base import Chunk, Fault

FAULT_SECONDS: Final = 3.0  # of a section's text before the fault
DRIP_SECONDS: Final = 1.0  # before each further piece


class FaultyCalls:
    """Spoils the section calls of one run: a stall or a dropped connection one of them, a drip all that follow."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._first_text: float | None = None
        self._has_begun = False
        self._spoiled: Fault | None = None

    async def into(self, chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of a call up to the fault, which comes at the latest instead of the call's end."""
        async with aclosing(chunks):
            async for chunk in chunks:
                if self._is_due(chunk):
                    self._has_begun, self._spoiled = True, self._fault
                    if self._fault != "drip":
                        break
                    await asyncio.sleep(DRIP_SECONDS)
                yield chunk
            else:
                return
        if self._fault == "stall":
            await asyncio.Event().wait()  # until the engine closes the call
        raise ProviderInterrupted("The connection was dropped on purpose.")

    def spoiled(self) -> Fault | None:
        """Return the fault of the call that has ended, for its record; None if it met none."""
        spoiled, self._spoiled = self._spoiled, None
        return spoiled

    def _is_due(self, chunk: Chunk) -> bool:
        if self._has_begun:
            return self._fault == "drip"
        now = asyncio.get_running_loop().time()
        if self._first_text is None and chunk.text:
            self._first_text = now
        if self._first_text is None:
            return False
        return chunk.finish_reason is not None or now - self._first_text >= FAULT_SECONDS
