"""Answers and rows made by hand, with everything measured unless a test says otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from evals.analysis.summary import Summary
from evals.analysis.trend import TrendRow
from evals.analysis.trust import JudgeEvidence
from evals.calibration.answers import GOLD_LANGUAGES
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Decided
from evals.records.attempts import Attempt
from evals.records.evaluation import EvaluatedModel, Trial
from evals.suite.cases import Case, Criterion
from llmfirst import ProviderKind, SelfVerdict
from llmfirst.stats import CorrectedRate, Interval
from tests.evals.figures import WARM_ANSWER, made_timing
from tests.evals.made import calibrated, evaluation

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ONE = "ollama/qwen3:4b"
OTHER = "embedded/smollm2:135m"
_MODELS: Final[tuple[tuple[ProviderKind, str], ...]] = (("ollama", "qwen3:4b"), ("embedded", "smollm2:135m"))
_DECIDED: Final = Decided(by="person", passed=True)


def answer(number: int = 0, **changes: Any) -> JudgedAnswer:
    """Return one good answer, asked `number` minutes after START; what changes is named as in an export."""
    columns: dict[str, Any] = {
        "run_id": f"run-{number}",
        "case_id": f"ko-business-{number:02}",
        "category": "business",
        "language": "ko",
        "model": ONE,
        "repeat": 0,
        "outcome": "complete",
        "error": None,
        "item": "passed",
        "criteria_passed": 4,
        "criteria_decided": 4,
        "text": "글",
        **WARM_ANSWER,
        "phases": {"strategy": 5.0, "core": 15.0, "details": 20.0, "conclusion": 8.0},
        "phase_first_text": {"strategy": 1.5, "core": 0.6, "details": 0.7, "conclusion": 0.5},
        "self_verdict": SelfVerdict(yes={"asked": 0.75}, by="probability"),
        **changes,
    }
    taken = columns.pop
    case = Case(
        id=taken("case_id"),
        question="왜?",
        category=taken("category"),
        language=taken("language"),
        reference="글",
        good="좋은 글",
        bad="나쁜 글",
        criteria=tuple(Criterion(claim=f"답변은 {place}을 말한다") for place in range(5)),
    )
    passed, decided = taken("criteria_passed"), taken("criteria_decided")
    verdicts = {place: _DECIDED.model_copy(update={"passed": place < passed}) for place in range(decided)}
    item, own = taken("item"), {name: taken(name) for name in ("run_id", "outcome", "error", "text")}
    attempt = Attempt(
        trial=Trial(case_id=case.id, model=taken("model"), repeat=taken("repeat")),
        attempt=1,
        asked_at=START + timedelta(minutes=number),
        load_average=0.5,
        accounted_share=1.0,
        unbacked_decisions=0,
        guards=(),
        **own,
        timing=made_timing(columns),
    )
    return JudgedAnswer(attempt=attempt, case=case, checks=(), verdicts=verdicts, item=item)


def failure(number: int = 0, **changes: Any) -> JudgedAnswer:
    """Return an answer that never came: judged as failed, with nothing measured but when it ended."""
    nothing = dict.fromkeys(
        ("first_text", "first_token", "core_first_text", "ttft", "core_ttft", "total_time", "was_cold", "self_verdict")
    )
    failed: dict[str, Any] = {
        "outcome": "failed",
        "error": "The service stopped in the middle",
        "text": "",
        "phases": {},
        "phase_first_text": {},
        "total": 9.0,
        "item": "failed",
        "criteria_passed": 0,
        "criteria_decided": 0,
    }
    return answer(number, **nothing | failed | changes)


def summary(answers: Sequence[JudgedAnswer]) -> Summary:
    """Return an evaluation of two models with these answers, whose judge is believed."""
    known = {language: calibrated(0.99, 0.99, language=language) for language in GOLD_LANGUAGES}
    models = tuple(EvaluatedModel(provider=provider, model=model) for provider, model in _MODELS)
    return Summary(evaluation(models=models), tuple(answers), JudgeEvidence(known))


def evaluated(number: int = 0, **changes: Any) -> TrendRow:
    """Return the row of one model in the evaluation of day `number`."""
    row = TrendRow(
        evaluation_id=f"evaluation-{number}",
        created_at=START + timedelta(days=number),
        suite="review",
        model=ONE,
        first_token_median=2.0,
        first_text_median=2.0,
        total_median=50.0,
        quality=CorrectedRate(0.75, Interval(0.53, 0.89)),
        decided=20,
        trust="measured",
        count=20,
        is_baseline=False,
    )
    return replace(row, **changes)
