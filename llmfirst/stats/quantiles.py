"""Quantiles of what was measured, and how sure they are. Infinite values are allowed: answers that never ended."""

from collections.abc import Sequence
from math import ceil, floor, inf, log

import numpy as np
from scipy.special import bdtr, bdtrc

from llmfirst.stats.proportions import Interval, tail


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value that `share` of the values do not pass, in their unit; None when there is none.

    The sorted values stand at shares 0, 1/(n-1), ..., 1; between two of them the line is straight.
    ValueError unless 0 <= share <= 1, and for NaN and minus infinity.
    Source: definition 7 of Hyndman and Fan, Am. Stat. 50 (1996) 361; NumPy's "linear".
    """
    if not 0 <= share <= 1:
        raise ValueError(f"A share lies between 0 and 1: {share}")
    ordered = _ordered(values)
    if not ordered:
        return None
    # Rounded, for 0.07 * 100 is a little more than 7, and the value after that place may be infinite.
    place = round(share * (len(ordered) - 1), 9)
    before, after = ordered[floor(place)], ordered[ceil(place)]
    return before if before == after else min(after, before + (place - floor(place)) * (after - before))


def quantile_interval(values: Sequence[float], share: float, confidence: float = 0.95) -> Interval | None:
    """Two-sided interval of a quantile between two of the values, whatever their distribution; in their unit.

    Each side is wrong in at most half of 1 - `confidence` of samples. None below `least_sample`. Many equal values
    may give both ends: unlike the interval of a mean, this one still holds then. ValueError as in `least_sample`
    and `quantile`.
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
    """Return how many values `quantile_interval` needs: 36 for p90, 72 for p95, 368 for p99.

    With fewer, even the smallest or the largest value is too often on the wrong side of the quantile.
    ValueError unless 0 < share < 1 and 0 < confidence < 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"A share lies between 0 and 1: {share}")
    # A hair less, so that rounding does not ask for one value more where the quotient is whole.
    return max(1, ceil(log(tail(confidence)) / log(max(share, 1 - share)) - 1e-9))


def ecdf(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the steps of the share of values at or below each value, rising to 1; ValueError as in `quantile`."""
    ordered = _ordered(values)
    shares = {value: place / len(ordered) for place, value in enumerate(ordered, start=1)}
    return tuple(shares.items())


def _ordered(values: Sequence[float]) -> list[float]:
    if not all(value > -inf for value in values):
        raise ValueError("NaN and minus infinity are no measurements.")
    return sorted(values)
