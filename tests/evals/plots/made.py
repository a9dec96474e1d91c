"""Rows made by hand, with everything measured unless a test says otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from evals.analysis.rows import AnswerRow, TrendRow
from llmfirst.stats import proportion

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ONE = "ollama/qwen3:4b"
OTHER = "embedded/smollm2:135m"


def answer(number: int = 0, **changes: Any) -> AnswerRow:
    """Return the row of one good answer, asked `number` minutes after START."""
    row = AnswerRow(
        run_id=f"run-{number}",
        case_id=f"ko-business-{number:02}",
        question="왜?",
        category="business",
        language="ko",
        model=ONE,
        repeat=0,
        attempt=1,
        asked_at=START + timedelta(minutes=number),
        outcome="complete",
        error=None,
        is_error=False,
        first_text=2.0,
        core_first_text=6.0,
        total=50.0,
        ttft=1.5,
        core_ttft=5.5,
        total_time=49.5,
        queued=0.1,
        loading=0.4,
        prefill=1.0,
        rest=0.5,
        phases={"strategy": 5.0, "core": 15.0, "details": 20.0, "conclusion": 8.0},
        phase_first_text={"strategy": 1.5, "core": 0.6, "details": 0.7, "conclusion": 0.5},
        tokens=700,
        tokens_per_second=20.0,
        itl_mean=0.05,
        longest_gap=1.0,
        unnamed_silence=0.5,
        was_cold=False,
        cached_share=0.1,
        load_average=0.5,
        item="passed",
        criteria_passed=4,
        criteria_decided=4,
        criteria_total=5,
        failed_checks=(),
        accounted_share=1.0,
        unbacked_decisions=0,
        guards=(),
        text="글",
    )
    return replace(row, **changes)


def failure(number: int = 0, **changes: Any) -> AnswerRow:
    """Return the row of an answer that never came: judged as failed, with nothing measured but when it ended."""
    nothing = dict.fromkeys(("first_text", "core_first_text", "ttft", "core_ttft", "total_time", "was_cold"))
    failed: dict[str, Any] = {
        "outcome": "failed",
        "error": "The service stopped in the middle",
        "is_error": True,
        "text": "",
        "phases": {},
        "phase_first_text": {},
        "total": 9.0,
        "item": "failed",
        "criteria_passed": 0,
        "criteria_decided": 0,
    }
    return answer(number, **nothing | failed | changes)


def evaluated(number: int = 0, **changes: Any) -> TrendRow:
    """Return the row of one model in the evaluation of day `number`."""
    row = TrendRow(
        evaluation_id=f"evaluation-{number}",
        created_at=START + timedelta(days=number),
        suite="review",
        model=ONE,
        first_text_median=2.0,
        total_median=50.0,
        quality=proportion(15, 20),
        trust="measured",
        count=20,
        is_baseline=False,
    )
    return replace(row, **changes)
