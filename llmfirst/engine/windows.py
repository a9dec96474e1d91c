"""The latest times of the phases, in seconds since admission. Pure: no clock of its own."""

from typing import Final

from llmfirst.events import Phase

# The latest ends of the phases of a 120 s answer; a shorter deadline shrinks them in proportion.
PHASE_ENDS: Final[dict[Phase, float]] = {"strategy": 5.0, "core": 30.0, "details": 60.0, "conclusion": 120.0}
WHOLE_SECONDS: Final = PHASE_ENDS["conclusion"]


def margin(deadline_seconds: float) -> float:
    """Return what the engine keeps back so that the end is out before the deadline: stopping a model takes time."""
    return min(2.5, deadline_seconds / 20)


def close_limit(deadline_seconds: float) -> float:
    """Return how long the engine waits for a stream to close before it leaves it behind, in seconds."""
    return min(1.0, margin(deadline_seconds) / 2)
