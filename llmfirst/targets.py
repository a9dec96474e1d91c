"""The targets, in one place: seconds and shares, by tier (design, section 1)."""

from typing import Final, Literal

from llmfirst.values import Value


class Tier(Value):
    """What one tier asks for; `quality` is a share of passed criteria."""

    number: int
    first_text_seconds: float
    total_seconds: float
    total_is: Literal["every answer", "mean"]
    quality: float


TIERS: Final = (
    Tier(number=1, first_text_seconds=5, total_seconds=120, total_is="every answer", quality=0.80),
    Tier(number=2, first_text_seconds=5, total_seconds=90, total_is="mean", quality=0.85),
    Tier(number=3, first_text_seconds=3, total_seconds=60, total_is="mean", quality=0.90),
)
