"""Figures of quality."""

import plotly.graph_objects as go
import pytest

from evals.analysis.trust import Belief, Trust
from evals.plots import FigureName, draw
from evals.suite.cases import Language
from tests.evals.made import quality
from tests.evals.plots.made import ONE, OTHER, answer, failure
from tests.evals.plots.test_figures import drawn, labels, legend, lines

JUDGED = [
    answer(0),
    answer(1, item="failed"),
    answer(2, item="abstained"),
    answer(3, category="writing", language="en"),
    failure(4, category="writing", language="en"),
    answer(5, model=OTHER, item="abstained"),
]


def shares(figure: go.Figure) -> list[tuple[str, str, float]]:
    return [(trace.name, trace.yaxis, x) for trace in figure.data for x in trace.x if x is not None]


def corner_counts(figure: go.Figure) -> list[str]:
    return [text for text in labels(figure) if text.startswith("<b>")]


def test_a_group_has_the_share_of_its_decided_items() -> None:
    figure = drawn("quality", JUDGED)
    assert shares(figure) == [(ONE, "y", 0.5), (ONE, "y", 0.5), (ONE, "y2", 0.5), (ONE, "y2", 0.5)]
    assert list(figure.layout.yaxis.ticktext) == ["Business analysis", "Writing"]
    assert list(drawn("quality", JUDGED, language="ko").layout.yaxis2.ticktext) == ["한국어", "영어"]


def test_a_share_has_wilsons_interval() -> None:
    trace = next(trace for trace in drawn("quality", [answer(number) for number in range(20)]).data if trace.x[0])
    assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(0.8389, abs=1e-4)
    assert trace.error_x.array[0] == 0


def test_passed_of_decided_stands_beside_each_share_and_what_was_abstained() -> None:
    texts = labels(drawn("quality", JUDGED))
    assert "1/2, 1 abstained" in texts
    assert "1/2" in texts
    assert texts.count("1 abstained") == 2  # nothing decided: no share, and not zero


def test_the_targets_of_quality_are_lines_with_their_numbers() -> None:
    figure = drawn("quality", [answer()])
    assert lines(figure, "x") == [0.8, 0.85, 0.9]
    assert {"tier 1: at least 80%", "tier 2: at least 85%", "tier 3: at least 90%"} <= set(labels(figure))


def test_numbers_of_close_targets_stand_one_above_the_other() -> None:
    numbers = [one for one in drawn("quality", [answer()]).layout.annotations if "at least" in one.text]
    assert [one.yshift for one in numbers] == [0, 16, 32]


def test_the_room_beside_the_plot_is_that_of_its_counts() -> None:
    short, long = drawn("quality", [answer()]), drawn("quality", JUDGED)
    assert short.layout.margin.r < 60 < 100 < long.layout.margin.r


def test_the_legend_has_the_corrected_quality() -> None:
    legend = draw("quality", JUDGED, [], "en", qualities={ONE: quality(2, 4), OTHER: quality(0, 0)}).legend
    assert [(one.name, one.lines) for one in legend] == [
        (ONE, ("quality 50% (15–85%), n = 4", "1 abstained")),
        (OTHER, ("1 abstained",)),
    ]


def test_without_a_judge_there_is_no_quality() -> None:
    figure = drawn("quality", [answer(0, item=None)])
    assert labels(figure) == ["No item has been judged"]


@pytest.mark.parametrize("name", ["quality", "corners"])
@pytest.mark.parametrize(
    ("trust", "language", "why", "way"),
    [
        ("unproven", "en", "nobody has checked", "“Check the judge”"),
        ("unproven", "ko", "심사 모델이<br>검증되지 않아", "‘심사 모델 확인하기’"),
        ("not_trustworthy", "en", "cannot be believed", "“Label by hand”"),
        ("not_trustworthy", "ko", "심사 모델을<br>믿을 수 없어", "‘사람이 평가하기’"),
    ],
)
def test_verdicts_that_are_not_believed_are_no_missing_ones(
    name: FigureName, trust: Trust, language: Language, why: str, way: str
) -> None:
    rows = [answer(0, item=None, criteria_decided=0, criteria_passed=0)]
    (told,) = labels(draw(name, rows, [], language, belief=Belief(trust)).figure)
    assert why in told
    assert way in told
    (labelled,) = labels(draw(name, rows, [], language, belief=Belief(trust, is_labelled=True)).figure)
    assert why in labelled
    assert ("“Labels by people”" if language == "en" else "‘사람의 판정’") in labelled


def test_a_model_whose_judge_is_believed_is_drawn_beside_one_whose_is_not() -> None:
    rows = [answer(0), answer(1, model=OTHER, item=None)]
    figure = draw("quality", rows, [], "en", belief=Belief("not_trustworthy")).figure
    assert shares(figure) == [(ONE, "y", 1.0), (ONE, "y2", 1.0)]


def test_an_item_without_a_language_is_not_stated() -> None:
    assert list(drawn("quality", [answer(0, language=None)]).layout.yaxis2.ticktext) == ["Not stated"]


def test_an_answer_lies_at_its_time_and_its_share_of_passed_criteria() -> None:
    trace = drawn("corners", [answer(0, total=70.0, criteria_passed=3, criteria_decided=4)]).data[0]
    assert (list(trace.x), list(trace.y)) == ([70.0], [0.75])
    assert list(trace.customdata[0]) == ["run-0", "ko-business-00", ONE, "<b>왜?</b><br>글", "3/4", 5]


def test_the_corners_are_named_and_counted_and_their_borders_are_drawn() -> None:
    rows = [
        answer(0, total=120.0, criteria_passed=4, criteria_decided=5),
        answer(1, total=120.1),
        answer(2, total=10.0, criteria_passed=3, item="failed"),
        answer(3, total=130.0, criteria_passed=0, item="failed"),
        answer(4, total=10.0),
    ]
    figure = drawn("corners", rows)
    assert corner_counts(figure) == [
        "<b>fast, good</b><br>2/5",
        "<b>slow, good</b><br>1/5",
        "<b>fast, weak</b><br>1/5",
        "<b>slow, weak</b><br>1/5",
    ]
    assert [shape.x0 for shape in figure.layout.shapes if shape.xref == "x"] == [120]
    assert [shape.y0 for shape in figure.layout.shapes if shape.yref == "y"] == [0.8]
    assert "tier 1: within 120 s" in labels(figure)
    assert legend("corners", rows)[-1].name == "passes from 80%"
    assert corner_counts(drawn("corners", rows, language="ko"))[3] == "<b>느리고 부족함</b><br>1/5"


def test_an_answer_that_did_not_pass_stands_below_the_line_whatever_it_passed_and_an_undecided_one_on_it() -> None:
    rows = [answer(0), answer(1, item="failed"), answer(2, item="abstained", criteria_passed=1), failure(3)]
    figure = drawn("corners", rows)
    assert list(figure.data[0].y) == [1.0, 0.76, 0.8]
    assert [text.rpartition(">")[2] for text in corner_counts(figure)] == ["1/3", "0/3", "1/3", "1/3"]


def test_a_first_text_that_came_late_is_not_fast() -> None:
    figure = drawn("corners", [answer(0, first_text=5.5), answer(1)])
    assert [text.rpartition(">")[2] for text in corner_counts(figure)] == ["1/2", "1/2", "0/2", "0/2"]


def test_answers_without_a_quality_are_counted_and_not_drawn() -> None:
    one = draw("corners", [answer(0), failure(1), answer(2, criteria_decided=0, criteria_passed=0)], [], "en")
    assert sum(len(trace.x) for trace in one.figure.data) == 1
    assert "(failed, or no value): 2" in one.remark


def test_answers_that_would_cover_each_other_stand_in_rows_away_from_the_line() -> None:
    rows = [
        *(answer(number, total=10.0 + number / 100) for number in range(4)),
        *(answer(number, total=10.0 + number / 100, item="failed", criteria_passed=1) for number in range(4, 7)),
        answer(9, total=60.0),
    ]
    trace = drawn("corners", rows).data[0]
    height = {about[0]: y for about, y in zip(trace.customdata, trace.y, strict=True)}
    assert [height[f"run-{number}"] for number in range(4)] == [1.0, 1.035, 1.07, 1.105]
    assert [height[f"run-{number}"] for number in range(4, 7)] == [0.25, 0.215, 0.18]
    assert height["run-9"] == 1.0


def test_cold_answers_are_hollow() -> None:
    warm, cold = drawn("corners", [answer(0), answer(1, was_cold=True)]).data
    assert (warm.marker.symbol, cold.marker.symbol) == ("circle", "circle-open")
