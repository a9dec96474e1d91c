"""Draws the figures of time: the share of answers within each time, and the times over the course of the evaluation."""

from collections.abc import Sequence
from datetime import datetime
from math import inf
from statistics import fmean
from typing import Final, Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.analysis.target_checks import FIRST_TEXT_SHARE
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.answer_points import hover, point
from evals.plots.legend import Drawing, Entry, mark_of
from evals.plots.limits import add_level, add_limits, first_text_limits, room_above, total_limits
from evals.plots.theme import LEAST_SECONDS, LIGHTER, Look, empty, finished, log_seconds, plain, share_text
from llmfirst import TIERS, proportion, quantile

LatencyMetric = Literal["first_text", "total"]
_LIMITS: Final[dict[LatencyMetric, tuple[float, ...]]] = {
    "first_text": tuple(sorted({tier.first_text_seconds for tier in TIERS})),
    "total": tuple(sorted({tier.total_seconds for tier in TIERS})),
}
_PLOT_PIXELS: Final = 280
_DRIFT_PIXELS: Final = 360
_ROOM: Final = 1.12  # of the shortest and the longest time, so that no edge cuts a point
_COLD_STEP: Final = 0.05  # of the shares, between the rows of cold answers
_BEFORE: Final = 3.0  # how many times earlier than the first target the axis begins at the latest


def seconds_of(answer: JudgedAnswer, measure: LatencyMetric) -> float | None:
    """Return the time in seconds since submission; None for a failed answer."""
    if answer.attempt.is_error:
        return None
    return answer.timing.first_text_seconds if measure == "first_text" else answer.timing.total_seconds


def first_token_of(answer: JudgedAnswer) -> float | None:
    """Return the time of the first token of any kind where it is not the first text; None for a failed answer."""
    first, text = answer.timing.first_token_seconds, seconds_of(answer, "first_text")
    return None if text is None or first == text else first


def time_figure(measure: LatencyMetric, answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw the cumulative share of answers over time, one stair per model; cold answers are separate points below."""
    if not answers:
        return Drawing(empty(look.words.empty[measure]))
    limits = first_text_limits(look) if measure == "first_text" else total_limits(look)
    ends = _ends(measure, answers)
    figure, legend = go.Figure(), list[Entry]()
    for place, model in enumerate(dict.fromkeys(answer.model for answer in answers)):
        of_model = [answer for answer in answers if answer.model == model]
        warm = [answer for answer in of_model if not answer.attempt.was_cold]
        cold = [answer for answer in of_model if answer.attempt.was_cold]
        lines = list[str]()
        if warm:
            lines += _add_stair(figure, measure, warm, ends[1], look)
        if measure == "first_text" and any(first_token_of(answer) is not None for answer in warm):
            _add_first_tokens(figure, warm, look)
            lines.append(look.words.first_token)
        if cold:
            _add_cold(figure, measure, cold, -_COLD_STEP * (place + 1), look)
            lines.append(look.words.cold.format(count=len(cold)))
        legend.append(Entry(model, mark_of(look.styles[model], "line and symbol"), tuple(lines), group=model))
    add_limits(figure, limits, ends, plot_pixels=_PLOT_PIXELS, is_log=True)
    add_level(figure, FIRST_TEXT_SHARE, f"{FIRST_TEXT_SHARE:.0%}")
    has_cold = any(answer.attempt.was_cold for answer in answers)
    lowest = -_COLD_STEP * (1 + len({answer.model for answer in answers})) if has_cold else 0.0
    figure.update_xaxes(title_text=look.in_seconds(look.words.since_sent), **log_seconds(*ends))
    figure.update_yaxes(
        range=[lowest, 1.06],
        tickformat=".0%",
        tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1],
        title_text=look.words.shares_by[measure],
    )
    return Drawing(finished(figure, plot_pixels=_PLOT_PIXELS, above=room_above(limits)), legend)


def _ends(measure: LatencyMetric, answers: Sequence[JudgedAnswer]) -> tuple[float, float]:
    """Return where the axis of times begins and ends: it holds every time and every target."""
    times = [seconds for answer in answers if (seconds := seconds_of(answer, measure)) is not None]
    if measure == "first_text":
        times += [first for answer in answers if (first := first_token_of(answer)) is not None]
    limits = _LIMITS[measure]
    return min([*map(_drawn, times), limits[0] / _BEFORE]) / _ROOM, max([*times, *limits]) * _ROOM


def _drawn(seconds: float) -> float:
    """Return where a time stands on a logarithmic axis."""
    return max(LEAST_SECONDS, seconds)


def _add_stair(
    figure: go.Figure, measure: LatencyMetric, warm: Sequence[JudgedAnswer], end: float, look: Look
) -> list[str]:
    """Add the stair of one model, with a point for each answer, and return what the legend says of it.

    Failed answers keep it below 100 %.
    """
    model, style = warm[0].model, look.styles[warm[0].model]
    timed = [(_drawn(seconds), answer) for answer in warm if (seconds := seconds_of(answer, measure)) is not None]
    timed.sort(key=lambda pair: pair[0])
    shares = [rank / len(warm) for rank in range(1, len(timed) + 1)]
    xs = [seconds for seconds, _ in timed]
    if timed:
        figure.add_scatter(
            x=xs,
            y=shares,
            mode="lines+markers",
            name=plain(model),
            legendgroup=model,
            line={**style.line(), "shape": "hv"},
            marker=style.marker(size=7),
            customdata=[point(answer) for _, answer in timed],
            hovertemplate=hover(f"{look.words.seconds.format(seconds='%{x:.2f}')} · %{{y:.0%}}"),
        )
        figure.add_scatter(
            x=[xs[-1], end],
            y=[shares[-1], shares[-1]],
            mode="lines",
            name=plain(model),
            legendgroup=model,
            line=style.line(1),
            hoverinfo="skip",
        )
    return _stair_lines(measure, xs, len(warm), look)


def _add_first_tokens(figure: go.Figure, warm: Sequence[JudgedAnswer], look: Look) -> None:
    """Add the lighter stair of the first token of any kind beside that of the first text."""
    model, style = warm[0].model, look.styles[warm[0].model]
    answers = [answer for answer in warm if not answer.attempt.is_error]
    timed = [(_drawn(first), answer) for answer in answers if (first := answer.timing.first_token_seconds) is not None]
    timed.sort(key=lambda pair: pair[0])
    figure.add_scatter(
        x=[first for first, _ in timed],
        y=[rank / len(warm) for rank in range(1, len(timed) + 1)],
        mode="lines",
        name=plain(model),
        legendgroup=model,
        opacity=LIGHTER,
        line={**style.line(1), "shape": "hv"},
        customdata=[point(answer) for _, answer in timed],
        hovertemplate=hover(f"{look.names.times['first_token']} {look.words.seconds.format(seconds='%{x:.2f}')}"),
    )


def _stair_lines(measure: LatencyMetric, seconds: Sequence[float], count: int, look: Look) -> list[str]:
    """Return what the legend says of a stair: its counts, its median, and its share within each limit."""
    failed = count - len(seconds)
    median = quantile([*seconds, *[inf] * failed], 0.5)
    counts = [look.common.count.format(count=count)]
    if failed:
        counts.append(look.words.failed.format(count=failed))
    if median is not None and median < inf:
        counts.append(look.words.median.format(seconds=look.seconds(median)))
    if measure == "total" and seconds and not failed:  # the mean is the rule of two tiers
        counts.append(look.words.mean.format(seconds=look.seconds(fmean(seconds))))
    shares = [
        look.words.within.format(
            limit=look.seconds(limit), share=share_text(proportion(sum(value <= limit for value in seconds), count))
        )
        for limit in _LIMITS[measure]
    ]
    return [", ".join(counts), *shares]


def _add_cold(
    figure: go.Figure, measure: LatencyMetric, cold: Sequence[JudgedAnswer], depth: float, look: Look
) -> None:
    model = cold[0].model
    found = [(seconds, answer) for answer in cold if (seconds := seconds_of(answer, measure)) is not None]
    if found:
        figure.add_scatter(
            x=[_drawn(seconds) for seconds, _ in found],
            y=[depth] * len(found),
            mode="markers",
            name=plain(model),
            legendgroup=model,
            marker=look.styles[model].marker(is_cold=True),
            customdata=[point(answer) for _, answer in found],
            hovertemplate=hover(look.words.seconds.format(seconds="%{x:.2f}")),
            cliponaxis=False,
        )


def drift_figure(answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw both times of each answer over the minute at which it was asked; cold answers are hollow points."""
    times = [
        seconds for measure in _LIMITS for answer in answers if (seconds := seconds_of(answer, measure)) is not None
    ]
    if not times:
        return Drawing(empty(look.words.empty["drift"]))
    start = min(answer.attempt.asked_at for answer in answers)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    legend = list[Entry]()
    for model in dict.fromkeys(answer.model for answer in answers):
        of_model = sorted(
            (answer for answer in answers if answer.model == model), key=lambda answer: answer.attempt.asked_at
        )
        cold = [answer for answer in of_model if answer.attempt.was_cold]
        warm = [answer for answer in of_model if not answer.attempt.was_cold]
        lines = [look.common.count.format(count=len(warm))]
        if any(first_token_of(answer) is not None for answer in of_model):
            lines.append(look.words.light_token)
        if cold:
            lines.append(look.words.cold.format(count=len(cold)))
        for group in (warm, cold):
            if group:
                _add_series(figure, group, start, look)
        legend.append(Entry(model, mark_of(look.styles[model], "line and symbol"), tuple(lines), group=model))
    for row, measure in enumerate(_LIMITS, start=1):
        figure.update_yaxes(
            title_text=look.in_seconds(look.names.targets[measure]),
            row=row,
            col=1,
            **log_seconds(*_ends(measure, answers)),
        )
    length = max(_minutes(answer, start) for answer in answers)
    figure.update_xaxes(range=[-0.03 * length - 0.1, max(1.0, 1.03 * length + 0.1)])
    figure.update_xaxes(title_text=look.words.minutes, row=2, col=1)
    missing = sum(seconds_of(answer, "total") is None for answer in answers)
    remark = look.words.left_out.format(count=missing) if missing else ""
    return Drawing(finished(figure, plot_pixels=_DRIFT_PIXELS), legend, remark)


def _add_series(figure: go.Figure, answers: Sequence[JudgedAnswer], start: datetime, look: Look) -> None:
    """Add the warm or the cold answers of one model, which are in the order of their questions."""
    model, is_cold = answers[0].model, answers[0].attempt.was_cold is True
    style = look.styles[model]
    firsts = [(answer, first) for answer in answers if (first := first_token_of(answer)) is not None]
    if firsts:
        figure.add_scatter(
            x=[_minutes(answer, start) for answer, _ in firsts],
            y=[_drawn(first) for _, first in firsts],
            mode="markers",
            name=plain(model),
            legendgroup=model,
            opacity=LIGHTER,
            marker=style.marker(is_cold=is_cold, size=6),
            customdata=[point(answer) for answer, _ in firsts],
            hovertemplate=hover(f"{look.names.times['first_token']} {look.words.seconds.format(seconds='%{y:.2f}')}"),
            row=1,
            col=1,
        )
    for place, measure in enumerate(_LIMITS, start=1):
        found = [(answer, seconds) for answer in answers if (seconds := seconds_of(answer, measure)) is not None]
        figure.add_scatter(
            x=[_minutes(answer, start) for answer, _ in found],
            y=[_drawn(seconds) for _, seconds in found],
            mode="markers" if is_cold else "lines+markers",
            name=plain(model),
            legendgroup=model,
            line=style.line(1),
            marker=style.marker(is_cold=is_cold, size=7),
            customdata=[point(answer) for answer, _ in found],
            hovertemplate=hover(look.words.seconds.format(seconds="%{y:.2f}")),
            row=place,
            col=1,
        )


def _minutes(answer: JudgedAnswer, start: datetime) -> float:
    return round((answer.attempt.asked_at - start).total_seconds() / 60, 3)
