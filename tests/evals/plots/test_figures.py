"""All figures: what they hold, whatever was measured."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import plotly.graph_objects as go
import pytest

from evals.analysis.trend import TrendRow
from evals.calibration.answers import load_gold
from evals.judge.judged_answers import JudgedAnswer
from evals.plots import Entry, FigureName, draw, figures
from evals.plots.answer_points import pixels_of
from evals.suite.cases import Language
from llmfirst.stats import CorrectedRate, Interval
from tests.evals.calibration.made import found, right
from tests.evals.plots.made import ONE, OTHER, answer, evaluated, failure, summary

NAMES = get_args(FigureName)
OF_MODELS = [name for name in NAMES if name not in ("reliability", "value")]  # they have tests of their own
LANGUAGES: tuple[Language, ...] = ("ko", "en")
MIXED = [
    answer(0, first_text=1.0, total=40.0),
    answer(1, first_text=6.0, total=100.0, item="failed", criteria_passed=1),
    failure(2),
    answer(3, was_cold=True, first_text=30.0, total=90.0),
    answer(4, model=OTHER, first_text=4.0, total=130.0, language="en", category="writing", item="abstained"),
    answer(5, model=OTHER, first_text=None, total=None, phases={}, criteria_decided=0, criteria_passed=0, item=None),
    failure(6, model=OTHER, total=None),
]
SEVERAL = [
    evaluated(0),
    evaluated(0, model=OTHER, first_text_median=None, total_median=None, quality=None, decided=0, count=0),
    evaluated(1, quality=CorrectedRate(0.9, Interval(0.7, 0.97)), is_baseline=True),
    evaluated(1, model=OTHER, first_text_median=4.0),
]


def drawn(
    name: FigureName, rows: list[JudgedAnswer], trend: list[TrendRow] | None = None, language: Language = "en"
) -> go.Figure:
    return draw(name, rows, trend or [], language).figure


def legend(name: FigureName, rows: list[JudgedAnswer], language: Language = "en") -> tuple[Entry, ...]:
    return draw(name, rows, [], language).legend


def content(figure: go.Figure) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(figure.to_json(), parse_constant=lambda constant: pytest.fail(constant))
    return made


def points(figure: go.Figure) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Return where each answer lies, by its run and the axis that its value is read from."""
    return {
        (data[0], trace.xaxis if trace.type == "bar" else trace.yaxis, trace.name): (x, y)
        for trace in figure.data
        for x, y, data in zip(trace.x, trace.y, trace.customdata or (), strict=False)
        if data[0] is not None
    }


def runs(figure: go.Figure) -> set[str]:
    return {key[0] for key in points(figure)}


def texts(figure: go.Figure) -> str:
    return json.dumps(content(figure), ensure_ascii=False)


def lines(figure: go.Figure, axis: str) -> list[float]:
    return [shape[f"{axis}0"] for shape in figure.layout.shapes if shape.type == "line" and shape.line.dash == "dash"]


def labels(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("rows", "trend"),
    [([], []), ([answer()], [evaluated()]), ([failure()], []), (MIXED, SEVERAL)],
    ids=["nothing", "one answer", "one failure", "several models"],
)
def test_there_are_always_the_same_figures_in_one_order_and_all_numbers_are_finite(
    rows: list[JudgedAnswer], trend: list[TrendRow], language: Language
) -> None:
    made = figures(summary(rows), trend, language)
    assert tuple(one.name for one in made) == NAMES
    for one in made:
        assert all(abs(number) < 1e9 for number in numbers_in(content(one.figure)))
        assert one.title
        assert bool(one.note) == bool(one.figure.data or one.legend)
        assert not one.figure.layout.title.text  # the page writes it, so that it wraps


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_without_data_says_so_once(name: FigureName, language: Language) -> None:
    figure = drawn(name, [], language=language)
    assert len(figure.data) == 0
    assert len(figure.layout.annotations) == 1


@pytest.mark.parametrize("name", [name for name in OF_MODELS if name not in ("quality", "trend")])
def test_one_answer_is_a_point_that_names_its_run(name: FigureName) -> None:
    assert runs(drawn(name, [answer(7)])) == {"run-7"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("first_text", {0, 1, 3, 4}),
        ("total", {0, 1, 3, 4}),
        ("phases", {0, 1, 2, 3, 4}),
        ("corners", {0, 1, 3, 4}),
        ("drift", {0, 1, 3, 4}),
    ],
)
def test_what_was_not_measured_has_no_point(name: FigureName, shown: set[int]) -> None:
    assert runs(drawn(name, MIXED)) == {f"run-{number}" for number in shown}


@pytest.mark.parametrize("name", ["first_text", "total", "corners", "drift", "trend"])
def test_a_missing_value_is_never_a_zero(name: FigureName) -> None:
    figure = drawn(name, MIXED, SEVERAL)
    seconds = "x" if name in ("first_text", "total", "corners") else "y"
    assert 0 not in [value for trace in figure.data for value in trace[seconds]]


@pytest.mark.parametrize("name", OF_MODELS)
def test_every_model_is_named(name: FigureName) -> None:
    words = texts(drawn(name, MIXED, SEVERAL))
    assert ONE in words
    assert OTHER in words


@pytest.mark.parametrize("name", ["first_text", "drift", "corners", "trend"])
def test_models_differ_in_colour_and_in_shape(name: FigureName) -> None:
    markers = {
        (trace.marker.color, trace.marker.symbol)
        for trace in drawn(name, [answer(0), answer(1, model=OTHER)], SEVERAL).data
        if "markers" in trace.mode
    }
    assert len(markers) == len({colour for colour, _ in markers}) == len({symbol for _, symbol in markers}) == 2


def test_a_model_looks_the_same_in_every_figure() -> None:
    names: tuple[FigureName, ...] = ("first_text", "drift", "corners", "trend", "quality")
    colours = {
        trace.marker.color
        for name in names
        for trace in drawn(name, MIXED, SEVERAL).data
        if trace.name is not None and OTHER in trace.name and trace.mode != "lines"
    }
    assert len(colours) == 1


def test_a_model_without_any_answer_keeps_its_line_in_the_legend() -> None:
    (entry,) = legend("first_text", [failure(0)])
    assert (entry.name, entry.lines) == (ONE, ("n = 1, 1 failed", "≤ 3 s: 0/1 = 0% (0–79%)", "≤ 5 s: 0/1 = 0% (0–79%)"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_line_in_a_plot_is_longer_than_a_telephone_is_wide(name: FigureName, language: Language) -> None:
    known = {of: found(right, load_gold(of)) for of in LANGUAGES}
    long = [answer(9, text="가나다라 마바사아 " * 50), answer(10, text="w" * 900), answer(11, text="some words " * 90)]
    whole = draw(name, [*MIXED, *long], SEVERAL, language, known).figure
    nothing = draw(name, [], [], language).figure
    inside = [*labels(nothing), *labels(whole), *(about[3] for about in customdata(whole) if about[0] is not None)]
    assert [line for text in inside for line in text.split("<br>") if pixels_of(line) > 320] == []
    axes = [axis.title.text or "" for axis in (*whole.select_xaxes(), *whole.select_yaxes())]
    assert [title for title in axes if pixels_of(title) > 250] == []


def customdata(figure: go.Figure) -> list[Any]:
    return [about for trace in figure.data for about in trace.customdata or ()]


@pytest.mark.parametrize("name", ["first_text", "total", "phases", "corners", "drift", "self_knowledge"])
def test_every_entry_of_a_legend_that_can_be_hidden_has_its_traces(name: FigureName) -> None:
    one = draw(name, MIXED, [], "en")
    groups = {trace.legendgroup for trace in one.figure.data} - {None}
    assert {entry.group for entry in one.legend if entry.group} == groups


def test_the_hover_text_has_the_question_and_the_first_words_of_the_answer() -> None:
    data = drawn("total", [answer(text="첫 낱말 <script>x</script> **굵게** 둘째 줄까지 이어지는 답변 " * 3)]).data[0]
    assert data.customdata[0][3].startswith("<b>왜?</b><br>첫 낱말 &lt;script&gt;x")
    assert data.customdata[0][3].endswith("…")
    assert "%{customdata[3]}" in data.hovertemplate
    assert drawn("phases", [failure()]).data[0].customdata[0][3] == "<b>왜?</b>"


def test_mark_up_in_a_name_is_shown_and_not_obeyed() -> None:
    rows = [answer(0, model="ollama/<b>x</b>", case_id="<a href='y'>z</a>")]
    data = drawn("first_text", rows).data[0]
    assert data.name == "ollama/&lt;b&gt;x&lt;/b&gt;"
    assert data.customdata[0][1] == "&lt;a href='y'&gt;z&lt;/a&gt;"
    assert legend("first_text", rows)[0].name == "ollama/<b>x</b>"  # the page escapes it


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_asks_the_network_for_a_font(name: FigureName) -> None:
    figure = drawn(name, MIXED, SEVERAL)
    assert figure.layout.template.layout.font.family.startswith("system-ui")
    assert "http" not in texts(figure)
