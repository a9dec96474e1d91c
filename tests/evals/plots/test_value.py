"""The figure of the quality at each moment: a line and a band for each model, and nothing where nothing is believed."""

import pytest

from evals.analysis.trust import Belief, Quality
from evals.analysis.value import ModelAt, ValueAt
from evals.plots import NamedFigure, draw
from evals.suite.cases import Language
from llmfirst.stats import Interval
from tests.evals.made import OTHER, TARGET, quality

A, B = TARGET.key, OTHER.key


def model_at(model: str, found: Quality, *, empty: int = 0, unread: int = 0) -> ModelAt:
    return ModelAt(model, found, answers=20, empty=empty, ended=0, unread=unread)


def moments(*, unread: int = 0) -> tuple[ValueAt, ...]:
    """Return two moments and the end of two models; the second has no text at 10 s."""
    passed = {10.0: (12, 0), 60.0: (13, 10), None: (13, 18)}
    return tuple(
        ValueAt(
            seconds,
            (
                model_at(A, quality(first, 20)),
                model_at(B, quality(second, 20), empty=20 if second == 0 else 0, unread=unread),
            ),
            (),
        )
        for seconds, (first, second) in passed.items()
    )


def drawn(value: tuple[ValueAt, ...], language: Language = "en", belief: Belief = Belief("measured")) -> NamedFigure:  # noqa: B008 - it is frozen
    return draw("value", [], [], language, belief=belief, value=value)


def test_each_model_has_its_rates_at_the_moments_and_behind_them_at_the_end() -> None:
    one = drawn(moments())
    bands, lines = [[trace for trace in one.figure.data if trace.mode == mode] for mode in ("lines", "lines+markers")]
    assert [list(line.x) for line in lines] == [[10, 60, 120]] * 2
    assert list(one.figure.layout.xaxis.ticktext) == ["10", "60", "End"]
    rates = [model.rate for moment in moments() for model in moment.models if model.model == B]
    assert list(lines[1].y) == [rate.value for rate in rates if rate is not None]
    intervals = [Interval(low, high) for low, high in zip(reversed(bands[1].y[3:]), bands[1].y[:3], strict=True)]
    assert intervals == [rate.interval for rate in rates if rate is not None]
    assert [entry.name for entry in one.legend] == [A, B]
    assert "n = 20" in one.legend[1].lines[0]
    assert lines[1].text[0].startswith(f"<b>10 s</b><br>{B}<br>")
    assert lines[1].text[0].endswith("<br>20 without text")
    assert [trace.legendgroup for trace in one.figure.data] == [A, A, B, B]


def test_a_rate_that_is_not_known_yet_has_no_point() -> None:
    lines = [trace for trace in drawn(moments(unread=3)).figure.data if trace.mode == "lines+markers"]
    assert [line.name for line in lines] == [A]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_without_moments_or_trust_the_reason_stands_in_its_place(language: Language) -> None:
    for one in (drawn((), language), drawn((), language, Belief("not_trustworthy"))):
        assert len(one.figure.data) == 0
        assert len(one.figure.layout.annotations) == 1
