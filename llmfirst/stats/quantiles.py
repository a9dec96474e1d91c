"""Quantiles with their intervals. Positive infinity is allowed and stands for an answer that never ended."""

from collections.abc import Sequence
from math import ceil, floor, inf, log

import numpy as np
from scipy.special import bdtr, bdtrc

from llmfirst.stats.proportions import Interval, tail


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the quantile, interpolated linearly between the sorted values, in their unit; None without values.

    Raises ValueError unless 0 <= share <= 1, and for NaN and minus infinity.
    Source: Hyndman and Fan, Am. Stat. 50 (1996) 361, definition 7; the method "linear" of NumPy.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"The share must be between 0 and 1: {share}")
    ordered = _ordered(values)
    if not ordered:
        return None
    # Rounded, because 0.07 * 100 is slightly more than 7, and the value after position 7 may be infinite.
    place = round(share * (len(ordered) - 1), 9)
    before, after = ordered[floor(place)], ordered[ceil(place)]
    return before if before == after else min(after, before + (place - floor(place)) * (after - before))


def quantile_interval(values: Sequence[float], share: float, confidence: float = 0.95) -> Interval | None:
    """Return a two-sided interval of a quantile, in the unit of the values; None below `least_sample` values.

    Both ends are measured values. The interval holds for every distribution: each side is wrong in at most
    (1 - `confidence`) / 2 of samples, even if equal values make both ends the same.

    Raises ValueError like `least_sample` and `quantile`.
    Source: Conover, Practical Nonparametric Statistics (3rd ed., 1999), section 3.2: binomial ranks.
    """
    ordered = _ordered(values)
    total = len(ordered)
    if total < least_sample(share, confidence):
        return None
    counts = np.arange(total)
    low = int((bdtr(counts, total, share) <= tail(confidence)).sum())
    high = int((bdtrc(counts, total, share) > tail(confidence)).sum()) + 1
    return Interval(ordered[max(low, 1) - 1], ordered[min(high, total) - 1])


def least_sample(share: float, confidence: float = 0.95) -> int:
    """Return how many values `quantile_interval` needs; at 95 % 36 for p90, 72 for p95 and 368 for p99.

    With fewer, even the smallest or the largest value lies on the wrong side of the quantile too often.
    Raises ValueError unless 0 < share < 1 and 0 < confidence < 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"The share must be between 0 and 1: {share}")
    # The 1e-9 keeps rounding from adding one value where the quotient is a whole number.
    return max(1, ceil(log(tail(confidence)) / log(max(share, 1 - share)) - 1e-9))


def _ordered(values: Sequence[float]) -> list[float]:
    if not all(value > -inf for value in values):
        raise ValueError("A measurement must not be NaN or minus infinity.")
    return sorted(values)
