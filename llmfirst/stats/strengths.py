"""How strong each of several is, from contests of two: Bradley and Terry's model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llmfirst.stats.proportions import Interval, tail
from llmfirst.stats.quantiles import least_sample

_STEPS: Final = 2_000
_CLOSE: Final = 1e-9  # relative change of a strength in one step


@dataclass(frozen=True)
class Contest:
    """Two met; `share` is what the first won: 1, 0.5 for a tie, or 0. Those of one `cluster` are of one question."""

    first: str
    second: str
    share: float
    cluster: str


@dataclass(frozen=True)
class Strength:
    """`value`: log-odds (natural logarithm) of winning against one of mean strength; None where too few clusters."""

    name: str
    value: float
    interval: Interval | None
    contests: int


def bradley_terry(
    contests: Sequence[Contest], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 999
) -> tuple[Strength, ...]:
    """Return the strengths, the greatest first; ties count as half a win each.

    Each one is given half a win and half a loss against one of mean strength besides, so that who won or lost
    everything has a finite strength. The interval is a percentile bootstrap that draws whole clusters (questions);
    there is none below six clusters (at 95 %).
    ValueError for a share outside 0 to 1, for a contest with oneself, and unless 0 < confidence < 1.
    Source: Bradley and Terry, Biometrika 39 (1952) 324; the iteration of Hunter, Ann. Statist. 32 (2004) 384.
    """
    wrong = next((one for one in contests if not 0 <= one.share <= 1 or one.first == one.second), None)
    if wrong is not None:
        raise ValueError(f"No contest of two: {wrong}")
    names = list(dict.fromkeys(name for one in contests for name in (one.first, one.second)))
    clusters = list(dict.fromkeys(one.cluster for one in contests))
    wins = np.zeros((len(clusters), len(names), len(names)))
    for one in contests:
        first, second, cluster = names.index(one.first), names.index(one.second), clusters.index(one.cluster)
        wins[cluster, first, second] += one.share
        wins[cluster, second, first] += 1 - one.share
    edge = tail(confidence)
    if not names:
        return ()
    values = _fitted(wins.sum(axis=0)[np.newaxis])[0]
    ends: list[Interval | None] = [None] * len(names)
    if len(clusters) >= least_sample(0.5, confidence):
        drawn = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=resamples)
        low, high = np.quantile(_fitted(np.tensordot(drawn, wins, axes=1)), [edge, 1 - edge], axis=0)
        ends = [Interval(float(one), float(other)) for one, other in zip(low, high, strict=True)]
    met = [sum(name in (one.first, one.second) for one in contests) for name in names]
    found = [Strength(*one) for one in zip(names, map(float, values), ends, met, strict=True)]
    return tuple(sorted(found, key=lambda one: -one.value))


def _fitted(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the strengths of samples; `wins` has shape (samples, names, names), the result (samples, names)."""
    games = wins + wins.swapaxes(1, 2)
    won = wins.sum(axis=2) + 0.5
    strengths = np.ones(won.shape)
    for _ in range(_STEPS):
        expected = (games / (strengths[:, :, np.newaxis] + strengths[:, np.newaxis, :])).sum(axis=2)
        found = won / (expected + 1 / (strengths + 1))
        is_settled = bool(np.all(np.abs(found - strengths) <= _CLOSE * strengths))
        strengths = found
        if is_settled:
            break
    logs = np.log(strengths)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))
