"""The time windows of the phases, in seconds since admission. Pure."""

from typing import Final

from llmfirst.events import Phase

# When the phases of a 120 s answer end; with a shorter deadline they shrink in proportion.
PHASE_ENDS: Final[dict[Phase, float]] = {"strategy": 5.0, "core": 30.0, "details": 60.0, "conclusion": 120.0}
WHOLE_SECONDS: Final = PHASE_ENDS["conclusion"]


def margin(deadline_seconds: float) -> float:
    """Return how many seconds before the deadline an answer must end, because stopping a model takes time."""
    return min(2.5, deadline_seconds / 20)


def close_limit(deadline_seconds: float) -> float:
    """Return how many seconds the engine waits for a stream to close before it is left behind."""
    return min(1.0, margin(deadline_seconds) / 2)
