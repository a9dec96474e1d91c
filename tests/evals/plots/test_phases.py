"""The figure of the phases."""

from importlib import resources

import plotly.graph_objects as go
import pytest

from evals.plots import draw
from llmfirst import PHASES, shared_texts
from tests.evals.plots.made import ONE, OTHER, answer, failure
from tests.evals.plots.test_figures import drawn, labels


def bars(figure: go.Figure) -> dict[str, list[float]]:
    """Return the lengths of the pieces by what they are called."""
    found: dict[str, list[float]] = {}
    for trace in figure.data:
        if trace.type == "bar" and trace.customdata:
            found.setdefault(trace.name, []).extend(trace.x)
    return found


def totals(figure: go.Figure) -> list[str]:
    return [text.strip() for trace in figure.data if trace.type == "scatter" for text in trace.text]


def test_a_bar_is_the_phases_and_the_rest_as_waiting() -> None:
    parts = bars(drawn("phases", [answer()]))
    assert parts == {"Waiting": [2.0], "Strategy": [5.0], "Core": [15.0], "Details": [20.0], "Conclusion": [8.0]}
    assert sum(map(sum, parts.values())) == pytest.approx(50.0)


def test_a_review_is_a_piece_of_its_own_and_no_waiting() -> None:
    parts = bars(drawn("phases", [answer(review=1.5)]))
    assert (parts["Waiting"], parts["Self-review"]) == ([0.5], [1.5])
    parts = bars(drawn("phases", [answer(review=0.5, self_verdict_seconds=1.0)]))
    assert (parts["Waiting"], parts["Self-review"]) == ([0.5], [1.5])
    assert sum(map(sum, parts.values())) == pytest.approx(50.0)


def test_a_phase_that_was_not_reached_has_no_piece() -> None:
    parts = bars(drawn("phases", [answer(0, phases={"strategy": 50.0})]))
    assert parts == {"Strategy": [50.0]}


def test_the_longest_answer_is_first_and_a_failure_is_named() -> None:
    figure = drawn("phases", [answer(0, total=40.0), failure(1, total=9.0), answer(2, total=80.0)])
    assert totals(figure) == ["80 s", "40 s", "9 s, failed"]
    assert list(figure.layout.yaxis.ticktext) == ["ko-business-02", "ko-business-00", "ko-business-01"]


def test_each_model_has_its_own_plot() -> None:
    figure = drawn("phases", [answer(0), answer(1, model=OTHER), answer(2, model=OTHER)])
    assert labels(figure) == [f"{ONE} (n = 1)", f"{OTHER} (n = 2)"]


def test_sixty_answers_at_most_are_shown_and_the_figure_says_of_how_many() -> None:
    rows = [answer(number, total=float(number + 1)) for number in range(70)]
    figure = drawn("phases", rows)
    assert len(totals(figure)) == 60
    assert totals(figure)[-1] == "11 s"
    assert draw("phases", rows, [], "en").remark == "The slowest 60 of 70"


def test_repeats_of_one_question_have_names_of_their_own() -> None:
    figure = drawn("phases", [answer(0), answer(1, case_id="ko-business-00", repeat=1, total=40.0)])
    assert list(figure.layout.yaxis.ticktext) == ["ko-business-00", "ko-business-00 #2"]


def test_the_pieces_differ_in_colour_and_in_pattern() -> None:
    markers = [
        trace.marker for trace in drawn("phases", [answer(review=1.5)]).data if trace.type == "bar" and trace.customdata
    ]
    assert len({marker.color for marker in markers}) == 6
    assert len({(marker.pattern.shape or "") for marker in markers}) == 5  # core is solid, as is the grey of waiting


def test_a_phase_has_the_colour_that_it_has_while_it_is_written() -> None:
    style, names = (
        resources.files("llmfirst.ui").joinpath("ask.css").read_text(encoding="utf-8"),
        shared_texts("en").phases,
    )
    colours = {trace.name: trace.marker.color for trace in drawn("phases", [answer(review=1.5)]).data}
    for phase in PHASES:
        assert f".budget .fill.{phase} {{ background: {colours[names[phase]]}; }}" in style
    assert f".budget .fill.review {{ background: {colours['Self-review']}; }}" in style
