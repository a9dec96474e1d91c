"""Answers of two models and their evaluation, made by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, Scored, Verdict
from evals.records.attempts import Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation, Trial
from evals.suite.cases import Case, Criterion, Suite
from evals.suite.checks import CheckResult
from tests.evals.figures import WARM_ANSWER, made_timing
from tests.evals.made import MACHINE

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TARGETS = (EvaluatedModel(provider="ollama", model="one"), EvaluatedModel(provider="embedded", model="two"))
ONE, TWO = (target.key for target in TARGETS)
MEASURED: dict[str, Any] = {
    **WARM_ANSWER,
    "phases": {"strategy": 5.0, "core": 43.0},
    "phase_first_text": {"strategy": 1.5, "core": 0.6},
}
PASSED = Scored(passed=True, score=2.0, good_anchor=3.0, bad_anchor=-3.0)
CASE = Case(
    id="ko-business-01",
    question="왜?",
    category="business",
    language="ko",
    reference="글",
    good="좋은 글",
    bad="나쁜 글",
    criteria=tuple(Criterion(claim=f"답변은 {number}을 말한다") for number in range(4)),
)


def judged(
    case: Case = CASE,
    model: str = ONE,
    item: ItemVerdict | None = "passed",
    verdicts: Mapping[int, Verdict] | None = None,
    checks: tuple[CheckResult, ...] = (),
    timing: Mapping[str, Any] | None = None,
    **changes: Any,
) -> JudgedAnswer:
    attempt: dict[str, Any] = {
        "trial": Trial(case_id=case.id, model=model, repeat=1),
        "attempt": 2,
        "run_id": "run-1",
        "asked_at": START,
        "load_average": 0.5,
        "outcome": "complete",
        "error": None,
        "text": "글",
        "timing": made_timing(MEASURED if timing is None else timing),
        "accounted_share": 1.0,
        "unbacked_decisions": 0,
        "guards": ("stop",),
    }
    return JudgedAnswer(Attempt(**(attempt | changes)), case, checks, verdicts or {}, item)


def evaluation(number: int) -> Evaluation:
    return Evaluation(
        evaluation_id=f"evaluation-{number}",
        suite=Suite(name="review", title="검토", cases=(CASE,)),
        models=TARGETS,
        judge=None,
        repeats=1,
        mode="sequential",
        deadline_seconds=120,
        created_at=START + timedelta(days=number),
        machine=MACHINE,
    )
