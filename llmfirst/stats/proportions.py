"""Proportions with their intervals, and how many passes prove a rate."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import count
from math import ceil, sqrt

from scipy.special import bdtr, betaincinv, ndtri


@dataclass(frozen=True)
class Interval:
    """A closed range from `low` to `high`, in the unit of the measured value."""

    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """A number of passes out of a total, with the interval of the true share."""

    passed: int
    total: int
    interval: Interval | None
    """None if `total` is 0."""

    @property
    def rate(self) -> float | None:
        """The observed share, 0 to 1; None if `total` is 0."""
        return self.passed / self.total if self.total else None


def proportion(passed: int, total: int, confidence: float = 0.95) -> Proportion:
    """Return the proportion with its Wilson interval. Raises ValueError like `wilson`."""
    return Proportion(passed, total, wilson(passed, total, confidence))


def wilson(passed: int, total: int, confidence: float = 0.95) -> Interval | None:
    """Return the two-sided Wilson score interval of a share, within 0 and 1; None if `total` is 0.

    Raises ValueError unless 0 <= passed <= total and 0 < confidence < 1.
    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209; method 3 of Newcombe, Statist. Med. 17 (1998) 857.
    """
    _check_counts(passed, total)
    z = _z(confidence)
    return Interval(_wilson_low(passed, total, z), 1 - _wilson_low(total - passed, total, z)) if total else None


def miss_rate_bound(misses: int, total: int, confidence: float = 0.95) -> float | None:
    """Return the exact one-sided upper bound of a miss rate; None if `total` is 0.

    For example, 0 misses of 40 prove a miss rate below 7.2 %. The bound is not comparable with an end of a two-sided
    interval, so say which one it is wherever it is printed.

    Raises ValueError like `wilson`.
    Source: Clopper and Pearson, Biometrika 26 (1934) 404, as a quantile of the beta distribution.
    """
    _check_counts(misses, total)
    tail(confidence)
    if total == 0:
        return None
    return 1.0 if misses == total else float(betaincinv(misses + 1, total - misses, confidence))


def passes_needed(total: int, rate: float, confidence: float = 0.95) -> int | None:
    """Return the least number of passes out of `total` whose Wilson interval lies at or above `rate`.

    None if even `total` passes are too few. Raises ValueError unless total >= 0, 0 <= rate <= 1 and 0 < confidence < 1.
    """
    _check_counts(0, total)
    _check_rate(rate)
    z = _z(confidence)
    if total == 0:
        return None
    passed = bisect_left(range(total + 1), rate, key=lambda passes: _wilson_low(passes, total, z))
    return passed if passed <= total else None


def items_needed(rate: float, confidence: float = 0.95) -> int:
    """Return the least number of items that can prove `rate` if all of them pass; 16 for 80 %.

    Raises ValueError for a rate of 1, which no number of items proves, and like `passes_needed`.
    Source: the lower end of Wilson's interval for n of n is n / (n + z²); solve for n.
    """
    _check_rate(rate)
    if rate == 1:
        raise ValueError("No number of items proves a rate of 1.")
    return max(1, ceil(_z(confidence) ** 2 * rate / (1 - rate)))


def more_needed(passed: int, total: int, rate: float, confidence: float = 0.95) -> int | None:
    """Return how many more trials, passed as often as so far, lift the lower end of the Wilson interval to `rate`.

    0 if it is there already, None if no number of them does. Raises ValueError like `passes_needed`.
    """
    if total == 0 or passed / total <= rate:
        return None
    # n / (n + z²) times the lead over the rate grows without end, so the search ends.
    return next(
        more
        for more in count()
        if (needed := passes_needed(total + more, rate, confidence)) is not None
        and needed <= passed * (total + more) / total
    )


def mcnemar(only_first: int, only_second: int) -> float | None:
    """Return the exact two-sided p value of the hypothesis that two systems pass equally often.

    The arguments count the items that only the first and only the second system passed; None if both are 0.

    Raises ValueError for a negative count.
    Source: McNemar, Psychometrika 12 (1947) 153, with the binomial distribution in place of chi squared.
    """
    total = only_first + only_second
    _check_counts(only_first, total)
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), total, 0.5))) if total else None


def tail(confidence: float) -> float:
    """Return the probability on each side of a two-sided interval. Raises ValueError unless 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence must be between 0 and 1: {confidence}")
    return (1 - confidence) / 2


def _z(confidence: float) -> float:
    return -float(ndtri(tail(confidence)))


def _wilson_low(passed: int, total: int, z: float) -> float:
    """Return the lower end; the upper end is 1 minus the lower end for the failures."""
    if passed == 0:
        return 0.0
    rate, spread = passed / total, z * z / total
    margin = z * sqrt(rate * (1 - rate) / total + spread / (4 * total))
    return (rate + spread / 2 - margin) / (1 + spread)


def _check_counts(passed: int, total: int) -> None:
    if not 0 <= passed <= total:
        raise ValueError(f"The count must be between 0 and the total: {passed} of {total}")


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"The rate must be between 0 and 1: {rate}")
