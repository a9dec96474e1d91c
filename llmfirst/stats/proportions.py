"""Shares of a count: what they prove, and how many passes a claim needs."""

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil, sqrt

from scipy.special import bdtr, betaincinv, ndtri


@dataclass(frozen=True)
class Interval:
    """A range from `low` to `high`, both in the unit of what was measured and both inside the range."""

    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """`passed` of `total`, and the interval of the true share; None where nothing was measured."""

    passed: int
    total: int
    interval: Interval | None

    @property
    def rate(self) -> float | None:
        """The observed share, 0 to 1; None where nothing was measured."""
        return self.passed / self.total if self.total else None


def proportion(passed: int, total: int, confidence: float = 0.95) -> Proportion:
    """Return the share with its Wilson interval; ValueError as in `wilson`."""
    return Proportion(passed, total, wilson(passed, total, confidence))


def wilson(passed: int, total: int, confidence: float = 0.95) -> Interval | None:
    """Two-sided score interval of a share, within 0 and 1; None when nothing was measured.

    ValueError unless 0 <= passed <= total and 0 < confidence < 1.
    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209; method 3 of Newcombe, Statist. Med. 17 (1998) 857.
    """
    _check_counts(passed, total)
    z = _z(confidence)
    return Interval(_wilson_low(passed, total, z), 1 - _wilson_low(total - passed, total, z)) if total else None


def miss_rate_bound(misses: int, total: int, confidence: float = 0.95) -> float | None:
    """One-sided exact upper bound of a miss rate (0 of 40 proves less than 7.2 %); None when nothing was measured.

    Not comparable with an end of a two-sided interval: name it when it is printed. ValueError as in `wilson`.
    Source: Clopper and Pearson, Biometrika 26 (1934) 404, as a quantile of the beta distribution.
    """
    _check_counts(misses, total)
    tail(confidence)
    if total == 0:
        return None
    return 1.0 if misses == total else float(betaincinv(misses + 1, total - misses, confidence))


def passes_needed(total: int, rate: float, confidence: float = 0.95) -> int | None:
    """Return the least number of passes of `total` that proves `rate`: Wilson's lower end reaches it.

    None where even `total` passes do not. ValueError unless total >= 0, 0 <= rate <= 1 and 0 < confidence < 1.
    """
    _check_counts(0, total)
    _check_rate(rate)
    z = _z(confidence)
    if total == 0:
        return None
    passed = bisect_left(range(total + 1), rate, key=lambda passes: _wilson_low(passes, total, z))
    return passed if passed <= total else None


def items_needed(rate: float, confidence: float = 0.95) -> int:
    """Return the least number of items that could prove `rate`, all of them passed (80 % needs 16).

    ValueError for a rate of 1, which no number proves, and as in `passes_needed`.
    Source: Wilson's lower end of n of n is n / (n + z²), solved for n.
    """
    _check_rate(rate)
    if rate == 1:
        raise ValueError("No number of items proves a rate of 1.")
    return max(1, ceil(_z(confidence) ** 2 * rate / (1 - rate)))


def mcnemar(only_first: int, only_second: int) -> float | None:
    """Exact two-sided p value that two systems pass equally often, from the items that only one of them passed.

    None when there is no such item. ValueError for a negative count.
    Source: McNemar, Psychometrika 12 (1947) 153, with the binomial distribution in place of chi squared.
    """
    total = only_first + only_second
    _check_counts(only_first, total)
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), total, 0.5))) if total else None


def tail(confidence: float) -> float:
    """Return the share that a two-sided interval leaves out on each side; ValueError unless 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence lies between 0 and 1: {confidence}")
    return (1 - confidence) / 2


def _z(confidence: float) -> float:
    return -float(ndtri(tail(confidence)))


def _wilson_low(passed: int, total: int, z: float) -> float:
    """Lower end; the upper one is that of the failures, seen from 1."""
    if passed == 0:
        return 0.0
    rate, spread = passed / total, z * z / total
    margin = z * sqrt(rate * (1 - rate) / total + spread / (4 * total))
    return (rate + spread / 2 - margin) / (1 + spread)


def _check_counts(passed: int, total: int) -> None:
    if not 0 <= passed <= total:
        raise ValueError(f"Not a share of a count: {passed} of {total}")


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"A rate lies between 0 and 1: {rate}")
