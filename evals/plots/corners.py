"""Draws quality against speed: each answer in one of four corners, fast or slow and good or weak."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Final

import plotly.graph_objects as go

from evals.analysis.items import ItemResult, items_of
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import LEAST_SHARE, ItemVerdict
from evals.plots.answer_points import hover, point
from evals.plots.belief import told_without_quality
from evals.plots.latency import seconds_of
from evals.plots.legend import Drawing, Entry, Mark, mark_of
from evals.plots.limits import Limit, add_level, add_limits, room_above
from evals.plots.theme import LEAST_SECONDS, MUTED, Look, empty, finished, log_seconds, plain
from evals.texts import Corner
from llmfirst import TIERS

_PIXELS: Final = 340
_FAST_SECONDS: Final = TIERS[0].total_seconds
_BELOW: Final = 0.04  # below that line stands what passed enough criteria and failed all the same
_EDGE: Final = 0.38  # of the shares, above 1 and below 0: for the names of the corners
_NAME: Final = 0.03  # of the shares, from the edge to the name of a corner
_APART: Final = 0.03  # of the axis of times: points of one height that are closer than this stand in other rows
_ROW: Final = 0.035  # of the shares, between such rows
_ROWS: Final = 5


def corners_figure(answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw each answer at its total time and its share of passed criteria, with the number of items per corner.

    An answer that passed its item stands above the line, one that failed below it, however many criteria it passed, and
    one from which the judge abstained on it. Points that would cover each other move away from the line.
    """
    timed = [(answer, seconds_of(answer, "total")) for answer in answers if answer.quality is not None]
    shown = sorted(
        ((answer, max(LEAST_SECONDS, total)) for answer, total in timed if total is not None), key=lambda pair: pair[1]
    )
    if not shown:
        return Drawing(empty(told_without_quality(look.belief, look.words, "corners")))
    ends = min(_FAST_SECONDS / 10, shown[0][1] / 1.3), max(_FAST_SECONDS * 2.5, shown[-1][1] * 1.3)
    heights = _heights(shown, log10(ends[1] / ends[0]))
    figure, legend = go.Figure(), list[Entry]()
    for model in (model for model in look.styles if any(answer.model == model for answer, _ in shown)):
        of_model = [pair for pair in shown if pair[0].model == model]
        cold = [pair for pair in of_model if pair[0].attempt.was_cold]
        warm = [pair for pair in of_model if not pair[0].attempt.was_cold]
        for group in (warm, cold):
            if group:
                _add_points(figure, group, heights, look)
        lines = [look.common.count.format(count=len(warm))]
        if cold:
            lines.append(look.words.cold.format(count=len(cold)))
        legend.append(Entry(model, mark_of(look.styles[model], "symbol"), tuple(lines), group=model))
    legend.append(Entry(look.words.good.format(share=f"{LEAST_SHARE:.0%}"), Mark("line", MUTED, dash="dot")))
    _name_corners(figure, answers, look)
    limit = Limit(_FAST_SECONDS, look.words.fast.format(seconds=look.seconds(_FAST_SECONDS)))
    add_limits(figure, [limit], ends, plot_pixels=_PIXELS, is_log=True)
    add_level(figure, LEAST_SHARE)
    figure.update_xaxes(title_text=look.in_seconds(look.words.total_time), **log_seconds(*ends))
    figure.update_yaxes(range=[-_EDGE, 1 + _EDGE], title_text=look.words.criteria_passed)
    figure.update_yaxes(tickformat=".0%", tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1])
    missing = len(answers) - len(shown)
    remark = look.words.left_out.format(count=missing) if missing else ""
    return Drawing(finished(figure, plot_pixels=_PIXELS, above=room_above([limit])), legend, remark)


def _add_points(
    figure: go.Figure, shown: Sequence[tuple[JudgedAnswer, float]], heights: Mapping[str, float], look: Look
) -> None:
    """Add the warm or the cold answers of one model."""
    first = shown[0][0]
    figure.add_scatter(
        x=[total for _, total in shown],
        y=[heights[answer.attempt.run_id] for answer, _ in shown],
        mode="markers",
        name=plain(first.model),
        legendgroup=first.model,
        marker=look.styles[first.model].marker(is_cold=first.attempt.was_cold is True, size=9),
        opacity=0.85,
        customdata=[
            (*point(answer), f"{answer.criteria_passed}/{answer.criteria_decided}", len(answer.case.criteria))
            for answer, _ in shown
        ],
        hovertemplate=hover(look.words.seconds.format(seconds="%{x:.1f}"), look.words.criteria),
    )


def _heights(shown: Sequence[tuple[JudgedAnswer, float]], length: float) -> dict[str, float]:
    """Return the height of each answer by its run; those that would cover each other stand in rows.

    `shown` is in the order of its times, and `length` is that of their axis, in powers of ten.
    """
    heights: dict[str, float] = {}
    ends: dict[tuple[ItemVerdict | None, float], list[float]] = {}
    for answer, total in shown:
        level = _level(answer)
        rows = ends.setdefault((answer.item, level), [])
        place = log10(total)
        row = next((number for number, end in enumerate(rows) if place - end > _APART * length), len(rows))
        if row == len(rows) < _ROWS:
            rows.append(place)
        else:
            row = row if row < len(rows) else rows.index(min(rows))
            rows[row] = place
        heights[answer.attempt.run_id] = round(level + (_ROW if level >= LEAST_SHARE else -_ROW) * row, 4)
    return heights


def _level(answer: JudgedAnswer) -> float:
    """Return where an answer stands if nothing else stands there."""
    match answer.item:
        case "passed":
            return answer.quality or 0.0
        case "failed":
            return min(answer.quality or 0.0, LEAST_SHARE - _BELOW)
        case _:
            return LEAST_SHARE


def _name_corners(figure: go.Figure, answers: Sequence[JudgedAnswer], look: Look) -> None:
    models = dict.fromkeys(answer.model for answer in answers)
    items = [item for model in models for item in items_of(answer for answer in answers if answer.model == model)]
    corners = [corner for item in items if (corner := _corner(item)) is not None]
    for corner, name in look.words.corners.items():
        is_fast, is_good = corner in ("fast_good", "fast_weak"), corner in ("fast_good", "slow_good")
        figure.add_annotation(
            text=f"<b>{name}</b><br>{corners.count(corner)}/{len(corners)}",
            x=0 if is_fast else 1,
            xref="x domain",
            xanchor="left" if is_fast else "right",
            xshift=6 if is_fast else -6,
            align="left" if is_fast else "right",
            y=1 + _EDGE - _NAME if is_good else _NAME - _EDGE,
            yanchor="top" if is_good else "bottom",
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )


def _corner(item: ItemResult) -> Corner | None:
    """Return where an item belongs; None if it was not decided, or had no warm answer."""
    if item.verdict == "abstained" or item.is_on_time is None:
        return None
    if item.verdict == "passed":
        return "fast_good" if item.is_on_time else "slow_good"
    return "fast_weak" if item.is_on_time else "slow_weak"
