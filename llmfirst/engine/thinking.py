"""What a model is told about its thinking, and how long it may think. Pure.

See docs/decisions/0021-seconds-to-think.md.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from llmfirst.events import Phase
from llmfirst.providers.base import Think, ThoughtLimit

# From the quietest on.
_LOUDNESS: Final[tuple[Think, ...]] = ("off", "low", "on", "medium", "high")
# In seconds of a 120 s answer, in which the first text of a section is promised after 20 s.
BRIEF: Final[Mapping[Phase, float]] = {"strategy": 1.0, "core": 5.0, "details": 2.0, "conclusion": 2.0}
"""For a model that thinks although nobody asked for it."""
WANTED: Final[Mapping[Phase, float]] = {**BRIEF, "core": 15.0}

NO_THOUGHT: Final = ThoughtLimit(tokens=1, seconds=0.0)
"""The least that a service which ends thoughts can be told."""


def quietest(can: Sequence[Think]) -> Think:
    """Return what makes a model think least; `can`: what it can be told."""
    return next((think for think in _LOUDNESS if think in can), "off")


def told(asked: Think, can: Sequence[Think]) -> Think | None:
    """Return what a model is told where this was asked for; None where it can be told nothing."""
    if not can or asked in can:
        return asked if can else None
    if asked in ("off", "auto"):
        return quietest(can)
    wanted: tuple[Think, ...] = ("on", "medium", "high", "low")
    return next((think for think in wanted if think in can), None)


def is_wanted(asked: Think) -> bool:
    """Return whether somebody asked for thinking."""
    return asked not in ("off", "auto")
