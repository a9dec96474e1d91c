"""Formats numbers in Korean and English. Pure."""

from math import inf

from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import Interval

_EXACT_BELOW_SECONDS = 9.995  # from here on, two decimals would round to 10.00


def share(value: float, language: Language) -> str:
    """Write a share (0 to 1) as per cent with one decimal; only exactly 0 and 1 become 0 % and 100 %."""
    return f"{_per_cent(value)}{texts_in(language).numbers.per_cent}"


def seconds(value: float, language: Language) -> str:
    """Write seconds with two decimals below ten and one above; inf becomes ∞."""
    return f"{_seconds(value)}{texts_in(language).numbers.second}"


def seconds_or_dash(value: float | None, language: Language) -> str:
    """Write seconds, or a dash for what was not measured."""
    return "–" if value is None else seconds(value, language)


def share_range(interval: Interval, language: Language) -> str:
    """Write an interval of shares as per cent."""
    texts = texts_in(language).numbers
    return f"{_per_cent(interval.low)}{texts.to}{_per_cent(interval.high)}{texts.per_cent}"


def seconds_range(interval: Interval, language: Language) -> str:
    """Write an interval of seconds."""
    texts = texts_in(language).numbers
    return f"{_seconds(interval.low)}{texts.to}{_seconds(interval.high)}{texts.second}"


def signed_range(low: float, high: float, language: Language) -> str:
    """Write the interval of a difference with signs and without a unit."""
    return f"{signed(low)}{texts_in(language).numbers.signed_to}{signed(high)}"


def signed(value: float) -> str:
    """Write a difference with one decimal and its sign; a difference that rounds to zero has no sign."""
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text


def whole(value: float, language: Language) -> str:
    """Write seconds with as many digits as given, for targets."""
    return f"{value:g}{texts_in(language).numbers.second}"


def size(value: int) -> str:
    """Write a number of bytes in GB or MB (powers of ten)."""
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def _per_cent(value: float) -> str:
    if value in (0.0, 1.0):
        return f"{100 * value:.0f}"
    return f"{min(99.9, max(0.1, 100 * value)):.1f}"


def _seconds(value: float) -> str:
    if value == inf:
        return "∞"
    return f"{value:.2f}" if abs(value) < _EXACT_BELOW_SECONDS else f"{value:.1f}"
