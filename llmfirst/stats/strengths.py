"""Strengths of several competitors from pairwise contests: the Bradley-Terry model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llmfirst.stats.proportions import Interval, tail
from llmfirst.stats.quantiles import least_sample

_STEPS: Final = 2_000
_TOLERANCE: Final = 1e-9  # relative change of a strength in one step
_NO_WIDTH: Final = 1e-6  # of an interval: resamples that differ by the rounding of the iteration only


@dataclass(frozen=True)
class Contest:
    """The result of one contest between two competitors."""

    first: str
    second: str
    share: float
    """What the first one won: 1, 0.5 for a tie, or 0."""

    cluster: str
    """Contests about the same question have the same cluster."""


@dataclass(frozen=True)
class Strength:
    """The strength of one competitor."""

    name: str
    value: float
    """The log-odds (natural logarithm) of winning against a competitor of mean strength."""

    interval: Interval | None
    """None if there are too few clusters, or if all of them say the same."""

    contests: int


def bradley_terry(
    contests: Sequence[Contest], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 999
) -> tuple[Strength, ...]:
    """Return the strengths in descending order; a tie counts as half a win for each side.

    Every competitor also gets half a win and half a loss against a competitor of mean strength, so that one who won or
    lost every contest has a finite strength. The interval is a percentile bootstrap over whole clusters (questions);
    there is none below six clusters (at 95 %), nor if all clusters say the same, because zero width would claim that
    nothing else is possible.

    Raises ValueError for a share outside 0 to 1, for a contest of one with itself, and unless 0 < confidence < 1.
    Source: Bradley and Terry, Biometrika 39 (1952) 324; the iteration of Hunter, Ann. Statist. 32 (2004) 384.
    """
    invalid = next((each for each in contests if not 0 <= each.share <= 1 or each.first == each.second), None)
    if invalid is not None:
        raise ValueError(f"A contest needs two different names and a share between 0 and 1: {invalid}")
    names = list(dict.fromkeys(name for contest in contests for name in (contest.first, contest.second)))
    clusters = list(dict.fromkeys(contest.cluster for contest in contests))
    wins = np.zeros((len(clusters), len(names), len(names)))
    for contest in contests:
        first, second = names.index(contest.first), names.index(contest.second)
        cluster = clusters.index(contest.cluster)
        wins[cluster, first, second] += contest.share
        wins[cluster, second, first] += 1 - contest.share
    edge = tail(confidence)
    if not names:
        return ()
    values = _fitted(wins.sum(axis=0)[np.newaxis])[0]
    ends: list[Interval | None] = [None] * len(names)
    if len(clusters) >= least_sample(0.5, confidence):
        drawn = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=resamples)
        low, high = np.quantile(_fitted(np.tensordot(drawn, wins, axes=1)), [edge, 1 - edge], axis=0)
        ends = [
            None if end - start < _NO_WIDTH else Interval(float(start), float(end))
            for start, end in zip(low, high, strict=True)
        ]
    counts = [sum(name in (contest.first, contest.second) for contest in contests) for name in names]
    strengths = [Strength(*fields) for fields in zip(names, map(float, values), ends, counts, strict=True)]
    return tuple(sorted(strengths, key=lambda strength: -strength.value))


def _fitted(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit the strengths of each sample; `wins` has shape (samples, names, names), the result (samples, names)."""
    games = wins + wins.swapaxes(1, 2)
    won = wins.sum(axis=2) + 0.5
    strengths = np.ones(won.shape)
    for _ in range(_STEPS):
        expected = (games / (strengths[:, :, np.newaxis] + strengths[:, np.newaxis, :])).sum(axis=2)
        updated = won / (expected + 1 / (strengths + 1))
        has_converged = bool(np.all(np.abs(updated - strengths) <= _TOLERANCE * strengths))
        strengths = updated
        if has_converged:
            break
    logs = np.log(strengths)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))
