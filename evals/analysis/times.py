"""Reads the times of an attempt as the targets count them: a failure is infinitely late. Pure."""

from math import inf

from evals.records.attempts import Attempt
from llmfirst import Tier


def is_cold(attempt: Attempt) -> bool:
    """Return whether an answer is left out of the times because it waited for its model to load; failures never are."""
    return attempt.was_cold and not attempt.is_error


def is_on_time(attempt: Attempt, tier: Tier) -> bool:
    """Return whether first text and end came within the times of a tier."""
    return first_text(attempt) <= tier.first_text_seconds and total(attempt) <= tier.total_seconds


def first_text(attempt: Attempt) -> float:
    """Return the time of the first text in seconds since submission; inf for a failure."""
    first = attempt.timing.first_text_seconds
    return inf if first is None or attempt.is_error else first


def first_token(attempt: Attempt) -> float:
    """Return the time of the first token of any kind in seconds since submission; inf if unknown or for a failure."""
    first = attempt.timing.first_token_seconds
    return inf if first is None or attempt.is_error else first


def total(attempt: Attempt) -> float:
    """Return the time of the end in seconds since submission; inf for a failure."""
    end = attempt.timing.total_seconds
    return inf if end is None or attempt.is_error else end
