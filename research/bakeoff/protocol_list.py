"""Every protocol of the bake-off by its name, in the order in which a round asks them."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from research.bakeoff.chosen import (
    agreement,
    begun_well,
    in_language,
    kind_twice,
    openings,
    openings_checked,
    stepwise,
)
from research.bakeoff.grown import (
    analogy,
    cool,
    cool_twice,
    draft,
    exact,
    grown,
    language_line,
    own_system,
    panels,
    plain,
    restated,
    three_calls,
    twice,
)
from research.bakeoff.reviewed import barrier, barrier_pick, by_kind, next_turn, own_end, parts, supplement
from research.bakeoff.talk import Talk

Protocol = Callable[[Talk], Coroutine[Any, Any, None]]

PLAIN: Final = "plain"
# A round that is cut short has the first ones: those that cost little or that promise most.
_IN_ORDER: Final[tuple[Protocol, ...]] = (
    plain,
    panels,
    twice,
    next_turn,
    cool_twice,
    supplement,
    barrier_pick,
    exact,
    kind_twice,
    begun_well,
    in_language,
    agreement,
    own_system,
    analogy,
    parts,
    own_end,
    cool,
    by_kind,
    openings_checked,
    grown,
    language_line,
    restated,
    barrier,
    openings,
    three_calls,
    draft,
    stepwise,
)
PROTOCOLS: Final[dict[str, Protocol]] = {each.__name__: each for each in _IN_ORDER}


def idea(name: str) -> str:
    """Return what a protocol does, in one line."""
    return " ".join((PROTOCOLS[name].__doc__ or "").split())
