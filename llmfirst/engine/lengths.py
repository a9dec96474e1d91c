"""How long a section is, in tokens: from when on it ends, where it ends, and its limit. Values only."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from llmfirst.events import Phase

_TOKENS_PER_SENTENCE: Final = 25


class Length(NamedTuple):
    """The length of one section."""

    block: int
    """From so many tokens on it ends with the next whole block."""
    prose: int | None
    """From so many tokens on it also ends with a sentence outside lists and quotations; None: it does not."""
    most: int
    """Its limit."""

    @property
    def usual(self) -> int:
        """Return how many tokens the section is asked for, where it is asked for a length."""
        return self.block if self.prose is None else self.prose


def sentences(tokens: float) -> int:
    """Return a length in the unit that a model can count."""
    return max(2, round(tokens / _TOKENS_PER_SENTENCE))


Lengths = Mapping[Phase, Length]

STRATEGY: Final = Length(80, None, 80)
# Each section is asked for by itself.
ASKED: Final[Lengths] = {
    "strategy": STRATEGY,
    "core": Length(140, None, 320),
    "details": Length(180, None, 360),
    "conclusion": Length(260, None, 400),
}
# One reply fills all sections. Early enough that a plain answer of the embedded model reaches the third one: of 64
# (335 tokens in the median) 59 do, and all others the second (docs/decisions/0015).
GROWING: Final[Lengths] = {
    "strategy": STRATEGY,
    "core": Length(20, 30, 300),
    "details": Length(50, 80, 340),
    "conclusion": Length(320, None, 440),
}
