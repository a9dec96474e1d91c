"""How fast the entrants answered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from evals.records.timing import Timing
from llmfirst import TIERS, Interval, Proportion, proportion, quantile, quantile_interval


@dataclass(frozen=True)
class Median:
    """The median of some seconds, with its 95 % interval."""

    value: float
    interval: Interval | None
    """None below six values, or if it reaches to answers that failed."""


@dataclass(frozen=True)
class EntrantTimes:
    """The times of an entrant's answers, in seconds since submission. Loading a model is never counted."""

    answers: int
    failed: int
    """Failed answers count as infinitely late."""
    first_text: Median | None
    total: Median | None
    tokens_per_second: float | None
    """The median over the answers."""
    in_time: Proportion
    """The answers whose first text and end are in time for the first tier."""


def entrant_times(timings: Sequence[Timing | None]) -> EntrantTimes:
    """Return the times of an entrant; None stands for an answer that failed."""
    firsts = [inf if one is None else _without_loading(one, one.first_text_seconds) for one in timings]
    totals = [inf if one is None else _without_loading(one, one.total_seconds) for one in timings]
    rates = [rate for one in timings if one is not None and (rate := one.metrics.tokens_per_second) is not None]
    limits = TIERS[0]
    in_time = sum(
        first <= limits.first_text_seconds and total <= limits.total_seconds
        for first, total in zip(firsts, totals, strict=True)
    )
    return EntrantTimes(
        answers=len(timings),
        failed=sum(one is None for one in timings),
        first_text=_median(firsts),
        total=_median(totals),
        tokens_per_second=quantile(rates, 0.5),
        in_time=proportion(in_time, len(timings)),
    )


def _without_loading(timing: Timing, seconds: float | None) -> float:
    return inf if seconds is None else max(0.0, seconds - (timing.metrics.loading or 0.0))


def _median(seconds: Sequence[float]) -> Median | None:
    value, interval = quantile(seconds, 0.5), quantile_interval(seconds, 0.5)
    if value is None or not isfinite(value):
        return None
    return Median(value, interval if interval is not None and isfinite(interval.high) else None)
