"""Draws the figures of quality: by group with the targets, and against time."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.analysis.items import ItemResult, items_of
from evals.analysis.rows import GROUPINGS, Grouping, QualityRow, quality_rows
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import LEAST_SHARE
from evals.plots.belief import told_without_quality
from evals.plots.latency import seconds_of
from evals.plots.theme import (
    INK,
    LIFT_PIXELS,
    MUTED,
    Look,
    add_entry,
    add_limits,
    empty,
    error_bars,
    finished,
    hover,
    pixels_of,
    plain,
    point,
    rate_text,
    share_text,
)
from evals.records.timing import thought_median
from evals.texts import Corner
from llmfirst import TIERS

_ROW_PIXELS: Final = 26
_LEAST_PIXELS: Final = 48
_BETWEEN_PIXELS: Final = 40
_LONGEST_GROUP: Final = 28
_COUNT_PIXELS: Final = 24  # to the right of the plot, in addition to the width of the counts
_SPREAD: Final = 0.7  # of a group's height: where its models are spread
_FAST_SECONDS: Final = TIERS[0].total_seconds
_BELOW: Final = 0.04  # below that line stands what passed enough criteria and failed all the same


def quality_figure(answers: Sequence[JudgedAnswer], look: Look) -> go.Figure:
    """Return the shares of passed items with their intervals, by category and by language, one row per model."""
    groups = quality_rows(answers)
    if not groups:
        return empty("quality", look, told_without_quality(look.belief, look.words, "quality"))
    models = list(dict.fromkeys(answer.model for answer in answers if answer.item is not None))
    parts = [(grouping, [row for row in groups if row.grouping == grouping]) for grouping in GROUPINGS]
    counts = [len({row.group for row in part}) for _, part in parts]
    heights = [max(_LEAST_PIXELS, count * len(models) * _ROW_PIXELS) for count in counts]
    pixels = sum(heights) + _BETWEEN_PIXELS
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=_BETWEEN_PIXELS / pixels,
        subplot_titles=[f"<b>{look.names.groupings[grouping]}</b>" for grouping in GROUPINGS],
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 14, "color": INK})
    for place, (grouping, part) in enumerate(parts, start=1):
        _add_groups(figure, place, grouping, part, models, look)
    for model in models:
        _add_total(figure, model, [answer for answer in answers if answer.model == model], look)
    limits = [(tier.quality, f"{tier.quality:.0%}") for tier in TIERS]
    add_limits(figure, "x", limits, span=1.0, across="paper")
    figure.update_xaxes(range=[-0.01, 1.01], tickformat=".0%", dtick=0.5)
    figure.update_xaxes(title_text=look.words.passed_items, row=2, col=1)
    right = _COUNT_PIXELS + max(pixels_of(_counted(row, look)) for row in groups)
    above, lines = LIFT_PIXELS * (len(TIERS) - 1), 2 * len(models)
    return finished(figure, "quality", look, plot_pixels=pixels, legend_lines=lines, right=right, above=above)


def _add_groups(
    figure: go.Figure, place: int, grouping: Grouping, rows: Sequence[QualityRow], models: Sequence[str], look: Look
) -> None:
    names = list(dict.fromkeys(row.group for row in rows))
    step = _SPREAD / len(models)
    heights = {
        (name, model): round(at + step * (number - (len(models) - 1) / 2), 4)
        for at, name in enumerate(names)
        for number, model in enumerate(models)
    }
    for model in models:
        of_model = [row for row in rows if row.model == model]
        shares = [(row, row.share.rate, row.share.interval) for row in of_model]
        drawn = [(row, rate, interval) for row, rate, interval in shares if rate is not None and interval is not None]
        figure.add_scatter(
            x=[rate for _, rate, _ in drawn],
            y=[heights[row.group, model] for row, _, _ in drawn],
            error_x=error_bars([(rate, interval) for _, rate, interval in drawn], look.styles[model].colour),
            mode="markers",
            name=plain(model),
            legendgroup=model,
            showlegend=False,
            marker=look.styles[model].marker(size=10),
            text=[_described(row, grouping, look) for row, _, _ in drawn],
            hovertemplate="%{text}<extra></extra>",
            row=place,
            col=1,
        )
        for row in of_model:
            figure.add_annotation(
                text=_counted(row, look),
                x=1.0,
                xref="x domain",
                xanchor="left",
                xshift=8,
                y=heights[row.group, model],
                yref="y" if place == 1 else f"y{place}",
                showarrow=False,
                font={"size": 13, "color": INK if row.decided else MUTED},
            )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[plain(_group_name(name, grouping, look), _LONGEST_GROUP) for name in names],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        row=place,
        col=1,
    )
    for at in range(1, len(names)):
        figure.add_hline(y=at - 0.5, line={"color": "#e4e4e4", "width": 1}, layer="below", row=place, col=1)


def _group_name(group: str | None, grouping: Grouping, look: Look) -> str:
    if group is None:
        return look.words.no_group
    names = look.names
    known = names.categories if grouping == "category" else {str(key): name for key, name in names.languages.items()}
    return known.get(group, group)


def _counted(row: QualityRow, look: Look) -> str:
    parts = [f"{row.passed}/{row.decided}"] if row.decided else []
    if row.abstained:
        parts.append(look.common.abstained.format(count=row.abstained))
    return ", ".join(parts)


def _described(row: QualityRow, grouping: Grouping, look: Look) -> str:
    group = plain(_group_name(row.group, grouping, look))
    abstained = look.common.abstained.format(count=row.abstained)
    return f"<b>{group}</b><br>{plain(row.model)}<br>{share_text(row.share)}<br>{abstained}"


def _add_total(figure: go.Figure, model: str, answers: Sequence[JudgedAnswer], look: Look) -> None:
    """Add the legend entry of a model, with its quality."""
    quality, parts = look.qualities.get(model), []
    if quality is not None and quality.rate is not None:
        parts.append(look.words.quality.format(rate=rate_text(quality.rate, quality.passed.total, look)))
    abstained = sum(item.verdict == "abstained" for item in items_of(answers))
    if abstained:
        parts.append(look.common.abstained.format(count=abstained))
    thought = thought_median(answer.timing for answer in answers)
    if thought is not None:
        parts.append(look.words.thinks.format(seconds=look.seconds(thought)))
    name = "<br>".join([plain(model), *([", ".join(parts)] if parts else [])])
    add_entry(figure, name, model, look.styles[model], "markers", is_cold=False)


def corners_figure(answers: Sequence[JudgedAnswer], look: Look) -> go.Figure:
    """Return each answer at its total time and its share of passed criteria, with the number of items per corner.

    An answer that passed its item stands above the line, one that failed below it, however many criteria it passed, and
    one from which the judge abstained on it.
    """
    shown = [
        (answer, total, _height(answer, quality))
        for answer in answers
        if (total := seconds_of(answer, "total")) is not None and (quality := answer.quality) is not None
    ]
    if not shown:
        return empty("corners", look, told_without_quality(look.belief, look.words, "corners"))
    end = max(_FAST_SECONDS * 1.45, max(total for _, total, _ in shown) * 1.1)
    figure = go.Figure()
    entries = 0
    for model in dict.fromkeys(answer.model for answer in answers):
        for is_cold in (False, True):
            group = [entry for entry in shown if entry[0].model == model and entry[0].attempt.was_cold == is_cold]
            if not group:
                continue
            entries += 1
            count = look.common.count.format(count=len(group))
            figure.add_scatter(
                x=[total for _, total, _ in group],
                y=[quality for _, _, quality in group],
                mode="markers",
                name=look.words.cold.format(model=plain(model), count=len(group))
                if is_cold
                else f"{plain(model)}<br>{count}",
                marker=look.styles[model].marker(is_cold=is_cold, size=11),
                opacity=0.85,
                customdata=[
                    (*point(answer), f"{answer.criteria_passed}/{answer.criteria_decided}", len(answer.case.criteria))
                    for answer, _, _ in group
                ],
                hovertemplate=hover(look.words.seconds.format(seconds="%{x:.1f}"), look.words.criteria),
            )
    _name_corners(figure, answers, end, look)
    add_limits(figure, "x", [(_FAST_SECONDS, look.seconds(_FAST_SECONDS))], span=end)
    add_limits(figure, "y", [(LEAST_SHARE, f"{LEAST_SHARE:.0%}")], span=1.0)
    figure.update_xaxes(range=[0, end], title_text=look.names.targets["total"])
    figure.update_xaxes(ticksuffix=look.words.seconds.format(seconds=""))
    figure.update_yaxes(range=[-0.16, 1.16], title_text=look.words.criteria_passed)
    figure.update_yaxes(tickformat=".0%", tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1])
    missing = len(answers) - len(shown)
    more = look.words.left_out.format(count=missing) if missing else ""
    return finished(figure, "corners", look, plot_pixels=380, legend_lines=2 * entries, more=more, right=56)


def _height(answer: JudgedAnswer, quality: float) -> float:
    match answer.item:
        case "passed":
            return quality
        case "failed":
            return min(quality, LEAST_SHARE - _BELOW)
        case _:
            return LEAST_SHARE


def _name_corners(figure: go.Figure, answers: Sequence[JudgedAnswer], end: float, look: Look) -> None:
    models = dict.fromkeys(answer.model for answer in answers)
    items = [item for model in models for item in items_of(answer for answer in answers if answer.model == model)]
    corners = [corner for item in items if (corner := _corner(item)) is not None]
    for corner, name in look.words.corners.items():
        is_fast, is_good = corner in ("fast_good", "fast_weak"), corner in ("fast_good", "slow_good")
        figure.add_annotation(
            text=f"<b>{name}</b><br>{corners.count(corner)}/{len(corners)}",
            x=0 if is_fast else end,
            xanchor="left" if is_fast else "right",
            xshift=8 if is_fast else -8,
            y=1.1 if is_good else -0.1,
            showarrow=False,
            font={"color": MUTED},
        )


def _corner(item: ItemResult) -> Corner | None:
    """Return where an item belongs; None if it was not decided, or had no warm answer."""
    if item.verdict == "abstained" or item.is_on_time is None:
        return None
    if item.verdict == "passed":
        return "fast_good" if item.is_on_time else "slow_good"
    return "fast_weak" if item.is_on_time else "slow_weak"
