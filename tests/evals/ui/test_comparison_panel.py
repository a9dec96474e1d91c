"""What is offered to compare an evaluation with, and what the comparison shows."""

from datetime import timedelta
from typing import Any

from evals.analysis.compare import USUAL
from evals.analysis.summary import summary_of
from evals.records.archive import Archive
from evals.report.comparison import Side, comparison_view, model_comparisons
from evals.report.templates import drawn
from evals.ui.comparison_panel import Comparer, offered_evaluations
from llmfirst import DocumentStore, RunStore, open_memory_database
from tests.evals.made import OTHER, START, TARGET, attempt, case, evaluation, judged, keep_answers, timing, trial

OF = evaluation(case(1), case(2), evaluation_id="aaa", models=(TARGET, OTHER))
LATER = OF.model_copy(update={"evaluation_id": "bbb", "created_at": START + timedelta(hours=1)})
ALONE = LATER.model_copy(update={"evaluation_id": "ccc", "models": (OTHER.model_copy(update={"model": "third"}),)})


def archive() -> Archive:
    database = open_memory_database()
    opened = Archive(DocumentStore(database), RunStore(database))
    for number, one in enumerate((OF, LATER, ALONE)):
        keep_answers(opened, one, first_run=number * 100)
    return opened


def test_what_shares_no_question_and_the_evaluation_itself_are_not_offered() -> None:
    foreign = evaluation(case(9), evaluation_id="ddd")
    offered = offered_evaluations(OF, [OF, LATER, foreign], "aaa", lambda one: one.evaluation_id, "en")
    assert offered.choices == [("its own models", ""), ("bbb", "bbb")]
    assert offered.value == ""  # it is its own baseline
    assert offered_evaluations(OF, [OF, LATER], "bbb", lambda one: one.evaluation_id, "en").value == "bbb"
    alone = offered_evaluations(ALONE, [ALONE], None, lambda one: one.evaluation_id, "en")
    assert not alone.visible


def test_each_model_is_compared_with_itself_and_only_without_a_common_one_the_pair_is_chosen() -> None:
    opened = archive()
    comparer = Comparer(opened, USUAL)
    shown = comparer.shown(summary_of(opened, LATER), "aaa", None, "en")
    assert shown.pairs == ()
    for key in (TARGET.key, OTHER.key):
        assert f"<h3>{key} (2026" in shown.html
    assert shown.html.count("<h3>") == 2

    shown = comparer.shown(summary_of(opened, ALONE), "aaa", None, "en")
    assert "no model in common" in shown.html
    assert shown.pairs == (f"{TARGET.key} → embedded/third", f"{OTHER.key} → embedded/third")
    chosen = comparer.shown(summary_of(opened, ALONE), "aaa", shown.pairs[1], "en")
    assert chosen.html.count("<h3>") == 1
    assert OTHER.key in chosen.html
    assert "no model in common" in comparer.shown(summary_of(opened, ALONE), "aaa", "other → third", "en").html


def test_its_own_models_are_compared_with_the_first() -> None:
    opened = archive()
    shown = Comparer(opened, USUAL, "recording").shown(summary_of(opened, OF), "", None, "ko")
    assert f"<h3>{TARGET.key} 대비 {OTHER.key}</h3>" in shown.html
    assert model_comparisons(summary_of(opened, ALONE), lambda _: "", "ko") == ()


def test_a_comparison_has_a_row_for_each_figure_and_regressions_first_with_links_to_both_answers() -> None:
    def answers(runs: str, failing: int, seconds: float) -> list[Any]:
        return [
            judged(
                "failed" if number < failing else "passed",
                attempt(
                    trial(f"case-{number}"),
                    run_id=f"{runs}{number}",
                    timed=timing(total=seconds + number / 10, first_text=1.0 + number / 1000),
                ),
                case(number, question=f"<b>{number}</b>?"),
            )
            for number in range(20)
        ]

    def side(name: str, failing: int, seconds: float) -> Side:
        return Side(name, name, answers(name, failing, seconds), lambda answer: f"?answer={answer.attempt.run_id}")

    view = comparison_view(side("old", 0, 20.0), side("new", 12, 10.0), "en")
    found = {row.name: (row.value, row.found.word) for row in (*view.quality, *view.times)}
    assert found["Quality"] == ("-60.0 points", "worse")
    assert found["On time and passed"] == ("-60.0 points", "worse")
    assert found["First text"][1] == "cannot tell"  # all differ alike
    assert list(found) == ["Quality", "On time and passed", "First text", "Total time"]
    assert [group.title for group in view.groups] == [
        "old: passed, new: not passed (12)",
        "new: faster by 1 s or more (20)",
    ]
    assert [group.is_open for group in view.groups] == [True, False]
    html = drawn("comparison.html.j2", "en", comparisons=[view], in_report=False)
    assert "&lt;b&gt;0&lt;/b&gt;?" in html
    assert '<a href="?answer=old0">answer old</a>' in html
    assert '<a href="?answer=new0">answer new</a>' in html
    report = drawn("comparison.html.j2", "en", comparisons=[view], in_report=True)
    assert "href" not in report
    assert 'data-opens="?answer=new0"' in report
    assert "below 2 points, 0.3 s of first text and 1 s of total time" in html
