"""How far the harness itself may be believed: what it adds to a time, and how late its event loop was."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from llmfirst import Overhead, Value, quantile

_BEAT_SECONDS: Final = 0.05
# A green mark needs a loop that was later than this share of the first text in one beat of a hundred at most.
LAG_SHARE: Final = 0.01


class Lag(Value):
    """How late the event loop was while one answer was measured, in seconds: the 99th percentile and the worst."""

    p99: float
    worst: float


class HarnessTiming(Value):
    """What was measured of the harness beside an evaluation; `lags` by run."""

    overhead: Overhead | None
    lags: dict[str, Lag]


def is_late(lags: Sequence[float], first_text_median: float | None) -> bool:
    """Tell whether the loop was too late for first texts of this median to be believed; all in seconds."""
    lag = quantile(lags, 0.5)
    return lag is not None and first_text_median is not None and lag > LAG_SHARE * first_text_median


class LagMeter:
    """Sleeps a known time and notes by how much it was too long."""

    def __init__(self) -> None:
        self._late: list[float] = []

    @property
    def beats(self) -> int:
        """How many beats were noted so far."""
        return len(self._late)

    def since(self, beats: int) -> Lag | None:
        """Return what was noted after so many beats; None when there was nothing."""
        return lag_of(self._late[beats:])

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            wanted = loop.time() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            self._late.append(max(0.0, loop.time() - wanted))


def lag_of(late: Sequence[float]) -> Lag | None:
    """Return the figures of beats that came late by so many seconds."""
    p99 = quantile(late, 0.99)
    return None if p99 is None else Lag(p99=round(p99, 5), worst=round(max(late), 5))


@asynccontextmanager
async def lag_meter() -> AsyncGenerator[LagMeter, None]:
    """Measure the event loop for the time of the context."""
    meter = LagMeter()
    beating = asyncio.create_task(meter.run())
    try:
        yield meter
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
