"""Draws the strengths of entrants against their times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log10
from typing import Any, Final, Literal, get_args

import plotly.graph_objects as go

from evals.plots.limits import LANE_PIXELS
from evals.plots.theme import FONT, INK, MUTED, Style, log_ticks, plain
from evals.sessions.times import Median
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import TIERS, Interval, Strength

TimeAxis = Literal["total", "first_text"]
TIME_AXES: Final[tuple[TimeAxis, ...]] = get_args(TimeAxis)
_HEIGHT: Final = 340
_CLEAR: Final = "rgba(0,0,0,0)"
_LIGHT_GRID: Final = "rgba(128,128,128,.28)"
SIGNS: Final[Mapping[str, str]] = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "cross": "✚",
    "x": "✖",
    "star": "★",
    "hexagon": "⬢",
}
"""Signs of the font that look like the symbols of the figures."""


@dataclass(frozen=True)
class StrengthPoint:
    """An entrant whose strength and time are both known."""

    entrant: str
    name: str
    strength: Strength
    time: Median


def win_share(strength: float) -> float:
    """Return the share of wins against an average entrant, 0 to 1, for a strength in log-odds."""
    return 1 / (1 + exp(-strength))


def win_range(interval: Interval) -> Interval:
    return Interval(win_share(interval.low), win_share(interval.high))


def strength_figure(
    points: Sequence[StrengthPoint], axis: TimeAxis, look: Mapping[str, Style], language: Language
) -> go.Figure:
    """Return the strengths against the median times, with intervals in both directions and the targets' limits.

    The background is clear and the legend is left to the page, so that the figure fits light, dark and narrow pages.
    """
    words = texts_in(language).standings
    figure = go.Figure()
    for point in points:
        style, share = look[point.entrant], win_share(point.strength.value)
        figure.add_scatter(
            x=[point.time.value],
            y=[share],
            mode="markers",
            name=plain(point.name),
            marker=style.marker(size=13),
            error_x=_bars(point.time.value, point.time.interval, style.colour),
            error_y=_bars(
                share, None if point.strength.interval is None else win_range(point.strength.interval), style.colour
            ),
            hovertemplate=words.figure_hover.format(name=plain(point.name), share="%{y:.0%}", seconds="%{x:.1f} s")
            + "<extra></extra>",
        )
    low, high = _ends([point.time for point in points], axis)
    _add_limits(figure, axis, language)
    figure.add_shape(
        type="line", x0=0, x1=1, xref="paper", y0=0.5, y1=0.5, line={"color": MUTED, "dash": "dot", "width": 1}
    )
    if not points:
        place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
        figure.add_annotation(text=words.figure_empty, showarrow=False, font={"color": MUTED}, **place)
        figure.add_scatter(x=[None], y=[None], hoverinfo="skip")  # without a trace plotly.js draws no axes
    title = words.figure_total if axis == "total" else words.figure_first_text
    second = texts_in(language).numbers.second
    figure.update_layout(
        template=None,
        height=_HEIGHT,
        margin={"l": 8, "r": 12, "t": 8 + LANE_PIXELS * (len(TIERS) + 1), "b": 8, "autoexpand": True},
        font={"family": FONT, "size": 14, "color": INK},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        showlegend=False,
        xaxis=_axis(
            title, type="log", range=[log10(low), log10(high)], ticksuffix=second, tickvals=log_ticks(low, high)
        ),
        yaxis=_axis(words.figure_y, range=[-0.02, 1.02], tickformat=".0%", dtick=0.25),
    )
    return figure


def _axis(title: str, **fields: Any) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 13}},
        "gridcolor": _LIGHT_GRID,
        "linecolor": MUTED,
        "showline": True,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        **fields,
    }


def _bars(value: float, interval: Interval | None, colour: str) -> dict[str, Any]:
    if interval is None:
        return {"visible": False}
    ends = {"array": [interval.high - value], "arrayminus": [value - interval.low]}
    return {"type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5, **ends}


def _ends(times: Sequence[Median], axis: TimeAxis) -> tuple[float, float]:
    """Return where the axis of times begins and ends: it holds every interval and every limit."""
    limits = [limit for limit, _ in _limits(axis)]
    lows = [time.value if time.interval is None else time.interval.low for time in times]
    highs = [time.value if time.interval is None else time.interval.high for time in times]
    low, high = max(0.01, min([*lows, min(limits) / 4])), max([*highs, *limits])
    return low / 1.5, high * 1.5


def _limits(axis: TimeAxis) -> list[tuple[float, list[int]]]:
    """Return the limits of the tiers in rising order, each with the numbers of its tiers."""
    limits: dict[float, list[int]] = {}
    for tier in TIERS:
        seconds = tier.total_seconds if axis == "total" else tier.first_text_seconds
        limits.setdefault(seconds, []).append(tier.number)
    return sorted(limits.items())


def _add_limits(figure: go.Figure, axis: TimeAxis, language: Language) -> None:
    texts = texts_in(language)
    line = {"color": MUTED, "width": 1.5, "dash": "dash"}
    for place, (limit, numbers) in enumerate(_limits(axis)):
        text = texts.standings.figure_limit.format(
            seconds=f"{limit:g}{texts.numbers.second}", numbers=", ".join(map(str, numbers))
        )
        figure.add_shape(type="line", x0=limit, x1=limit, xref="x", y0=0, y1=1, yref="paper", line=line, layer="below")
        figure.add_annotation(
            text=text,
            x=log10(limit),
            xref="x",
            y=1,
            yref="paper",
            xanchor="right",
            yanchor="bottom",
            showarrow=False,
            font={"size": 13},
            yshift=LANE_PIXELS * place,
        )
