"""Whether a judge and a person agree: on yes and no, and in the order of scores."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from llmfirst.stats.proportions import Interval, Proportion, proportion, tail, wilson

# Rows: what the first said, yes then no; columns: what the second said.
Table = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Confusion:
    """A judge against the truth: what it said of good answers (true yes, false no) and of bad ones."""

    true_yes: int
    false_no: int
    true_no: int
    false_yes: int

    @property
    def sensitivity(self) -> Proportion:
        """Good answers that the judge passed, with the 95 % interval."""
        return proportion(self.true_yes, self.true_yes + self.false_no)

    @property
    def specificity(self) -> Proportion:
        """Bad answers that the judge did not pass, with the 95 % interval."""
        return proportion(self.true_no, self.true_no + self.false_yes)

    @property
    def table(self) -> Table:
        """Rows: the judge; columns: the truth."""
        return (self.true_yes, self.false_yes), (self.false_no, self.true_no)


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance: 1 is perfect, 0 is chance; of so many pairs."""

    value: float
    interval: Interval
    pairs: int


@dataclass(frozen=True)
class Auc:
    """How often a good answer outscores a bad one, ties counted as half; of so many answers."""

    area: float
    interval: Interval
    good: int
    bad: int


@dataclass(frozen=True)
class RocPoint:
    """The shares of the good and of the bad answers that score at least `threshold`."""

    threshold: float
    good_share: float
    bad_share: float


def cross_table(pairs: Iterable[tuple[bool, bool]]) -> Table:
    """Count what the first and the second said of the same item."""
    counts = Counter(pairs)
    return (counts[True, True], counts[True, False]), (counts[False, True], counts[False, False])


def cohen_kappa(table: Table, confidence: float = 0.95) -> Kappa | None:
    """Cohen's kappa; None without pairs, and where both said one and the same word throughout.

    The interval is Wilson's of the observed agreement, with the agreement expected by chance taken as known. The
    usual one (Fleiss, Cohen and Everitt, 1969) has width zero at perfect agreement and covers far less than it says
    near it; this one is wider than needed where the two say yes unequally often.
    ValueError for a negative count, and unless 0 < confidence < 1.
    Source: Cohen, Educ. Psychol. Meas. 20 (1960) 37: kappa, and chance taken as known; Wilson as in `wilson`.
    """
    (both, only_first), (only_second, neither) = table
    if min(both, only_first, only_second, neither) < 0:
        raise ValueError(f"A count is not negative: {table}")
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
    """Area under the ROC curve with a two-sided interval; None where good or bad answers are missing.

    The interval has no width of zero at an area of 1, where those of DeLong and of the bootstrap do.
    ValueError for NaN, and unless 0 < confidence < 1.
    Source: Hanley and McNeil, Radiology 143 (1982) 29, for the area; for the interval method 5 of Newcombe, Statist.
    Med. 25 (2006) 559: Hanley and McNeil's variance at the bound itself, with the mean of the two counts in it.
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
    """Return the points from no answer passed to all passed; empty where good or bad answers are missing.

    ValueError for NaN. Source: Fawcett, Pattern Recognit. Lett. 27 (2006) 861: equal scores are one step.
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
    """Return where the possible values end, by halving; `inside` where there is nothing between."""
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if is_possible(middle) else (middle, inside)
    return inside


def _sorted(scores: Sequence[float]) -> NDArray[np.float64]:
    if any(isnan(score) for score in scores):
        raise ValueError("NaN is no score.")
    return np.sort(np.asarray(scores, dtype=np.float64))
