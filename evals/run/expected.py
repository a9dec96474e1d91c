"""How long an answer is expected to take. Pure."""

from collections.abc import Iterable
from statistics import fmean
from typing import Final

from evals.records.attempts import Attempt

_FIRST_ANSWER_SHARE: Final = 0.6  # of the deadline: what an answer is taken to need before one was measured


def expected_answer_seconds(attempts: Iterable[Attempt], deadline_seconds: float) -> float:
    """Return how long an answer takes: the mean of these, else a guess."""
    totals = [seconds for one in attempts if (seconds := one.timing.total_seconds) is not None]
    return fmean(totals) if totals else deadline_seconds * _FIRST_ANSWER_SHARE
