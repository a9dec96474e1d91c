"""How many slots keep the targets for so many users: a simulated line before slots that are all alike."""

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TARGET_SHARE: Final = 0.999
FIRST_TEXT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 120.0
_ARRIVALS: Final = 60_000
_WARM_UP: Final = 5_000


@dataclass(frozen=True)
class Service:
    """One answer, as it was measured without anybody else: seconds to its first text, and to its end."""

    first_text: float
    total: float


@dataclass(frozen=True)
class Load:
    """What users do: how many there are, and how long each waits from question to question, in seconds."""

    users: int
    seconds_between: float

    @property
    def per_second(self) -> float:
        return self.users / self.seconds_between


def share_in_target(load: Load, slots: int, services: Sequence[Service], seed: int = 0) -> float:
    """Return the share of answers with their first text and their end in time.

    Questions arrive by a Poisson process, wait in one line, and take a measured time in the first free slot (M/G/c,
    first come, first served).
    """
    chance = random.Random(seed)
    free = [0.0] * slots
    at, met = 0.0, 0
    for number in range(_WARM_UP + _ARRIVALS):
        at += chance.expovariate(load.per_second)
        service = chance.choice(services)
        begin = max(at, free[0])
        heapq.heapreplace(free, begin + service.total)
        waited = begin - at
        is_met = waited + service.first_text <= FIRST_TEXT_SECONDS and waited + service.total <= TOTAL_SECONDS
        met += is_met and number >= _WARM_UP
    return met / _ARRIVALS


def slots_needed(load: Load, services: Sequence[Service]) -> int | None:
    """Return the fewest slots that keep the targets; None if the answers themselves are too slow."""
    alone = sum(one.first_text <= FIRST_TEXT_SECONDS and one.total <= TOTAL_SECONDS for one in services)
    if alone < TARGET_SHARE * len(services):
        return None
    mean = sum(one.total for one in services) / len(services)
    low, high = 0, max(1, round(load.per_second * mean))
    while share_in_target(load, high, services) < TARGET_SHARE:
        low, high = high, high + max(1, high // 4)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if share_in_target(load, middle, services) >= TARGET_SHARE else (middle, high)
    return high
