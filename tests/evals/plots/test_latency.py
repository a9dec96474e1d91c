"""Figures of time: stairs of what was within a time, and drift."""

from evals.plots import FigureName
from tests.evals.plots.made import ONE, OTHER, answer, failure
from tests.evals.plots.test_figures import MIXED, drawn, labels, lines


def test_a_stair_rises_by_one_answer_at_a_time() -> None:
    stair = drawn("first_text", [answer(0, first_text=4.0), answer(1, first_text=1.0), answer(2, first_text=2.0)]).data[
        0
    ]
    assert list(stair.x) == [1.0, 2.0, 4.0]
    assert list(stair.y) == [1 / 3, 2 / 3, 1.0]
    assert [data[0] for data in stair.customdata] == ["run-1", "run-2", "run-0"]
    assert stair.line.shape == "hv"


def test_failures_keep_the_stair_below_all() -> None:
    rows = [answer(0, total=50.0), answer(1, total=130.0), failure(2), failure(3)]
    stair, tail = drawn("total", rows).data
    assert list(stair.x) == [50.0, 130.0]
    assert list(stair.y) == [0.25, 0.5]
    assert list(tail.y) == [0.5, 0.5]


def test_the_targets_of_all_tiers_are_lines_with_their_numbers() -> None:
    assert lines(drawn("first_text", [answer()]), "x") == [3, 5]
    assert labels(drawn("first_text", [answer()])) == ["3 s", "5 s"]
    assert lines(drawn("total", [answer()]), "x") == [60, 90, 120]
    assert labels(drawn("total", [answer()], language="ko")) == ["60초", "90초", "120초"]


def test_the_share_inside_each_target_stands_with_its_count_and_interval() -> None:
    rows = [answer(at, total=total) for at, total in enumerate((60.0, 60.001, 90.0, 121.0))]
    name = drawn("total", [*rows, failure(4)]).data[0].name
    assert name.split("<br>") == [
        ONE,
        "n = 5, 1 failed, median 90 s",
        "≤ 60 s: 1/5 = 20% (4–62%)",
        "≤ 90 s: 3/5 = 60% (23–88%)",
        "≤ 120 s: 3/5 = 60% (23–88%)",
    ]


def test_half_failed_has_no_median() -> None:
    assert "median" not in drawn("total", [answer(0), failure(1), failure(2)]).data[0].name


def test_cold_answers_lie_apart_and_are_in_no_share() -> None:
    figure = drawn("first_text", [answer(0, first_text=1.0), answer(1, first_text=20.0, was_cold=True)])
    stair, _, cold = figure.data
    assert list(stair.y) == [1.0]
    assert list(cold.x) == [20.0]
    assert max(cold.y) < 0
    assert cold.marker.symbol == "circle-open"
    assert cold.name == f"{ONE}<br>cold start, n = 1"
    assert figure.layout.yaxis.range[0] < min(cold.y)
    assert figure.layout.xaxis.range[1] > 20


def test_drift_has_both_times_over_the_minutes_since_the_first_question() -> None:
    first, second = (trace for trace in drawn("drift", [answer(3), answer(8, first_text=2.5)]).data if trace.customdata)
    assert (list(first.x), list(first.y), first.yaxis) == ([0, 5], [2.0, 2.5], "y")
    assert (list(second.x), list(second.y), second.yaxis) == ([0, 5], [50.0, 50.0], "y2")


def test_the_first_token_of_a_model_that_thinks_is_a_lighter_line_beside_its_first_text_and_in_no_share() -> None:
    rows = [answer(0, first_text=4.0, first_token=1.0), answer(1, first_text=2.0, first_token=0.5), failure(2)]
    figure = drawn("first_text", [*rows, answer(3, model=OTHER)])
    stair, _, token, other, _ = figure.data
    assert (list(stair.x), list(token.x), list(other.x)) == ([2.0, 4.0], [0.5, 1.0], [2.0])
    assert token.opacity < 1 == (stair.opacity or 1)
    assert token.name == f"{ONE}<br>first token of any kind"
    assert "≤ 3 s: 1/3" in stair.name  # the targets are measured on what a reader sees
    assert lines(figure, "x") == [3, 5]
    assert len(drawn("total", rows).data) == 2


def test_drift_shows_the_first_token_where_it_is_not_the_first_text() -> None:
    figure = drawn("drift", [answer(0, first_token=0.5), answer(1), answer(2, first_token=None)])
    token, text, _ = (trace for trace in figure.data if trace.customdata)
    assert (list(token.y), list(text.y)) == ([0.5], [2.0, 2.0, 2.0])
    assert token.yaxis == text.yaxis == "y"


def test_drift_says_how_many_answers_it_leaves_out() -> None:
    assert "Without a point (failed, or no value): 3" in drawn("drift", MIXED).layout.title.subtitle.text


def test_one_answer_is_inside_the_drawn_range() -> None:
    names: tuple[FigureName, ...] = ("first_text", "total", "drift")
    for name in names:
        figure = drawn(name, [answer(0, model=OTHER)])
        low, high = (figure.layout.xaxis2 if name == "drift" else figure.layout.xaxis).range
        assert all(low < x < high for trace in figure.data if trace.customdata for x in trace.x)
