"""Figures of time: stairs of what was within a time, and drift."""

from math import log10

from evals.plots import FigureName, draw
from tests.evals.plots.made import ONE, OTHER, answer, failure
from tests.evals.plots.test_figures import MIXED, drawn, labels, legend, lines


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


def test_the_targets_of_all_tiers_are_lines_with_their_tiers_and_rules() -> None:
    first, total = drawn("first_text", [answer()]), drawn("total", [answer()], language="ko")
    assert lines(first, "x") == [3, 5]
    assert labels(first) == ["tier 3: 95% within 3 s", "tiers 1, 2: 95% within 5 s", "95%"]
    assert lines(total, "x") == [60, 90, 120]
    assert labels(total) == ["3단계: 평균 60초 안", "2단계: 평균 90초 안", "1단계: 120초 안에 전부", "95%"]
    for figure in (first, total):
        names = [one for one in figure.layout.annotations if one.xref == "x"]
        assert [one.x for one in names] == [log10(at) for at in lines(figure, "x")]  # the axis is logarithmic
        assert len({one.yshift for one in names}) == len(names)
        assert [shape.y0 for shape in figure.layout.shapes if shape.line.dash == "dot"] == [0.95]


def test_the_name_of_no_target_is_crossed_by_the_line_of_another() -> None:
    for figure in (drawn("first_text", [answer(first_text=4.0)]), drawn("first_text", [answer(first_text=900.0)])):
        names = [one for one in figure.layout.annotations if one.xref == "x"]
        tops = [shape.y1 for shape in figure.layout.shapes if shape.line.dash == "dash"]
        assert {one.xanchor for one in names} in ({"left"}, {"right"})
        # A line that stands at the side of the names ends below those of the lines behind it.
        assert tops == sorted(tops, reverse=names[0].xanchor == "left")
        assert [one.yshift for one in names] == sorted(
            (one.yshift for one in names), reverse=names[0].xanchor == "left"
        )


def test_the_share_inside_each_target_stands_with_its_count_and_interval() -> None:
    rows = [answer(at, total=total) for at, total in enumerate((60.0, 60.001, 90.0, 121.0))]
    (entry,) = legend("total", [*rows, failure(4)])
    assert (entry.name, *entry.lines) == (
        ONE,
        "n = 5, 1 failed, median 90 s",
        "≤ 60 s: 1/5 = 20% (4–62%)",
        "≤ 90 s: 3/5 = 60% (23–88%)",
        "≤ 120 s: 3/5 = 60% (23–88%)",
    )
    assert legend("total", rows)[0].lines[0] == "n = 4, median 75 s, mean 82.8 s"  # a failure has no mean


def test_half_failed_has_no_median() -> None:
    assert legend("total", [answer(0), failure(1), failure(2)])[0].lines[0] == "n = 3, 2 failed"


def test_cold_answers_lie_apart_and_are_in_no_share() -> None:
    figure = drawn("first_text", [answer(0, first_text=1.0), answer(1, first_text=20.0, was_cold=True)])
    stair, _, cold = figure.data
    assert list(stair.y) == [1.0]
    assert list(cold.x) == [20.0]
    assert max(cold.y) < 0
    assert cold.marker.symbol == "circle-open"
    assert legend("first_text", [answer(0), answer(1, was_cold=True)])[0].lines[-1] == "hollow: cold start, n = 1"
    assert figure.layout.yaxis.range[0] < min(cold.y)
    assert figure.layout.xaxis.range[1] > log10(20)


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
    (one, _) = legend("first_text", [*rows, answer(3, model=OTHER)])
    assert one.lines[-1] == "thin: first token of any kind"
    assert "≤ 3 s: 1/3" in one.lines[1]  # the targets are measured on what a reader sees
    assert lines(figure, "x") == [3, 5]
    assert len(drawn("total", rows).data) == 2


def test_drift_shows_the_first_token_where_it_is_not_the_first_text() -> None:
    figure = drawn("drift", [answer(0, first_token=0.5), answer(1), answer(2, first_token=None)])
    token, text, _ = (trace for trace in figure.data if trace.customdata)
    assert (list(token.y), list(text.y)) == ([0.5], [2.0, 2.0, 2.0])
    assert token.yaxis == text.yaxis == "y"


def test_drift_says_how_many_answers_it_leaves_out() -> None:
    assert "Without a point (failed, or no value): 3" in draw("drift", MIXED, [], "en").remark


def test_one_answer_is_inside_the_drawn_range() -> None:
    names: tuple[FigureName, ...] = ("first_text", "total", "drift")
    for name in names:
        figure = drawn(name, [answer(0, model=OTHER)])
        low, high = (figure.layout.xaxis2 if name == "drift" else figure.layout.xaxis).range
        found = [x for trace in figure.data if trace.customdata for x in trace.x]
        assert all(low < (x if name == "drift" else log10(x)) < high for x in found)


def test_a_time_of_no_length_is_drawn_at_the_beginning_of_its_axis() -> None:
    rows = [answer(0, first_text=0.0, first_token=0.0, total=0.0), answer(1, first_text=0.004, total=0.004)]
    names: tuple[FigureName, ...] = ("first_text", "total", "corners", "drift")
    for name in names:
        figure = drawn(name, rows)
        axis = figure.layout.yaxis if name == "drift" else figure.layout.xaxis
        found = [at for one in figure.data if one.customdata for at in (one.y if name == "drift" else one.x)]
        assert len(found) >= 2
        assert min(found) == 0.001
        assert axis.range[0] < log10(0.001)
