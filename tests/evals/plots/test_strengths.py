"""The figure of strengths against times."""

from itertools import pairwise

import pytest

from evals.plots.strengths import TIME_AXES, StrengthPoint, TimeAxis, strength_figure, win_share
from evals.plots.theme import styles
from evals.sessions.times import Median
from evals.suite.cases import Language
from llmfirst import Interval, Strength
from tests.evals.report.made import LANGUAGES

POINTS = (
    StrengthPoint("x/a", "a<b>", Strength("x/a", 1.0, Interval(0.2, 1.8), 30), Median(12.0, Interval(10.0, 15.0))),
    StrengthPoint("x/b", "b", Strength("x/b", -1.0, None, 30), Median(0.4, None)),
)
LOOK = styles(["x/a", "x/b"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("axis", TIME_AXES)
def test_intervals_go_in_both_directions_and_a_missing_one_is_left_out(axis: TimeAxis, language: Language) -> None:
    first, second = strength_figure(POINTS, axis, LOOK, language).data
    assert first.name == "a&lt;b&gt;"
    assert (first.y[0], first.x[0]) == (pytest.approx(0.731, abs=0.001), 12.0)
    assert (first.error_x.array[0], first.error_x.arrayminus[0]) == (3.0, 2.0)
    assert first.error_y.array[0] == pytest.approx(win_share(1.8) - win_share(1.0))
    assert (second.error_x.visible, second.error_y.visible) == (False, False)
    assert first.marker.symbol != second.marker.symbol


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        ("total", ["60 s (tier 3)", "90 s (tier 2)", "120 s (tier 1)"]),
        ("first_text", ["3 s (tier 3)", "5 s (tier 1, 2)"]),
    ],
)
def test_the_limits_are_named_by_their_tiers_and_their_names_do_not_cover_each_other(
    axis: TimeAxis, names: list[str]
) -> None:
    figure = strength_figure(POINTS, axis, LOOK, "en")
    assert [one.text for one in figure.layout.annotations] == names
    assert all(after.yshift - before.yshift >= 15 for before, after in pairwise(figure.layout.annotations))


def test_without_strengths_the_figure_says_so() -> None:
    figure = strength_figure((), "total", {}, "en")
    assert "No strength is known yet." in [one.text for one in figure.layout.annotations]


def test_nothing_is_drawn_in_black_or_on_a_ground_of_its_own() -> None:
    assert all(style.colour != "#000000" for style in styles(list("abcdefg")).values())
    figure = strength_figure(POINTS, "total", LOOK, "en")
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
