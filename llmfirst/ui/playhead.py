"""Where a replay is on its way through a run. Pure: the clock is an argument."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

from llmfirst.values import Span, Value

Speed = Literal["1", "4", "instant"]
_RATES: Final[dict[Speed, float]] = {"1": 1.0, "4": 4.0, "instant": math.inf}
"""How many seconds of the run pass in a second of the clock."""


class Command(Value):
    """What a visitor asks of a replay; None leaves it as it is."""

    seconds: Span | None = None
    """Where to go on, in seconds since submit."""

    speed: Speed | None = None
    is_playing: bool | None = None


@dataclass(frozen=True)
class Playhead:
    """The place of a replay, which moves with the clock while it is playing. Times are in seconds."""

    total_seconds: float
    speed: Speed = "1"
    is_playing: bool = True
    seconds: float = 0.0
    """Where it was at the instant `since`, counted from submit."""

    since: float = 0.0

    def at(self, now: float) -> float:
        """Return the place at an instant of the clock."""
        if not self.is_playing:
            return self.seconds
        if self.speed == "instant":
            return self.total_seconds
        return min(self.total_seconds, self.seconds + (now - self.since) * _RATES[self.speed])

    def is_moving(self, now: float) -> bool:
        return self.is_playing and self.at(now) < self.total_seconds

    def clock_seconds(self, run_seconds: float) -> float:
        """Return how long the clock runs until so much of the run is played."""
        return run_seconds / _RATES[self.speed]

    def told(self, command: Command, now: float) -> "Playhead":
        """Return the place after a command. Playing on at the end begins again; `instant` leads to the end at once."""
        speed = self.speed if command.speed is None else command.speed
        seconds = self.at(now) if command.seconds is None else min(command.seconds, self.total_seconds)
        is_playing = self.is_moving(now) if command.is_playing is None else command.is_playing
        if speed == "instant" and command.seconds is not None:
            is_playing = False
        elif command.speed == "instant":
            seconds = self.total_seconds
        elif command.is_playing and seconds >= self.total_seconds:
            seconds = 0.0
        return replace(self, speed=speed, is_playing=is_playing, seconds=seconds, since=now)
