"""Figures as they are written in Korean and English: one form everywhere. Pure."""

from math import inf

from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import Interval

_EXACT_BELOW_SECONDS = 9.995  # what rounds to 10.00 has one decimal, like all above


def share(value: float, language: Language) -> str:
    """Write a share as per cent; only a whole share is ever 100 %, and only none of it is 0 %."""
    return f"{_per_cent(value)}{texts_in(language).numbers.per_cent}"


def seconds(value: float, language: Language) -> str:
    """Write seconds, with two decimals below ten; ∞ is an answer that never ended."""
    return f"{_seconds(value)}{texts_in(language).numbers.second}"


def share_range(interval: Interval, language: Language) -> str:
    texts = texts_in(language).numbers
    return f"{_per_cent(interval.low)}{texts.to}{_per_cent(interval.high)}{texts.per_cent}"


def seconds_range(interval: Interval, language: Language) -> str:
    texts = texts_in(language).numbers
    return f"{_seconds(interval.low)}{texts.to}{_seconds(interval.high)}{texts.second}"


def signed_range(low: float, high: float, language: Language) -> str:
    """Write both ends of a difference with their signs, in the unit of the figure before it."""
    return f"{signed(low)}{texts_in(language).numbers.signed_to}{signed(high)}"


def signed(value: float) -> str:
    """Write a difference with its sign; what rounds to nothing has none."""
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text


def whole(value: float, language: Language) -> str:
    """Write a target in seconds as it was set."""
    return f"{value:g}{texts_in(language).numbers.second}"


def size(value: int) -> str:
    """Write bytes in GB or MB (powers of ten)."""
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def _per_cent(value: float) -> str:
    if value in (0.0, 1.0):
        return f"{100 * value:.0f}"
    return f"{min(99.9, max(0.1, 100 * value)):.1f}"


def _seconds(value: float) -> str:
    if value == inf:
        return "∞"
    return f"{value:.2f}" if abs(value) < _EXACT_BELOW_SECONDS else f"{value:.1f}"
