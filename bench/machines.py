"""Synthetic machines for the simulation: the time of each token, and the sentence lengths of an imaginary model."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

DECODES: Final = (0.2, 0.3, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0, 10.0, 30.0, 100.0, 200.0)
PREFILLS: Final = (10.0, 30.0, 100.0, 1000.0, 5000.0)
CHARACTERS_PER_TOKEN: Final = 4.0


EndedBy = Literal["clock", "count", "asking", "nobody"]
"""Who ends a long thought: the service by the clock or by its tokens, we by asking without it, or nobody."""


@dataclass(frozen=True)
class Machine:
    """The machine of one run. Times are in seconds since admission, for a deadline of 120 s."""

    decode: float
    """Tokens per second."""

    prefill: float
    """Prompt tokens per second."""

    is_cached: bool = True
    """Whether the service caches the beginning of a prompt that it has read before."""

    overhead: tuple[float, float] = (0.05, 0.2)
    """The range of the additional time before the first token of a call."""

    bursts: float = 0.0
    """Ten times the probability per token that a slow burst begins."""

    drop_to: float = 1.0
    """The share of the speed that is left after 60 s."""

    second_user: float | None = None
    """When a second user begins to take half of the speed."""

    stalls: tuple[float, ...] = ()
    """When stalls of 2 to 8 s begin."""

    cold_seconds: float = 0.0
    """The additional time before the first token of the run."""

    prompt_tokens: int = 120
    wants: tuple[int, int] = (40, 600)
    """The range of the tokens that the model wants to write in one call."""

    thought: float = 0.0
    """The tokens that the model thinks before each text, unless it is told not to."""

    ended_by: EndedBy = "clock"
    probe: float | None = None
    """The speed that was measured before, relative to the real one; None if there was no measurement."""


Variant = Callable[[Machine, random.Random], Machine]
VARIANTS: Final[dict[str, Variant]] = {
    "steady": lambda machine, _: machine,
    "no prefix cache": lambda machine, _: replace(machine, is_cached=False),
    "long question": lambda machine, chance: replace(machine, prompt_tokens=chance.randint(400, 1500)),
    "bursts x1.5 to 4": lambda machine, _: replace(machine, bursts=0.25),
    "thermal drop to half": lambda machine, _: replace(machine, drop_to=0.5),
    "second user half-way": lambda machine, chance: replace(machine, second_user=chance.uniform(15, 75)),
    "verbose": lambda machine, _: replace(machine, wants=(2000, 4000)),
    "terse": lambda machine, _: replace(machine, wants=(8, 40)),
    "stalls of 2 to 8 s": lambda machine, chance: replace(
        machine, stalls=tuple(sorted(chance.uniform(0, 115) for _ in range(3)))
    ),
    "cold start": lambda machine, chance: replace(machine, cold_seconds=chance.uniform(2, 15)),
    "probe 2.5 x too fast": lambda machine, _: replace(machine, probe=2.5),
    "probe 2.5 x too slow": lambda machine, _: replace(machine, probe=0.4),
    "thinks for 5 to 60 tokens, ended by the clock": lambda machine, chance: _thinking(machine, chance, 5, 60, "clock"),
    "thinks for 5 to 60 tokens, ended by nobody": lambda machine, chance: _thinking(machine, chance, 5, 60, "nobody"),
    "thinks for 300 to 3000 tokens, ended by the clock": lambda machine, chance: _thinking(
        machine, chance, 300, 3000, "clock"
    ),
    "thinks for 300 to 3000 tokens, ended by nobody": lambda machine, chance: _thinking(
        machine, chance, 300, 3000, "nobody"
    ),
    "thinks without end, ended by the clock": lambda machine, _: replace(machine, thought=math.inf),
    "thinks without end, ended by its tokens": lambda machine, _: replace(machine, thought=math.inf, ended_by="count"),
    "thinks without end, ended by asking without it": lambda machine, _: replace(
        machine, thought=math.inf, ended_by="asking"
    ),
    "every call takes 6 to 15 s before its first token": lambda machine, _: replace(
        machine, overhead=(6.0, 15.0), prefill=max(machine.prefill, 100.0)
    ),
}


# No whole answer is promised on these.
WITHOUT_PROMISE: Final[dict[str, Variant]] = {
    "thinks without end, ended by nobody": lambda machine, _: replace(machine, thought=math.inf, ended_by="nobody"),
}


def _thinking(machine: Machine, chance: random.Random, least: int, most: int, ended_by: EndedBy) -> Machine:
    return replace(machine, thought=chance.randint(least, most), ended_by=ended_by)


class World:
    """One machine at work. It returns how long the next token takes."""

    def __init__(self, machine: Machine, chance: random.Random, deadline: float) -> None:
        self.machine = machine
        self._chance = chance
        self._noise = 0.0
        self._scale = deadline / 120
        self._burst_until, self._burst = -1.0, 1.0
        self._stalls = [at * self._scale for at in machine.stalls]

    def slowness(self, at: float) -> float:
        """Return the factor by which everything is slower at this time."""
        machine = self.machine
        factor = 1.0
        if machine.drop_to < 1:
            factor /= max(machine.drop_to, 1 - (1 - machine.drop_to) * at / (60 * self._scale))
        if machine.second_user is not None and at >= machine.second_user * self._scale:
            factor *= 2
        if machine.bursts:
            if at > self._burst_until + 8 * self._scale and self._chance.random() < machine.bursts / 10:
                self._burst, self._burst_until = self._chance.uniform(1.5, 4), at + self._chance.uniform(2, 8)
            factor *= self._burst if at < self._burst_until else 1.0
        return factor

    def token(self, at: float) -> float:
        """Return the seconds until the next token."""
        self._noise = 0.8 * self._noise + self._chance.gauss(0, 0.06)
        seconds = self.slowness(at) / (self.machine.decode / self._scale) * math.exp(self._noise)
        if self._stalls and at >= self._stalls[0]:
            self._stalls.pop(0)
            seconds += self._chance.uniform(2, 8) * self._scale
        return seconds

    def first(self, at: float, prompt_tokens: int, known_tokens: int, *, is_first: bool) -> float:
        """Return the seconds until the first token of a call."""
        new = prompt_tokens if is_first or not self.machine.is_cached else max(4, prompt_tokens - known_tokens)
        reading = new / (self.machine.prefill / self._scale) * self.slowness(at)
        overhead = self._chance.uniform(*self.machine.overhead) * self._scale
        return overhead + reading + (self.machine.cold_seconds * self._scale if is_first else 0.0) + self.token(at)


def sentence(chance: random.Random) -> tuple[int, int]:
    """Return the tokens of a random sentence (log-normal, median 14, 4 to 36) and the sentences left in its block."""
    return max(4, min(36, round(chance.lognormvariate(math.log(14), 0.5)))), chance.randint(0, 3)


def next_sentence(before: tuple[int, int], chance: random.Random) -> tuple[int, int]:
    tokens, left = sentence(chance)
    return tokens, before[1] - 1 if before[1] > 0 else left
