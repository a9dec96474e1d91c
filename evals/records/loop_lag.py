"""Measures the harness itself: the time that it adds to each measurement, and how late its event loop is."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from llmfirst import Overhead, Span, Value, quantile

_BEAT_SECONDS: Final = 0.05
# Measured times are reliable if the 99th percentile of the lag is at most this share of the time to first text.
LAG_SHARE: Final = 0.01


class Lag(Value):
    """How late the event loop was during one answer, in seconds."""

    p99: Span
    """The 99th percentile."""
    worst: Span


class HarnessTiming(Value):
    """The measurements of the harness during an evaluation."""

    overhead: Overhead | None
    """The time that the harness adds to each measured time; None if it was not measured."""
    lags: dict[str, Lag]
    """How late the event loop was, by run id."""


def is_late(lags: Sequence[float], first_text_median: float | None) -> bool:
    """Return whether the event loop lagged too much to measure first texts with this median; all in seconds."""
    lag = quantile(lags, 0.5)
    return lag is not None and first_text_median is not None and lag > LAG_SHARE * first_text_median


class LagMeter:
    """Sleeps for a fixed time, again and again, and records by how much each sleep was too long."""

    def __init__(self) -> None:
        self._late: list[float] = []

    @property
    def beats(self) -> int:
        """The number of beats recorded so far."""
        return len(self._late)

    def since(self, beats: int) -> Lag | None:
        """Return the lag of all beats after the first `beats`; None if there were none."""
        return lag_of(self._late[beats:])

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            self._late.append(max(0.0, loop.time() - due))


def lag_of(late: Sequence[float]) -> Lag | None:
    """Return the statistics of beats that were late by these seconds; None if there are none."""
    p99 = quantile(late, 0.99)
    return None if p99 is None else Lag(p99=round(p99, 5), worst=round(max(late), 5))


@asynccontextmanager
async def lag_meter() -> AsyncGenerator[LagMeter, None]:
    """Measure the event loop for as long as the context is open."""
    meter = LagMeter()
    beating = asyncio.create_task(meter.run())
    try:
        yield meter
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
