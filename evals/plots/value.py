"""Draws what answers are worth to a reader who stops: the quality at each moment, with its interval as a band."""

from collections.abc import Sequence
from math import log10
from typing import Final

import plotly.graph_objects as go

from evals.analysis.value import ModelAt, ValueAt
from evals.plots.belief import told_without_quality
from evals.plots.legend import Drawing, Entry, mark_of
from evals.plots.theme import Look, empty, finished, plain, rate_text
from llmfirst import CorrectedRate

_PLOT_PIXELS: Final = 250
_END: Final = 2.0  # times the last moment: the place of the end, as far from it as 60 s from 30 s
_ROOM: Final = 1.15  # of the axis beside the first and the last point
_BAND: Final = 0.14  # its opacity
Placed = tuple[float, ValueAt, ModelAt, CorrectedRate]
"""A point: its place on the axis of time, its moment, its model and its rate."""


def value_figure(moments: Sequence[ValueAt], look: Look) -> Drawing:
    """Draw the quality of each model against the moment at which a reader stops."""
    places = _places(moments)
    points = [
        (place, one, model, model.rate)
        for place, one in zip(places, moments, strict=True)
        for model in one.models
        if model.rate is not None
    ]
    if not points:
        return Drawing(empty(told_without_quality(look.belief, look.words, "value")))
    figure, legend = go.Figure(), []
    for model in dict.fromkeys(point[2].model for point in points):
        own = [point for point in points if point[2].model == model]
        _add_band(figure, model, own, look)
        _add_line(figure, model, own, look)
        last = own[-1]
        lines = (look.words.quality.format(rate=rate_text(last[3], last[2].quality.passed.total, look)),)
        legend.append(Entry(model, mark_of(look.styles[model], "line and symbol"), lines, group=model))
    figure.update_xaxes(
        type="log",
        range=[log10(places[0] / _ROOM), log10(places[-1] * _ROOM)],
        tickvals=places,
        ticktext=[look.value.end if one.seconds is None else f"{one.seconds:g}" for one in moments],
        tickangle=0,
        title_text=look.in_seconds(look.words.stopped_at),
    )
    figure.update_yaxes(
        range=[-0.03, 1.03], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], title_text=look.words.quality_axis
    )
    return Drawing(finished(figure, plot_pixels=_PLOT_PIXELS), legend)


def _places(moments: Sequence[ValueAt]) -> list[float]:
    """Return where each moment stands; the end of the answers, which has no one time, stands behind the last."""
    times = [one.seconds for one in moments if one.seconds is not None]
    return [_END * max(times, default=1.0) if one.seconds is None else one.seconds for one in moments]


def _add_band(figure: go.Figure, model: str, own: Sequence[Placed], look: Look) -> None:
    places = [point[0] for point in own]
    lows, highs = [point[3].interval.low for point in own], [point[3].interval.high for point in own]
    figure.add_scatter(
        x=[*places, *reversed(places)],
        y=[*highs, *reversed(lows)],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=look.styles[model].tint(_BAND),
        legendgroup=model,
        hoverinfo="skip",
    )


def _add_line(figure: go.Figure, model: str, own: Sequence[Placed], look: Look) -> None:
    figure.add_scatter(
        x=[point[0] for point in own],
        y=[point[3].value for point in own],
        mode="lines+markers",
        name=plain(model),
        legendgroup=model,
        line=look.styles[model].line(),
        marker=look.styles[model].marker(),
        text=[_described(*point, look) for point in own],
        hovertemplate="%{text}<extra></extra>",
    )


def _described(_: float, one: ValueAt, model: ModelAt, rate: CorrectedRate, look: Look) -> str:
    lines = [f"<b>{_name(one, look)}</b>", plain(model.model), rate_text(rate, model.quality.passed.total, look)]
    if model.empty:
        lines.append(look.value.empty.format(count=model.empty))
    return "<br>".join(lines)


def _name(one: ValueAt, look: Look) -> str:
    return look.value.end if one.seconds is None else look.seconds(one.seconds)
