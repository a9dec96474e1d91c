"""Agreement between two raters, and between a judge's scores and the truth."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from llmfirst.stats.proportions import Interval, Proportion, proportion, tail, wilson

# Counts of items; rows: the first rater said yes, no; columns: the second rater said yes, no.
Table = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Confusion:
    """A judge's verdicts compared with the truth, as counts of answers."""

    true_yes: int
    """Good answers that the judge passed."""

    false_no: int
    """Good answers that the judge failed."""

    true_no: int
    """Bad answers that the judge failed."""

    false_yes: int
    """Bad answers that the judge passed."""

    @property
    def sensitivity(self) -> Proportion:
        """The share of good answers that the judge passed, with its 95 % interval."""
        return proportion(self.true_yes, self.true_yes + self.false_no)

    @property
    def specificity(self) -> Proportion:
        """The share of bad answers that the judge failed, with its 95 % interval."""
        return proportion(self.true_no, self.true_no + self.false_yes)

    @property
    def table(self) -> Table:
        """The counts as a table; rows: the judge, columns: the truth."""
        return (self.true_yes, self.false_yes), (self.false_no, self.true_no)


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa: the agreement beyond chance."""

    value: float
    """1 is perfect agreement, 0 is chance, negative is less than chance."""

    interval: Interval
    pairs: int
    """The number of items that both rated."""


@dataclass(frozen=True)
class Auc:
    """The area under the ROC curve."""

    area: float
    """The probability that a good answer scores higher than a bad one, with ties counted as half."""

    interval: Interval
    good: int
    """The number of good answers."""

    bad: int
    """The number of bad answers."""


@dataclass(frozen=True)
class RocPoint:
    """One point of the ROC curve."""

    threshold: float
    good_share: float
    """The share of good answers that score at least `threshold`."""

    bad_share: float
    """The share of bad answers that score at least `threshold`."""


def cross_table(pairs: Iterable[tuple[bool, bool]]) -> Table:
    """Count the pairs of ratings (first rater, second rater) of the same items."""
    counts = Counter(pairs)
    return (counts[True, True], counts[True, False]), (counts[False, True], counts[False, False])


def cohen_kappa(table: Table, confidence: float = 0.95) -> Kappa | None:
    """Return Cohen's kappa; None if there are no pairs, or if both raters gave the same rating to every item.

    The interval is Wilson's interval of the observed agreement, treating the agreement expected by chance as known. The
    usual interval (Fleiss, Cohen and Everitt, 1969) has zero width at perfect agreement and covers too little near it.
    This one is too wide if the raters say yes at different rates.

    Raises ValueError for a negative count, and unless 0 < confidence < 1.
    Source: Cohen, Educ. Psychol. Meas. 20 (1960) 37, for kappa and for chance treated as known; Wilson: see `wilson`.
    """
    (both, only_first), (only_second, neither) = table
    if min(both, only_first, only_second, neither) < 0:
        raise ValueError(f"Counts must not be negative: {table}")
    total = both + only_first + only_second + neither
    agreement = wilson(both + neither, total, confidence)
    chance = (both + only_first) * (both + only_second) + (only_second + neither) * (only_first + neither)
    if agreement is None or chance == total**2:
        return None

    def beyond_chance(agreed: float) -> float:
        return max(-1.0, (agreed - chance / total**2) / (1 - chance / total**2))

    ends = Interval(beyond_chance(agreement.low), beyond_chance(agreement.high))
    return Kappa(beyond_chance((both + neither) / total), ends, total)


def auc(scores_of_good: Sequence[float], scores_of_bad: Sequence[float], confidence: float = 0.95) -> Auc | None:
    """Return the area under the ROC curve with a two-sided interval; None without good or without bad answers.

    Unlike the intervals of DeLong and of the bootstrap, this one does not have zero width at an area of 1.

    Raises ValueError for NaN, and unless 0 < confidence < 1.
    Source: Hanley and McNeil, Radiology 143 (1982) 29, for the area. Newcombe, Statist. Med. 25 (2006) 559, method 5,
    for the interval: Hanley and McNeil's variance, evaluated at the bound, with the mean of the two counts.
    """
    good, bad = _sorted(scores_of_good), _sorted(scores_of_bad)
    z = -float(ndtri(tail(confidence)))
    if not good.size or not bad.size:
        return None
    beaten = np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")
    area = float(beaten.sum()) / (2 * good.size * bad.size)
    others = (good.size + bad.size) / 2 - 1

    def is_possible(true: float) -> bool:
        shape = 1 + others * ((1 - true) / (2 - true) + true / (1 + true))
        return (area - true) ** 2 <= z * z * true * (1 - true) * shape / (good.size * bad.size)

    return Auc(area, Interval(_end(0, area, is_possible), _end(1, area, is_possible)), good.size, bad.size)


def roc(scores_of_good: Sequence[float], scores_of_bad: Sequence[float]) -> tuple[RocPoint, ...]:
    """Return the points of the ROC curve by falling threshold; empty without good or without bad answers.

    The first point has an infinite threshold, so that no answer passes. Equal scores make one point.

    Raises ValueError for NaN.
    Source: Fawcett, Pattern Recognit. Lett. 27 (2006) 861.
    """
    good, bad = _sorted(scores_of_good), _sorted(scores_of_bad)
    if not good.size or not bad.size:
        return ()
    thresholds = sorted({*good.tolist(), *bad.tolist()}, reverse=True)
    points = (RocPoint(each, _share_from(each, good), _share_from(each, bad)) for each in thresholds)
    return RocPoint(inf, 0.0, 0.0), *points


def _share_from(threshold: float, ordered: NDArray[np.float64]) -> float:
    return 1 - int(np.searchsorted(ordered, threshold, "left")) / ordered.size


def _end(outside: float, inside: float, is_possible: Callable[[float], bool]) -> float:
    """Return the boundary of the possible values between `outside` and `inside`, found by bisection."""
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if is_possible(middle) else (middle, inside)
    return inside


def _sorted(scores: Sequence[float]) -> NDArray[np.float64]:
    if any(isnan(score) for score in scores):
        raise ValueError("A score must not be NaN.")
    return np.sort(np.asarray(scores, dtype=np.float64))
