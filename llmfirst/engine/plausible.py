"""Whether our own clock and our own count allow what a service says about a call. Pure."""

from typing import Final

from llmfirst.engine.rates import LEAST_TOKEN_SECONDS
from llmfirst.providers.base import Timings, Usage

_CLOCK_SHARE: Final = 1.05  # two clocks never agree
_CLOCK_SECONDS: Final = 0.25
_SPARE_TOKENS: Final = 16  # the marks around a reply may be counted or not


def usage_holds(usage: Usage, max_tokens: int, pieces: int) -> bool:
    """Return whether a call that may write `max_tokens` tokens can have this usage after so many pieces of text."""
    return usage.completion_tokens <= max(max_tokens, pieces) + _SPARE_TOKENS


def timings_hold(timings: Timings, first_seconds: float, seconds: float) -> bool:
    """Return whether a call can have these timings `seconds` after it was sent; its text began after `first_seconds`.

    A service may wait before it reads, so it cannot be too fast for our clock, only too slow.
    """
    before_text = (timings.load_seconds or 0.0) + (timings.prefill_seconds or 0.0)
    return _fits(before_text, first_seconds) and _fits(timings.decode_seconds or 0.0, seconds)


def reading_holds(timings: Timings, usage: Usage | None) -> bool:
    """Return whether a machine can read the tokens that were not cached so fast; without counts there is no saying."""
    if usage is None or usage.cached_tokens is None or timings.prefill_seconds is None:
        return True
    return timings.prefill_seconds >= (usage.prompt_tokens - usage.cached_tokens) * LEAST_TOKEN_SECONDS


def _fits(told: float, measured: float) -> bool:
    return told <= measured * _CLOCK_SHARE + _CLOCK_SECONDS
