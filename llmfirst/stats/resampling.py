"""Bootstrap intervals of means and of paired differences. The caller passes the random generator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from llmfirst.stats.proportions import Interval, tail
from llmfirst.stats.quantiles import least_sample

Comparison = Literal["better", "worse", "cannot tell"]
_BATCH: Final = 1_000
_ROUNDING: Final = 1e-9  # smaller differences, relative to the largest value, count as equal


@dataclass(frozen=True)
class Difference:
    """The mean of second minus first over all pairs, in their unit."""

    mean: float
    interval: Interval | None
    """None if the sample is too small, or all clusters differ by the same amount."""

    clusters: int
    pairs: int

    def verdict(self, *, smaller_is_better: bool) -> Comparison:
        """Say how the second compares with the first; "cannot tell" unless the interval excludes 0."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return "cannot tell"
        return "better" if (self.interval.high < 0) == smaller_is_better else "worse"


def mean_interval(
    values: Sequence[float], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 9999
) -> Interval | None:
    """Return a two-sided BCa bootstrap interval of the mean, in the unit of the values.

    None below six values (at 95 %): a bootstrap interval lies between the smallest and the largest value, and fewer
    values all lie on one side of the median too often. None also if all values are equal, because zero width would
    claim that there is no spread. The interval is somewhat too narrow below about 20 values, so print the count.

    Raises ValueError if a value is not finite, and unless 0 < confidence < 1.
    Source: Efron, J. Am. Stat. Assoc. 82 (1987) 171, as implemented by `scipy.stats.bootstrap`.
    """
    sample = _finite(values)
    if len(sample) < least_sample(0.5, confidence) or not _differ(sample):
        return None
    from scipy.stats import bootstrap  # imported here because it takes a second to load, and the page does not need it

    drawn = bootstrap(
        (sample,), np.mean, confidence_level=confidence, n_resamples=resamples, method="BCa", batch=_BATCH, rng=rng
    )
    found = drawn.confidence_interval
    # The mean of equal values can be rounded to a number just beside them.
    return Interval(max(float(found.low), float(np.min(sample))), min(float(found.high), float(np.max(sample))))


def paired_difference(
    pairs_by_cluster: Mapping[str, Sequence[tuple[float, float]]],
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 9999,
) -> Difference | None:
    """Return the mean of second minus first over all pairs, with a percentile bootstrap over clusters (questions).

    Clusters without pairs are ignored; None if there are no pairs. There is no interval below six clusters (at 95 %),
    which too often all have differences of the same sign by chance, nor if all clusters differ by the same amount. The
    interval is somewhat too narrow below about 20 clusters.

    Raises ValueError if a value is not finite, and unless 0 < confidence < 1.
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
        raise ValueError("All values must be finite.")
    return sample


def _differ(sample: NDArray[np.float64]) -> bool:
    return bool(np.ptp(sample) > _ROUNDING * np.abs(sample).max())


def generator(seed: int) -> np.random.Generator:
    """Return a random generator for the functions of this module; the same seed gives the same intervals."""
    return np.random.default_rng(seed)
