"""Draws the figures of time: the share of answers within each time, and the times over the course of the evaluation."""

from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Final, Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.judge.judged_answers import JudgedAnswer
from evals.plots.theme import LIGHTER, Look, add_entry, add_limits, empty, finished, hover, plain, point, share_text
from llmfirst import TIERS, proportion, quantile

LatencyMetric = Literal["first_text", "total"]
_LIMITS: Final[dict[LatencyMetric, tuple[float, ...]]] = {
    "first_text": tuple(sorted({tier.first_text_seconds for tier in TIERS})),
    "total": tuple(sorted({tier.total_seconds for tier in TIERS})),
}
_NO_POINT: Final = (None,)  # keeps the legend entry of a model without answers
_ROOM: Final = 1.06  # of the longest time, so that the edge cuts no point


def seconds_of(answer: JudgedAnswer, measure: LatencyMetric) -> float | None:
    """Return the time in seconds since submission; None for a failed answer."""
    if answer.attempt.is_error:
        return None
    return answer.timing.first_text_seconds if measure == "first_text" else answer.timing.total_seconds


def first_token_of(answer: JudgedAnswer) -> float | None:
    """Return the time of the first token of any kind where it is not the first text; None for a failed answer."""
    first, text = answer.timing.first_token_seconds, seconds_of(answer, "first_text")
    return None if text is None or first == text else first


def time_figure(measure: LatencyMetric, answers: Sequence[JudgedAnswer], look: Look) -> go.Figure:
    """Return the cumulative share of answers over time, one stair per model; cold answers are separate points below."""
    measured = [seconds for answer in answers if (seconds := seconds_of(answer, measure)) is not None]
    if not answers:
        return empty(measure, look)
    end = max([*measured, *_LIMITS[measure]]) * _ROOM
    figure = go.Figure()
    models = list(dict.fromkeys(answer.model for answer in answers))
    depths = {model: -0.05 * (place + 1) for place, model in enumerate(models)}
    lines = 0
    for model in models:
        of_model = [answer for answer in answers if answer.model == model]
        warm = [answer for answer in of_model if not answer.attempt.was_cold]
        cold = [answer for answer in of_model if answer.attempt.was_cold]
        if warm:
            _add_stair(figure, measure, warm, end, look)
            lines += 2 + len(_LIMITS[measure])
        if measure == "first_text" and any(first_token_of(answer) is not None for answer in warm):
            _add_first_tokens(figure, warm, look)
            lines += 2
        if cold:
            _add_cold(figure, measure, cold, depths[model], look)
            lines += 2
    add_limits(figure, "x", [(limit, look.seconds(limit)) for limit in _LIMITS[measure]], span=end)
    has_cold = any(answer.attempt.was_cold for answer in answers)
    lowest = min(depths.values()) - 0.05 if has_cold else 0.0
    name = look.names.targets["first_text"] if measure == "first_text" else look.names.targets["total"]
    figure.update_xaxes(range=[0, end], title_text=name, ticksuffix=look.words.seconds.format(seconds=""))
    figure.update_yaxes(
        range=[lowest, 1.04],
        tickformat=".0%",
        tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1],
        title_text=look.words.share_of_answers,
    )
    return finished(figure, measure, look, plot_pixels=320, legend_lines=lines)


def _add_stair(figure: go.Figure, measure: LatencyMetric, warm: Sequence[JudgedAnswer], end: float, look: Look) -> None:
    """Add the stair of one model, with a point for each answer; failed answers keep it below 100 %."""
    model, style = warm[0].model, look.styles[warm[0].model]
    timed = [(seconds, answer) for answer in warm if (seconds := seconds_of(answer, measure)) is not None]
    timed.sort(key=lambda pair: pair[0])
    shares = [rank / len(warm) for rank in range(1, len(timed) + 1)]
    xs = [seconds for seconds, _ in timed]
    name = _stair_name(measure, model, xs, len(warm), look)
    figure.add_scatter(
        x=xs or _NO_POINT,
        y=shares or _NO_POINT,
        mode="lines+markers",
        name=name,
        legendgroup=model,
        line={**style.line(), "shape": "hv"},
        marker=style.marker(size=8),
        customdata=[point(answer) for _, answer in timed],
        hovertemplate=hover(f"{look.words.seconds.format(seconds='%{x:.2f}')}", "%{y:.0%}"),
    )
    if timed:
        figure.add_scatter(
            x=[xs[-1], end],
            y=[shares[-1], shares[-1]],
            mode="lines",
            name=plain(model),
            legendgroup=model,
            showlegend=False,
            line=style.line(1),
            hoverinfo="skip",
        )


def _add_first_tokens(figure: go.Figure, warm: Sequence[JudgedAnswer], look: Look) -> None:
    """Add the lighter stair of the first token of any kind beside that of the first text."""
    model = warm[0].model
    answers = [answer for answer in warm if not answer.attempt.is_error]
    timed = [(first, answer) for answer in answers if (first := answer.timing.first_token_seconds) is not None]
    timed.sort(key=lambda pair: pair[0])
    figure.add_scatter(
        x=[first for first, _ in timed],
        y=[rank / len(warm) for rank in range(1, len(timed) + 1)],
        mode="lines",
        name=look.words.first_token.format(model=plain(model)),
        legendgroup=model,
        opacity=LIGHTER,
        line={**look.styles[model].line(1), "shape": "hv"},
        customdata=[point(answer) for _, answer in timed],
        hovertemplate=hover(look.words.seconds.format(seconds="%{x:.2f}"), look.names.times["first_token"]),
    )


def _stair_name(measure: LatencyMetric, model: str, seconds: Sequence[float], count: int, look: Look) -> str:
    """Return the legend entry of a stair: the model, its counts, its median, and its share within each limit."""
    failed = count - len(seconds)
    median = quantile([*seconds, *[inf] * failed], 0.5)
    counts = [look.common.count.format(count=count)]
    if failed:
        counts.append(look.words.failed.format(count=failed))
    if median is not None and median < inf:
        counts.append(look.words.median.format(seconds=look.seconds(median)))
    shares = [
        look.words.within.format(
            limit=look.seconds(limit), share=share_text(proportion(sum(value <= limit for value in seconds), count))
        )
        for limit in _LIMITS[measure]
    ]
    return f"{plain(model)}<br>{', '.join(counts)}<br>{'<br>'.join(shares)}"


def _add_cold(
    figure: go.Figure, measure: LatencyMetric, cold: Sequence[JudgedAnswer], depth: float, look: Look
) -> None:
    model = cold[0].model
    found = [(seconds, answer) for answer in cold if (seconds := seconds_of(answer, measure)) is not None]
    figure.add_scatter(
        x=[seconds for seconds, _ in found] or _NO_POINT,
        y=[depth] * len(found) or _NO_POINT,
        mode="markers",
        name=look.words.cold.format(model=plain(model), count=len(cold)),
        marker=look.styles[model].marker(is_cold=True),
        customdata=[point(answer) for _, answer in found],
        hovertemplate=hover(look.words.seconds.format(seconds="%{x:.2f}")),
        cliponaxis=False,
    )


def drift_figure(answers: Sequence[JudgedAnswer], look: Look) -> go.Figure:
    """Return both times of each answer over the minute at which it was asked; cold answers are hollow points."""
    if all(seconds_of(answer, "total") is None and seconds_of(answer, "first_text") is None for answer in answers):
        return empty("drift", look)
    start = min(answer.attempt.asked_at for answer in answers)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    groups = [
        (model, is_cold, [answer for answer in answers if answer.model == model and answer.attempt.was_cold == is_cold])
        for model in dict.fromkeys(answer.model for answer in answers)
        for is_cold in (False, True)
    ]
    drawn = [(model, is_cold, group) for model, is_cold, group in groups if group]
    for model, is_cold, group in drawn:
        _add_series(
            figure, model, sorted(group, key=lambda answer: answer.attempt.asked_at), start, look, is_cold=is_cold
        )
    missing = sum(seconds_of(answer, "total") is None for answer in answers)
    figure.update_yaxes(rangemode="tozero", ticksuffix=look.words.seconds.format(seconds=""))
    figure.update_yaxes(title_text=look.names.targets["first_text"], row=1, col=1)
    figure.update_yaxes(title_text=look.names.targets["total"], row=2, col=1)
    length = max(_minutes(answer, start) for answer in answers)
    figure.update_xaxes(range=[-0.03 * length - 0.1, max(1.0, 1.03 * length + 0.1)])
    figure.update_xaxes(title_text=look.words.minutes, row=2, col=1)
    more = look.words.left_out.format(count=missing) if missing else ""
    return finished(figure, "drift", look, plot_pixels=380, legend_lines=2 * len(drawn), more=more)


def _add_series(
    figure: go.Figure, model: str, answers: Sequence[JudgedAnswer], start: datetime, look: Look, *, is_cold: bool
) -> None:
    count = look.common.count.format(count=len(answers))
    cold_name = look.words.cold.format(model=plain(model), count=len(answers))
    name, group = cold_name if is_cold else f"{plain(model)}<br>{count}", f"{model} {is_cold}"
    mode: Literal["markers", "lines+markers"] = "markers" if is_cold else "lines+markers"
    firsts = [(answer, first) for answer in answers if (first := first_token_of(answer)) is not None]
    if firsts:
        figure.add_scatter(
            x=[_minutes(answer, start) for answer, _ in firsts],
            y=[first for _, first in firsts],
            mode="markers",
            name=name,
            legendgroup=group,
            showlegend=False,
            opacity=LIGHTER,
            marker=look.styles[model].marker(is_cold=is_cold, size=6),
            customdata=[point(answer) for answer, _ in firsts],
            hovertemplate=hover(look.words.seconds.format(seconds="%{y:.2f}"), look.names.times["first_token"]),
            row=1,
            col=1,
        )
    add_entry(figure, name, group, look.styles[model], mode, is_cold=is_cold)
    for place, measure in enumerate(_LIMITS, start=1):
        found = [(answer, seconds) for answer in answers if (seconds := seconds_of(answer, measure)) is not None]
        figure.add_scatter(
            x=[_minutes(answer, start) for answer, _ in found],
            y=[seconds for _, seconds in found],
            mode=mode,
            name=name,
            legendgroup=group,
            showlegend=False,
            line=look.styles[model].line(1),
            marker=look.styles[model].marker(is_cold=is_cold),
            customdata=[point(answer) for answer, _ in found],
            hovertemplate=hover(look.words.seconds.format(seconds="%{y:.2f}")),
            row=place,
            col=1,
        )


def _minutes(answer: JudgedAnswer, start: datetime) -> float:
    return round((answer.attempt.asked_at - start).total_seconds() / 60, 3)
