"""Draws the trend: the times and the quality of each model over the evaluations of a suite."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.analysis.trend import TrendRow
from evals.plots.belief import told_without_trend
from evals.plots.legend import Drawing, Entry, Mark, mark_of
from evals.plots.limits import add_level, quality_limits
from evals.plots.theme import BAND, LIGHTER, MUTED, Look, empty, error_bars, finished, plain, rate_text
from evals.records.local_time import local_zone

_SPREAD: Final = 0.24  # of the distance between two evaluations: where the models are spread
_MOST_LABELS: Final = 4
_PIXELS: Final = 400
_ABOVE_PIXELS: Final = 26  # for the word over a baseline
_BELOW_PIXELS: Final = 84  # for the times of the evaluations


def trend_figure(rows: Sequence[TrendRow], look: Look) -> Drawing:
    """Draw the medians and quality of each evaluation, oldest first, evenly spaced, with a band at the baseline."""
    if not rows:
        return Drawing(empty(look.words.empty["trend"]))
    starts = {row.evaluation_id: row.created_at for row in sorted(rows, key=lambda row: row.created_at)}
    places = {evaluation: place for place, evaluation in enumerate(starts)}
    models = list(dict.fromkeys(row.model for row in rows))
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    has_points: dict[int, bool] = {}
    for number, model in enumerate(models):
        shift = 0.0 if len(models) == 1 else _SPREAD * (number / (len(models) - 1) - 0.5)
        of_model = sorted((row for row in rows if row.model == model), key=lambda row: row.created_at)
        panels: list[Callable[[TrendRow], float | None]] = [
            lambda row: row.first_text_median,
            lambda row: row.total_median,
            lambda row: None if row.quality is None else row.quality.value,
        ]
        for panel, value_of in enumerate(panels, start=1):
            drawn = [(row, value) for row in of_model if (value := value_of(row)) is not None]
            is_quality = panel == len(panels)
            has_points[panel] = has_points.get(panel, False) or bool(drawn)
            if not drawn:
                continue
            figure.add_scatter(
                x=[round(places[row.evaluation_id] + shift, 4) for row, _ in drawn],
                y=[value for _, value in drawn],
                mode="lines+markers",
                name=plain(model),
                legendgroup=model,
                line=look.styles[model].line(),
                marker=look.styles[model].marker(size=10),
                error_y=_intervals([row for row, _ in drawn], look.styles[model].colour) if is_quality else None,
                customdata=[_about(row, look, is_quality=is_quality) for row, _ in drawn],
                hovertemplate=_hover(look, is_quality=is_quality),
                row=panel,
                col=1,
            )
        _add_first_tokens(figure, of_model, places, shift, look)
    _mark_baselines(figure, {places[row.evaluation_id] for row in rows if row.is_baseline}, look)
    easiest = min(quality_limits(look), key=lambda limit: limit.at)
    add_level(figure, easiest.at, row=3, col=1)
    every = -(-len(places) // _MOST_LABELS)
    shown = [evaluation for evaluation, place in places.items() if place % every == 0]
    figure.update_xaxes(
        range=[-0.5, len(places) - 0.5],
        tickvals=[places[evaluation] for evaluation in shown],
        ticktext=[_tick([row for row in rows if row.evaluation_id == evaluation], look) for evaluation in shown],
        tickangle=0,
        showgrid=False,
    )
    figure.update_yaxes(rangemode="tozero", ticksuffix=look.words.seconds.format(seconds=""))
    for panel, has_data in has_points.items():
        if not has_data:  # without a trace plotly.js draws no axis, and without a range it draws malformed paths
            figure.add_scatter(x=[None], y=[None], hoverinfo="skip", row=panel, col=1)
            figure.update_yaxes(range=[0, 1], row=panel, col=1)
    if not has_points[3]:
        newest_last = sorted(rows, key=lambda row: row.created_at)
        judged = [row.trust for row in newest_last if row.trust != "not_measured"]
        _say_why(figure, told_without_trend(judged, look.words))
    figure.update_yaxes(title_text=look.names.targets["first_text"], row=1, col=1)
    figure.update_yaxes(title_text=look.names.targets["total"], row=2, col=1)
    figure.update_yaxes(
        title_text=look.names.targets["quality"], range=[-0.02, 1.02], tickformat=".0%", ticksuffix="", row=3, col=1
    )
    suites = look.words.suite.format(name=", ".join(dict.fromkeys(row.suite for row in rows)))
    legend = [_entry([row for row in rows if row.model == model], look) for model in models]
    legend.append(Entry(easiest.name, Mark("line", MUTED, dash="dot")))
    return Drawing(finished(figure, plot_pixels=_PIXELS, above=_ABOVE_PIXELS, bottom=_BELOW_PIXELS), legend, suites)


def _entry(of_model: Sequence[TrendRow], look: Look) -> Entry:
    lines = (look.words.light_token,) if _has_first_tokens(of_model) else ()
    model = of_model[0].model
    return Entry(model, mark_of(look.styles[model], "line and symbol"), lines, group=model)


def _has_first_tokens(of_model: Sequence[TrendRow]) -> bool:
    """Return whether a first token of any kind is not the first text."""
    return any(row.first_token_median not in (None, row.first_text_median) for row in of_model)


def _add_first_tokens(
    figure: go.Figure, of_model: Sequence[TrendRow], places: Mapping[str, int], shift: float, look: Look
) -> None:
    """Add the lighter line of the first token of any kind, where it is not the first text."""
    if not _has_first_tokens(of_model):
        return
    drawn = [row for row in of_model if row.first_token_median is not None]
    model = of_model[0].model
    figure.add_scatter(
        x=[round(places[row.evaluation_id] + shift, 4) for row in drawn],
        y=[row.first_token_median for row in drawn],
        mode="lines+markers",
        name=look.names.times["first_token"],
        legendgroup=model,
        opacity=LIGHTER,
        line=look.styles[model].line(1),
        marker=look.styles[model].marker(size=7),
        customdata=[_about(row, look, is_quality=False) for row in drawn],
        hovertemplate=f"{look.names.times['first_token']}<br>{_hover(look, is_quality=False)}",
        row=1,
        col=1,
    )


def _say_why(figure: go.Figure, reason: str) -> None:
    place = {"x": 0.5, "xref": "x domain", "y": 0.4, "yref": "y3 domain"}
    figure.add_annotation(text=reason, showarrow=False, font={"color": MUTED}, **place)


def _tick(rows: Sequence[TrendRow], look: Look) -> str:
    """Return the label of an evaluation: its local time and the number of answers behind its medians."""
    counts = sorted({row.count for row in rows})
    count = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    at = rows[0].created_at
    return f"{at.astimezone():%m-%d<br>%H:%M}<br>{local_zone(at)}<br>{look.common.count.format(count=count)}"


def _about(row: TrendRow, look: Look, *, is_quality: bool) -> tuple[str | None, str, str, str]:
    """Return the `customdata` of a point: no run id, the id of the evaluation, the model, and the count or share."""
    counted = look.common.count.format(count=row.count)
    if is_quality and row.quality is not None:
        counted = rate_text(row.quality, row.decided, look)
    return None, row.evaluation_id, plain(row.model), counted


def _hover(look: Look, *, is_quality: bool) -> str:
    value = "%{y:.0%}" if is_quality else look.words.seconds.format(seconds="%{y:.2f}")
    parts = ["%{customdata[2]}", "%{customdata[3]}" if is_quality else f"{value} (%{{customdata[3]}})"]
    return "<br>".join(parts) + "<extra></extra>"


def _intervals(rows: Sequence[TrendRow], colour: str) -> dict[str, Any]:
    return error_bars([(row.quality.value, row.quality.interval) for row in rows if row.quality is not None], colour)


def _mark_baselines(figure: go.Figure, places: set[int], look: Look) -> None:
    for place in sorted(places):
        figure.add_shape(
            type="rect",
            x0=place - 0.4,
            x1=place + 0.4,
            xref="x",
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=BAND,
            line={"width": 0},
            layer="below",
        )
        figure.add_annotation(
            text=f"<b>{look.common.baseline}</b>",
            x=place,
            xref="x",
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
        )
