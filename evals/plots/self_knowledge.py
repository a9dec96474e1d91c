"""Draws what models say of their own answers against the judge's verdicts."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from evals.analysis.self_knowledge import SelfRated, said_yes, self_knowledge, self_rated, self_rated_bins
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.answer_points import hover, point
from evals.plots.belief import told_without_quality
from evals.plots.legend import Drawing, Entry, Mark, mark_of
from evals.plots.theme import MUTED, Look, add_diagonal, empty, error_bars, finished, plain, share_text

_PIXELS: Final = 320
_FIRST_ROW: Final = 0.06  # of a point beyond the shares of 0 and 1
_BETWEEN_ROWS: Final = 0.035
_ROWS: Final = 4


def self_knowledge_figure(answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw each answer at its model's own probability, and the shares that the judge passed by fifths of it."""
    if not self_rated(answers):
        return Drawing(empty(told_without_quality(look.belief, look.words, "self_knowledge")))
    figure = go.Figure()
    add_diagonal(figure)
    models = list(dict.fromkeys(answer.model for answer in answers if said_yes(answer) is not None))
    legend = [
        _add_model(figure, model, self_rated(answer for answer in answers if answer.model == model), look)
        for model in models
    ]
    legend.append(Entry(look.words.calibrated, Mark("line", MUTED, dash="dot")))
    share = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickangle": 0}
    edge = _FIRST_ROW + _ROWS * _BETWEEN_ROWS
    figure.update_xaxes(range=[-0.02, 1.02], title_text=look.words.said_yes, **share)
    figure.update_yaxes(range=[-edge, 1 + edge], title_text=look.words.judge_passed, **share)
    return Drawing(finished(figure, plot_pixels=_PIXELS), legend)


def _add_model(figure: go.Figure, model: str, rated: Sequence[SelfRated], look: Look) -> Entry:
    """Add a point for each answer, above the shares if it passed and below if not, and a mark for each fifth."""
    style, bins = look.styles[model], self_rated_bins(rated)
    figure.add_scatter(
        x=[one.yes for one in rated],
        y=[_height(number, one) for number, one in enumerate(rated)],
        mode="markers",
        name=plain(model),
        legendgroup=model,
        marker=style.marker(size=8),
        opacity=0.6,
        customdata=[point(one.answer) for one in rated],
        hovertemplate=hover("%{x:.0%}"),
    )
    measured = [(one, one.passed.rate, one.passed.interval) for one in bins]
    shares = [(one, rate, interval) for one, rate, interval in measured if rate is not None and interval is not None]
    figure.add_scatter(
        x=[one.yes for one, _, _ in shares],
        y=[rate for _, rate, _ in shares],
        error_y=error_bars([(rate, interval) for _, rate, interval in shares], style.colour),
        mode="lines+markers",
        name=plain(model),
        legendgroup=model,
        line=style.line(1),
        marker=style.marker(size=12),
        text=[share_text(one.passed) for one, _, _ in shares],
        hovertemplate="%{text}<extra></extra>",
    )
    return Entry(model, mark_of(style, "symbol"), _lines(rated, look), group=model)


def _height(number: int, rated: SelfRated) -> float:
    beyond = _FIRST_ROW + _BETWEEN_ROWS * (number % _ROWS)
    return 1 + beyond if rated.passed else -beyond


def _lines(rated: Sequence[SelfRated], look: Look) -> tuple[str, ...]:
    passed = sum(one.passed for one in rated)
    lines = [look.words.self_counts.format(passed=passed, failed=len(rated) - passed)]
    if (found := self_knowledge(rated)) is not None:
        lines.append(look.words.self_area.format(area=found.area, low=found.interval.low, high=found.interval.high))
    return tuple(lines)
