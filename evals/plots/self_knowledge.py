"""Draws what models say of their own answers against the judge's verdicts."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from evals.analysis.self_knowledge import SelfRated, said_yes, self_knowledge, self_rated, self_rated_bins
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.belief import told_without_quality
from evals.plots.theme import Look, add_diagonal, empty, error_bars, finished, hover, plain, point, share_text

_PIXELS: Final = 380
_NO_POINT: Final = (None,)  # keeps a model in the legend
_FIRST_ROW: Final = 0.06  # of a point beyond the shares of 0 and 1
_BETWEEN_ROWS: Final = 0.035
_ROWS: Final = 4


def self_knowledge_figure(answers: Sequence[JudgedAnswer], look: Look) -> go.Figure:
    """Return each answer at its model's own probability, and the shares that the judge passed by fifths of it."""
    if not self_rated(answers):
        return empty("self_knowledge", look, told_without_quality(look.belief, look.words, "self_knowledge"))
    figure = go.Figure()
    add_diagonal(figure, look.words.calibrated)
    models = list(dict.fromkeys(answer.model for answer in answers if said_yes(answer) is not None))
    for model in models:
        _add_model(figure, model, self_rated(answer for answer in answers if answer.model == model), look)
    share = {"tickformat": ".0%", "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    edge = _FIRST_ROW + _ROWS * _BETWEEN_ROWS
    figure.update_xaxes(range=[-0.02, 1.02], title_text=look.words.said_yes, **share)
    figure.update_yaxes(range=[-edge, 1 + edge], title_text=look.words.judge_passed, **share)
    return finished(figure, "self_knowledge", look, plot_pixels=_PIXELS, legend_lines=1 + 3 * len(models))


def _add_model(figure: go.Figure, model: str, rated: Sequence[SelfRated], look: Look) -> None:
    """Add a point for each answer, above the shares if it passed and below if not, and a mark for each fifth."""
    style, bins = look.styles[model], self_rated_bins(rated)
    figure.add_scatter(
        x=[one.yes for one in rated] or _NO_POINT,
        y=[_height(number, one) for number, one in enumerate(rated)] or _NO_POINT,
        mode="markers",
        name=_entry(model, rated, look),
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
        showlegend=False,
        line=style.line(1),
        marker=style.marker(size=12),
        text=[share_text(one.passed) for one, _, _ in shares],
        hovertemplate="%{text}<extra></extra>",
    )


def _height(number: int, rated: SelfRated) -> float:
    beyond = _FIRST_ROW + _BETWEEN_ROWS * (number % _ROWS)
    return 1 + beyond if rated.passed else -beyond


def _entry(model: str, rated: Sequence[SelfRated], look: Look) -> str:
    passed = sum(one.passed for one in rated)
    lines = [plain(model), look.words.self_counts.format(passed=passed, failed=len(rated) - passed)]
    if (found := self_knowledge(rated)) is not None:
        lines.append(look.words.self_area.format(area=found.area, low=found.interval.low, high=found.interval.high))
    return "<br>".join(lines)
