"""Means and paired differences: how far they move when the sample is drawn again. The caller hands in the chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from llmfirst.stats.proportions import Interval, tail
from llmfirst.stats.quantiles import least_sample

Comparison = Literal["better", "worse", "cannot tell"]
_BATCH: Final = 1_000
# Differences smaller than this, seen from the largest value, are rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Difference:
    """Mean of second less first, in the unit of both; the interval is None where the sample cannot give one."""

    mean: float
    interval: Interval | None
    clusters: int
    pairs: int

    def verdict(self, *, smaller_is_better: bool) -> Comparison:
        """Say what the second is, compared with the first; "cannot tell" unless the interval lies on one side of 0."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return "cannot tell"
        return "better" if (self.interval.high < 0) == smaller_is_better else "worse"


def mean_interval(
    values: Sequence[float], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 9999
) -> Interval | None:
    """Two-sided BCa bootstrap interval of the mean, in the unit of the values.

    None below six values (at 95 %): a bootstrap stays between the least and the greatest value, and fewer lie all on
    one side of the middle too often. It is somewhat narrow below some 20 values: print the count. None also for
    values that are all equal: the true spread is unknown then, and a width of zero would claim that there is none.
    ValueError where a value is not finite, and unless 0 < confidence < 1.
    Source: Efron, J. Am. Stat. Assoc. 82 (1987) 171, as `scipy.stats.bootstrap`.
    """
    sample = _finite(values)
    if len(sample) < least_sample(0.5, confidence) or not _differ(sample):
        return None
    from scipy.stats import bootstrap  # here, because it takes a second to load and the page does not need it

    drawn = bootstrap(
        (sample,), np.mean, confidence_level=confidence, n_resamples=resamples, method="BCa", batch=_BATCH, rng=rng
    )
    return Interval(float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def paired_difference(
    pairs_by_cluster: Mapping[str, Sequence[tuple[float, float]]],
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 9999,
) -> Difference | None:
    """Mean of second less first over all pairs, with a percentile bootstrap that draws whole clusters (questions).

    Clusters without pairs do not count; None when none has any. No interval below six clusters (at 95 %): fewer
    have differences of one sign by chance too often. No interval either where all clusters differ by the same. Like
    that of `mean_interval` it is somewhat narrow below some 20 clusters.
    ValueError where a value is not finite, and unless 0 < confidence < 1.
    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), on hierarchical data.
    """
    clusters = [_finite(pairs) for pairs in pairs_by_cluster.values() if pairs]
    least = least_sample(0.5, confidence)
    if not clusters:
        return None
    totals = np.array([float((pairs[:, 1] - pairs[:, 0]).sum()) for pairs in clusters])
    sizes = np.array([len(pairs) for pairs in clusters])
    interval = None
    if len(clusters) >= least and _differ(totals / sizes):
        drawn = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=resamples)
        means = (drawn @ totals) / (drawn @ sizes)
        low, high = np.quantile(means, [tail(confidence), 1 - tail(confidence)])
        interval = Interval(float(low), float(high))
    return Difference(float(totals.sum() / sizes.sum()), interval, len(clusters), int(sizes.sum()))


def _finite(values: Sequence[float] | Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if not np.isfinite(sample).all():
        raise ValueError("A mean needs finite values.")
    return sample


def _differ(sample: NDArray[np.float64]) -> bool:
    return bool(np.ptp(sample) > _ROUNDING * np.abs(sample).max())


def generator(seed: int) -> np.random.Generator:
    """Return the chance that the functions here are handed; the same seed draws the same."""
    return np.random.default_rng(seed)
