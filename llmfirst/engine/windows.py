"""The latest times of the phases, in seconds since admission. Pure: no clock of its own."""

from typing import Final

from llmfirst.events import Phase

# Design, section 1: the windows of a 120 s answer; a shorter deadline shrinks them in proportion.
PHASE_ENDS: Final[dict[Phase, float]] = {"strategy": 5.0, "core": 30.0, "details": 60.0, "conclusion": 120.0}
_STARTS: Final[dict[Phase, float]] = {"strategy": 0.0, "core": 5.0, "details": 30.0, "conclusion": 60.0}
WHOLE_SECONDS: Final = PHASE_ENDS["conclusion"]


def margin(deadline_seconds: float) -> float:
    """Return what the engine keeps back so that the end is out before the deadline: stopping a model takes time."""
    return min(2.5, deadline_seconds / 20)


def window_end(phase: Phase, deadline_seconds: float, first_text: float | None) -> float | None:
    """Return when `phase` must end, or None while it may go on waiting for its first text.

    The strategy ends at its window's end whether it has text or not. A section that has text ends there too;
    one that came late gets its share of what is left, so that the sections after it keep theirs.
    """
    scale = deadline_seconds / WHOLE_SECONDS
    end = min(PHASE_ENDS[phase] * scale, deadline_seconds - margin(deadline_seconds))
    if phase == "strategy":
        return end
    if first_text is None:
        return None
    left = deadline_seconds - margin(deadline_seconds) - first_text
    share = (PHASE_ENDS[phase] - _STARTS[phase]) / (WHOLE_SECONDS - _STARTS[phase])
    return max(end, first_text + left * share)
