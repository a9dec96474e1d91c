"""How long work will take: expected from what was measured, with its range. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

_RANGE_SDS: Final = 1.645  # 90 % of a normal distribution lie within so many standard deviations
_GUESS_SPREAD: Final = 0.5
"""The standard deviation of a guess as a share of it, until something was measured."""
_LEAST: Final = 0.25
"""What is left takes at least this share of what is expected: a measured time is never 0."""


@dataclass(frozen=True)
class Expected:
    """The time that independent pieces of work are expected to take together."""

    seconds: float = 0.0
    variance: float = 0.0

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(self.seconds + other.seconds, self.variance + other.variance)

    def shared_by(self, workers: int) -> "Expected":
        """Return the time if so many work at the same time."""
        return Expected(self.seconds / workers, self.variance / workers**2)

    @property
    def range(self) -> tuple[float, float]:
        """Between which seconds it will lie in nine of ten cases."""
        around = _RANGE_SDS * sqrt(self.variance)
        return max(self.seconds * _LEAST, self.seconds - around), self.seconds + around


@dataclass(frozen=True)
class Guess:
    """What one piece is expected to take before any was measured."""

    seconds: float
    weight: float = 1.0
    """For how many measured pieces it counts at first; each measured one makes it count less."""


def guess_from(earlier: Sequence[float], otherwise: float) -> Guess:
    """Return the mean of earlier pieces as a guess; `otherwise` if there are none."""
    return Guess(fmean(earlier), weight=min(12.0, len(earlier))) if earlier else Guess(otherwise)


def time_of(left: int, measured: Iterable[float], guess: Guess) -> Expected:
    """Return the time of so many pieces, from those that were measured and a guess that fades with each of them."""
    seconds = list(measured)
    if left <= 0:
        return Expected()
    count = len(seconds)
    weight = guess.weight / (1 + count) ** 2
    total = weight + count
    mean = (weight * guess.seconds + sum(seconds)) / total
    spread = (weight * (guess.seconds - mean) ** 2 + sum((one - mean) ** 2 for one in seconds)) / total
    spread = max(spread, (_GUESS_SPREAD * mean) ** 2 / (guess.weight + count))
    # Each piece varies, and the mean of all is itself known from a few pieces only.
    return Expected(left * mean, left * spread + left**2 * spread / (guess.weight + count))
