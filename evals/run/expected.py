"""How much an evaluation asks for, and how long that is expected to take. Pure."""

from collections.abc import Iterable
from statistics import fmean
from typing import Final

from evals.calibration.answers import judged_languages
from evals.calibration.canaries import canary_questions
from evals.judge.questions import questions_about
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.suite.cases import Case

_FIRST_ANSWER_SHARE: Final = 0.6  # of the deadline: what an answer is taken to need before one was measured


def expected_answer_seconds(attempts: Iterable[Attempt], deadline_seconds: float) -> float:
    """Return how long an answer takes: the mean of these, else a guess."""
    totals = [one.timing.total_seconds for one in attempts if one.timing.total_seconds is not None]
    return fmean(totals) if totals else deadline_seconds * _FIRST_ANSWER_SHARE


def judge_questions_needed(evaluation: Evaluation) -> int:
    """Return how often the judge will be asked at most, its own anchors included."""
    answers = len(evaluation.models) * evaluation.repeats
    canaries = len(canary_questions(judged_languages(evaluation.suite)))
    return sum(judge_questions_of(case, answers) for case in evaluation.suite.cases) + canaries


def judge_questions_of(case: Case, answers: int) -> int:
    """Return how often the judge is asked about so many answers to an item."""
    return sum(1 for _ in questions_about(case, [""] * answers)) if case.is_judged else 0
