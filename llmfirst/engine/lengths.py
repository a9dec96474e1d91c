"""The lengths of the sections, in tokens."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from llmfirst.events import Phase

_TOKENS_PER_SENTENCE: Final = 25


class Length(NamedTuple):
    """The length of one section."""

    block: int
    """After this many tokens, the section ends with the next whole block."""
    prose: int | None
    """After this many tokens, it may also end with a sentence outside lists and quotes; None: never."""
    most: int
    """The maximum."""

    @property
    def usual(self) -> int:
        """The length to ask for in a prompt."""
        return self.block if self.prose is None else self.prose

    def at_most(self, tokens: int) -> "Length":
        """Return the length with a lower maximum."""
        prose = None if self.prose is None else min(self.prose, tokens)
        return Length(min(self.block, tokens), prose, min(self.most, tokens))


def sentences(tokens: float) -> int:
    """Convert a number of tokens to sentences, because a model can count sentences."""
    return max(2, round(tokens / _TOKENS_PER_SENTENCE))


Lengths = Mapping[Phase, Length]

STRATEGY: Final = Length(80, None, 80)
# For one reply to a message that asks for the core first and then for its explanation, and one call for the conclusion.
ANSWER_FIRST: Final[Lengths] = {
    "strategy": STRATEGY,
    "core": Length(20, 60, 300),
    "details": Length(320, None, 440),
    "conclusion": Length(60, 60, 160),
}
WORKED_OUT: Final = Length(300, None, 400)  # a core that works a result out and then states it
# For one call per section.
ASKED: Final[Lengths] = {
    "strategy": STRATEGY,
    "core": Length(140, None, 320),
    "details": Length(180, None, 360),
    "conclusion": Length(260, None, 400),
}
# For one reply that fills all sections. The sections end early enough that a plain answer of the embedded model reaches
# the third one: of 64 answers (median 335 tokens) 59 did, and the others reached the second (docs/decisions/0015).
GROWING: Final[Lengths] = {
    "strategy": STRATEGY,
    "core": Length(20, 30, 300),
    "details": Length(50, 80, 340),
    "conclusion": Length(320, None, 440),
}
