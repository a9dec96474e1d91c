"""The columns of an export, of answers made by hand."""

from dataclasses import replace
from typing import Any, Final

import pytest

from evals.judge.verdicts import Unscored
from evals.records.timing import Timing
from evals.report.export import answer_json
from evals.suite.checks import CheckResult
from llmfirst import Metrics, SelfVerdict
from tests.evals.analysis.made import CASE, MEASURED, ONE, PASSED, START, judged

FAILED = PASSED.model_copy(update={"passed": False})
UNDECIDED = Unscored(cause="too_close", figures="|+0.41 − +0.50| < 0.2")
# What is no time of its own: the line and the load make up the wait, and the rest says how an answer ended.
_NO_COLUMN: Final = frozenset(
    {"metrics", "waited", "stopped_after", "outcome", "ledger_head", "profile", "self_verdict"}
)


def columns(*names: str, **changes: Any) -> tuple[object, ...]:
    row = answer_json(judged(**changes))
    return tuple(row[name] for name in names)


def test_a_row_has_the_answer_and_all_its_times() -> None:
    assert columns(*MEASURED) == tuple(MEASURED.values())
    assert columns("run_id", "case_id", "target", "repeat", "attempt") == ("run-1", CASE.id, ONE, 1, 2)
    assert columns("question", "category", "language", "asked_at") == ("왜?", "business", "ko", START.isoformat())
    told = columns("outcome", "error", "is_error", "text", "guards")
    assert told == ("complete", None, False, "글", ("stop",))
    assert columns("load_average", "accounted_share", "unbacked_decisions", "item") == (0.5, 1.0, 0, "passed")
    assert columns("itl_mean") == (0.05,)


def test_every_figure_of_time_has_a_column() -> None:
    names = [name for name in (*Metrics.model_fields, *Timing.model_fields) if name not in _NO_COLUMN]
    numbers = {name: 1000.0 + number for number, name in enumerate(names)}
    one = judged()
    of_metrics = {name: number for name, number in numbers.items() if name in Metrics.model_fields}
    of_timing = {name: number for name, number in numbers.items() if name in Timing.model_fields}
    metrics = one.timing.metrics.model_copy(update=of_metrics)
    changed = one.timing.model_copy(update={**of_timing, "metrics": metrics})
    row = answer_json(replace(one, attempt=one.attempt.model_copy(update={"timing": changed})))
    assert set(numbers.values()) <= {value for value in row.values() if isinstance(value, float)}


def test_what_was_not_measured_is_none() -> None:
    row = answer_json(judged(timing={}, load_average=None, accounted_share=None, item=None))
    assert {row[name] for name in MEASURED if name not in ("phases", "phase_first_text")} == {None}
    assert (row["phases"], row["phase_first_text"]) == ({}, {})
    assert (row["load_average"], row["accounted_share"], row["item"], row["quality"]) == (None, None, None, None)


def test_what_the_model_says_of_its_own_answer_has_a_column_for_each_question() -> None:
    verdict = SelfVerdict(yes={"asked": 0.75, "core": 0.5}, by="probability", left_out={"language": "no_verdict"})
    names = ("self_asked", "self_language", "self_core", "self_by", "self_verdict")
    timing = {**MEASURED, "self_verdict": verdict, "self_verdict_seconds": 1.25}
    assert columns(*names, timing=timing) == (0.75, None, 0.5, "probability", 1.25)
    assert columns(*names) == (None,) * len(names)  # as it was stored before


def test_criteria_are_counted_as_passed_decided_and_all() -> None:
    row = answer_json(judged(verdicts={0: PASSED, 1: FAILED, 2: UNDECIDED, 3: PASSED}))
    assert (row["criteria_passed"], row["criteria_decided"], row["criteria_total"]) == (2, 3, 4)
    assert row["quality"] == pytest.approx(2 / 3)


def test_undecided_criteria_are_no_quality() -> None:
    assert answer_json(judged(verdicts={0: UNDECIDED}))["quality"] is None


def test_a_failed_check_of_form_is_named() -> None:
    checks = (
        CheckResult(name="numbers", passed=False, found="no 42"),
        CheckResult(name="hangul", passed=True, found=""),
    )
    assert answer_json(judged(checks=checks))["failed_checks"] == ("numbers",)


def test_an_answer_that_never_came_is_an_error() -> None:
    row = answer_json(judged(outcome="failed", error="The service stopped", text="", item="failed", timing={}))
    assert (row["is_error"], row["error"], row["item"]) == (True, "The service stopped", "failed")
    assert answer_json(judged(outcome="complete", text=""))["is_error"]
