"""The past evaluations of a suite, made by hand."""

from evals.analysis.summary import Summary
from evals.analysis.trend import trend_rows
from tests.evals.analysis.made import MEASURED, ONE, START, TWO, evaluation, judged


def test_the_trend_has_one_row_for_each_model_the_oldest_evaluation_first() -> None:
    warm, cold = judged(item=None), judged(item=None, timing=MEASURED | {"was_cold": True, "first_text": 30.0})
    rows = trend_rows([Summary(evaluation(number), (warm, cold), is_baseline=number == 1) for number in (1, 0)])
    assert [(row.evaluation_id, row.model, row.is_baseline) for row in rows] == [
        ("evaluation-0", ONE, False),
        ("evaluation-0", TWO, False),
        ("evaluation-1", ONE, True),
        ("evaluation-1", TWO, True),
    ]
    assert (rows[0].suite, rows[0].created_at, rows[0].quality, rows[0].decided) == ("review", START, None, 0)
    assert (rows[0].first_text_median, rows[0].total_median, rows[0].count) == (2.0, 50.0, 1)
    assert (rows[1].first_text_median, rows[1].total_median, rows[1].count) == (None, None, 0)
