"""The figure of past evaluations."""

import plotly.graph_objects as go
import pytest

from evals.analysis.trust import Trust
from llmfirst.stats import CorrectedRate, Interval
from tests.evals.plots.made import ONE, OTHER, evaluated
from tests.evals.plots.test_figures import SEVERAL, drawn, labels


def series(figure: go.Figure, target: str) -> dict[str, tuple[list[float], list[float]]]:
    return {
        trace.yaxis: (list(trace.x), list(trace.y))
        for trace in figure.data
        if trace.name == target and list(trace.x) != [None]
    }


def test_evaluations_stand_in_the_order_of_their_time() -> None:
    figure = drawn("trend", [], [evaluated(2, total_median=30.0), evaluated(0, total_median=50.0), evaluated(1)])
    assert series(figure, ONE)["y2"] == ([0, 1, 2], [50.0, 50.0, 30.0])
    assert len(figure.layout.xaxis3.ticktext) == 3


def test_medians_and_quality_have_a_plot_each() -> None:
    figure = drawn("trend", [], [evaluated(0)])
    assert series(figure, ONE) == {"y": ([0], [2.0]), "y2": ([0], [50.0]), "y3": ([0], [0.75])}


def test_the_first_token_stands_beside_the_first_text_where_it_is_another_and_is_absent_in_old_rows() -> None:
    rows = [evaluated(0, first_token_median=None), evaluated(1, first_token_median=0.5)]
    figure = drawn("trend", [], rows)
    assert series(figure, "First token") == {"y": ([1], [0.5])}
    assert series(figure, ONE)["y"] == ([0, 1], [2.0, 2.0])
    assert series(drawn("trend", [], rows[:1]), "First token") == {}


def test_what_was_not_measured_is_absent() -> None:
    places = {axis: len(xs) for axis, (xs, _) in series(drawn("trend", [], SEVERAL), OTHER).items()}
    assert places == {"y": 1, "y2": 1, "y3": 1}


@pytest.mark.parametrize(
    ("trusts", "why"),
    [
        (["not_measured"], "No item has been judged"),
        (["not_trustworthy", "unproven", "not_measured"], "nobody has checked"),
        (["unproven", "not_trustworthy"], "cannot be believed"),
        (["measured"], "abstained from every item"),
    ],
)
def test_without_any_quality_its_plot_keeps_the_dates_and_says_why(trusts: list[Trust], why: str) -> None:
    figure = drawn("trend", [], [evaluated(day, quality=None, trust=trust) for day, trust in enumerate(trusts)])
    assert [why in text for text in labels(figure)].count(True) == 1
    assert "y3" in {trace.yaxis for trace in figure.data}  # without a trace the dates below it are not drawn
    assert "y3" not in series(figure, ONE)


def test_quality_has_its_interval_and_counts() -> None:
    trace = drawn("trend", [], [evaluated(0, quality=CorrectedRate(1.0, Interval(0.8389, 1.0)))]).data[-1]
    assert 1 - trace.error_y.arrayminus[0] == pytest.approx(0.8389, abs=1e-4)
    assert list(trace.customdata[0]) == [None, "evaluation-0", ONE, "100% (84–100%), n = 20"]


def test_the_baseline_is_marked() -> None:
    figure = drawn("trend", [], SEVERAL)
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(band.x0, band.x1) for band in bands] == [(0.6, 1.4)]
    assert "<b>baseline</b>" in [annotation.text for annotation in figure.layout.annotations]
    assert "<b>기준 평가</b>" in [one.text for one in drawn("trend", [], SEVERAL, "ko").layout.annotations]


def test_an_evaluation_says_of_how_many_answers_it_is() -> None:
    assert [tick.split("<br>")[-1] for tick in drawn("trend", [], SEVERAL).layout.xaxis3.ticktext] == [
        "n = 0–20",
        "n = 20",
    ]


def test_many_evaluations_do_not_crowd_the_axis() -> None:
    figure = drawn("trend", [], [evaluated(number) for number in range(45)])
    assert len(figure.layout.xaxis3.tickvals) <= 10
    assert len(series(figure, ONE)["y"][0]) == 45
