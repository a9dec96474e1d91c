"""The targets for speed and quality, in three tiers. The scorecard and the plots read them from here."""

from typing import Final, Literal

from llmfirst.values import Value


class Tier(Value):
    """The targets of one tier."""

    number: int
    """1 is the easiest tier, 3 the hardest."""

    first_text_seconds: float
    """The latest time of the first text."""

    total_seconds: float
    """The limit of the total time."""

    total_is: Literal["every answer", "mean"]
    """Whether every answer or only the mean must keep `total_seconds`."""

    quality: float
    """The least share of answers that must pass, 0 to 1."""


TIERS: Final = (
    Tier(number=1, first_text_seconds=5, total_seconds=120, total_is="every answer", quality=0.80),
    Tier(number=2, first_text_seconds=5, total_seconds=90, total_is="mean", quality=0.85),
    Tier(number=3, first_text_seconds=3, total_seconds=60, total_is="mean", quality=0.90),
)
