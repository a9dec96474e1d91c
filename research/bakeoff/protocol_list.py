"""All protocols of the bake-off by name, in the order in which a round makes them."""

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
from research.bakeoff.pyramid import (
    answer_first,
    asked,
    asked_again,
    asked_brief,
    core_grows,
    core_grows_in_full,
    grown_on,
    note,
    one_message,
    planned,
    prose,
    short_answers,
    tagged,
    tagged_sums,
    then_explain,
    three_in_one,
)
from research.bakeoff.reviewed import barrier, barrier_pick, by_kind, next_turn, own_end, parts, supplement
from research.bakeoff.talk import Talk

Protocol = Callable[[Talk], Coroutine[Any, Any, None]]

PLAIN: Final = "plain"
# The cheap and the most promising ones come first, because a round may be cut short.
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
    asked,
    note,
    tagged,
    tagged_sums,
    short_answers,
    asked_again,
    grown_on,
    planned,
    asked_brief,
    core_grows,
    core_grows_in_full,
    three_in_one,
    prose,
    one_message,
    then_explain,
    answer_first,
)
PROTOCOLS: Final[dict[str, Protocol]] = {each.__name__: each for each in _IN_ORDER}


def idea(name: str) -> str:
    """Return the docstring of a protocol in one line."""
    return " ".join((PROTOCOLS[name].__doc__ or "").split())
