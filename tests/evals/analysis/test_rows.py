"""Rows from answers, verdicts and scorecards made by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evals.analysis.rows import AnswerRow, answer_rows, quality_rows, trend_rows
from evals.analysis.scorecard import scorecards
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, Scored, Unscored, Verdict
from evals.records.attempts import Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation, Machine, Trial
from evals.records.timing import Timing
from evals.suite.cases import Case, Criterion, Suite
from evals.suite.checks import CheckResult
from llmfirst.stats import proportion

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TARGETS = (EvaluatedModel(provider="ollama", model="one"), EvaluatedModel(provider="embedded", model="two"))
ONE, TWO = (target.key for target in TARGETS)
NOTHING: dict[str, Any] = dict.fromkeys(Timing.model_fields) | {"phases": {}, "phase_first_text": {}}
MEASURED: dict[str, Any] = {
    "first_text": 2.0,
    "core_first_text": 6.0,
    "total": 50.0,
    "ttft": 1.5,
    "core_ttft": 5.5,
    "total_time": 49.5,
    "queued": 0.1,
    "loading": 0.4,
    "prefill": 1.0,
    "rest": 0.5,
    "phases": {"strategy": 5.0, "core": 43.0},
    "phase_first_text": {"strategy": 1.5, "core": 0.6},
    "tokens": 700,
    "tokens_per_second": 20.0,
    "itl_mean": 0.05,
    "longest_gap": 1.0,
    "unnamed_silence": 0.5,
    "was_cold": False,
    "cached_share": 0.1,
}
PASSED = Scored(passed=True, score=2.0, good_anchor=3.0, bad_anchor=-3.0)
FAILED = PASSED.model_copy(update={"passed": False})
UNDECIDED = Unscored(cause="too_close", figures="|+0.41 − +0.50| < 0.2")
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
    target: str = ONE,
    item: ItemVerdict | None = "passed",
    verdicts: Mapping[int, Verdict] | None = None,
    checks: tuple[CheckResult, ...] = (),
    timing: Mapping[str, Any] | None = None,
    **changes: Any,
) -> JudgedAnswer:
    attempt: dict[str, Any] = {
        "trial": Trial(case_id=case.id, model=target, repeat=1),
        "attempt": 2,
        "run_id": "run-1",
        "asked_at": START,
        "load_average": 0.5,
        "outcome": "complete",
        "error": None,
        "text": "글",
        "timing": Timing(**(NOTHING | dict(MEASURED if timing is None else timing))),
        "accounted_share": 1.0,
        "unbacked_decisions": 0,
        "guards": ("stop",),
    }
    return JudgedAnswer(Attempt(**(attempt | changes)), case, checks, verdicts or {}, item)


def row_of(result: JudgedAnswer) -> AnswerRow:
    [row] = answer_rows([result])
    return row


def evaluation(number: int) -> Evaluation:
    machine = Machine(
        name="here",
        system="Linux",
        processor=None,
        cores=2,
        memory_bytes=None,
        python="3.11",
        packages={},
        revision=None,
    )
    return Evaluation(
        evaluation_id=f"evaluation-{number}",
        suite=Suite(name="review", title="검토", cases=(CASE,)),
        models=TARGETS,
        judge=None,
        repeats=1,
        mode="sequential",
        deadline_seconds=120,
        created_at=START + timedelta(days=number),
        machine=machine,
    )


def test_a_row_has_the_answer_and_all_its_times() -> None:
    row = row_of(judged())
    assert {name: getattr(row, name) for name in MEASURED} == MEASURED
    assert (row.run_id, row.case_id, row.model, row.repeat, row.attempt) == ("run-1", CASE.id, ONE, 1, 2)
    assert (row.question, row.category, row.language, row.asked_at) == ("왜?", "business", "ko", START)
    assert (row.outcome, row.error, row.is_error, row.text, row.guards) == ("complete", None, False, "글", ("stop",))
    assert (row.load_average, row.accounted_share, row.unbacked_decisions, row.item) == (0.5, 1.0, 0, "passed")


def test_every_figure_of_time_has_a_column() -> None:
    assert set(Timing.model_fields) <= set(AnswerRow.__dataclass_fields__)


def test_what_was_not_measured_is_none() -> None:
    row = row_of(judged(timing={}, load_average=None, accounted_share=None, item=None))
    assert {getattr(row, name) for name in MEASURED if name not in ("phases", "phase_first_text")} == {None}
    assert (row.phases, row.phase_first_text) == ({}, {})
    assert (row.load_average, row.accounted_share, row.item, row.quality) == (None, None, None, None)


def test_criteria_are_counted_as_passed_decided_and_all() -> None:
    row = row_of(judged(verdicts={0: PASSED, 1: FAILED, 2: UNDECIDED, 3: PASSED}))
    assert (row.criteria_passed, row.criteria_decided, row.criteria_total) == (2, 3, 4)
    assert row.quality == pytest.approx(2 / 3)


def test_undecided_criteria_are_no_quality() -> None:
    assert row_of(judged(verdicts={0: UNDECIDED})).quality is None


def test_a_failed_check_of_form_is_named() -> None:
    checks = (
        CheckResult(name="numbers", passed=False, found="no 42"),
        CheckResult(name="hangul", passed=True, found=""),
    )
    assert row_of(judged(checks=checks)).failed_checks == ("numbers",)


def test_an_answer_that_never_came_is_an_error() -> None:
    row = row_of(judged(outcome="failed", error="The service stopped", text="", item="failed", timing={}))
    assert (row.is_error, row.error, row.item) == (True, "The service stopped", "failed")
    assert row_of(judged(outcome="complete", text="")).is_error


def test_quality_counts_passed_items_over_decided_ones_by_group_and_model() -> None:
    other = CASE.model_copy(update={"id": "en-writing-01", "category": "writing", "language": None})
    items: list[ItemVerdict | None] = ["passed", "failed", "passed", "abstained", None]
    cases = [CASE.model_copy(update={"id": f"ko-business-{number:02}"}) for number in range(len(items))]
    results = [judged(case, item=item) for case, item in zip(cases, items, strict=True)]
    results += [judged(other, item="abstained"), judged(target=TWO, item="failed"), judged(other, TWO, item=None)]
    found = [
        (row.grouping, row.group, row.model, row.passed, row.decided, row.abstained)
        for row in quality_rows(answer_rows(results))
    ]
    assert found == [
        ("category", "business", ONE, 2, 3, 1),
        ("category", "business", TWO, 0, 1, 0),
        ("category", "writing", ONE, 0, 0, 1),
        ("language", "ko", ONE, 2, 3, 1),
        ("language", "ko", TWO, 0, 1, 0),
        ("language", None, ONE, 0, 0, 1),
    ]


def test_a_group_has_its_interval_and_none_where_nothing_was_decided() -> None:
    rows = quality_rows(answer_rows([judged(), judged(target=TWO, item="abstained")]))
    assert [row.share for row in rows if row.grouping == "category"] == [proportion(1, 1), proportion(0, 0)]
    assert quality_rows(answer_rows([judged(item=None)])) == ()
    assert quality_rows([]) == ()


def test_the_trend_has_one_row_for_each_model_the_oldest_evaluation_first() -> None:
    warm, cold = judged(item=None), judged(item=None, timing=MEASURED | {"was_cold": True, "first_text": 30.0})
    cards = [
        (evaluation(number), card, number == 1)
        for number in (1, 0)
        for card in scorecards(evaluation(number), [warm, cold])
    ]
    rows = trend_rows(cards)
    assert [(row.evaluation_id, row.model, row.is_baseline) for row in rows] == [
        ("evaluation-0", ONE, False),
        ("evaluation-0", TWO, False),
        ("evaluation-1", ONE, True),
        ("evaluation-1", TWO, True),
    ]
    assert (rows[0].suite, rows[0].created_at, rows[0].quality) == ("review", START, proportion(0, 0))
    assert (rows[0].first_text_median, rows[0].total_median, rows[0].count) == (2.0, 50.0, 1)
    assert (rows[1].first_text_median, rows[1].total_median, rows[1].count) == (None, None, 0)
