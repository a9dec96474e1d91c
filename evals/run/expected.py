"""Estimates how long an answer takes. Pure."""

from collections.abc import Iterable
from statistics import fmean
from typing import Final

from evals.records.attempts import Attempt

_FIRST_ANSWER_SHARE: Final = 0.6  # of the deadline: the guess until an answer was measured


def expected_answer_seconds(attempts: Iterable[Attempt], deadline_seconds: float) -> float:
    """Return the mean duration of these attempts or, if there are none, a guess; in seconds."""
    totals = [seconds for attempt in attempts if (seconds := attempt.timing.total_seconds) is not None]
    return fmean(totals) if totals else deadline_seconds * _FIRST_ANSWER_SHARE
