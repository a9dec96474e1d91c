"""Draws the figures of quality: by group with the targets, and against time."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.analysis.items import items_of
from evals.analysis.rows import GROUPINGS, Grouping, QualityRow, quality_rows
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.answer_points import pixels_of
from evals.plots.belief import told_without_quality
from evals.plots.legend import Drawing, Entry, mark_of
from evals.plots.limits import add_limits, quality_limits, room_above
from evals.plots.theme import GRID, INK, MUTED, Look, empty, error_bars, finished, plain, rate_text, share_text
from evals.records.timing import thought_median

_ROW_PIXELS: Final = 20
_LEAST_PIXELS: Final = 48
_BETWEEN_PIXELS: Final = 34
_LONGEST_GROUP: Final = 28
_COUNT_PIXELS: Final = 24  # to the right of the plot, in addition to the width of the counts
_SPREAD: Final = 0.7  # of a group's height: where its models are spread


def quality_figure(answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw the shares of passed items with their intervals, by category and by language, one row per model."""
    groups = quality_rows(answers)
    if not groups:
        return Drawing(empty(told_without_quality(look.belief, look.words, "quality")))
    models = list(dict.fromkeys(answer.model for answer in answers if answer.item is not None))
    parts = [(grouping, [row for row in groups if row.grouping == grouping]) for grouping in GROUPINGS]
    counts = [len({row.group for row in part}) for _, part in parts]
    heights = [max(_LEAST_PIXELS, count * len(models) * _ROW_PIXELS) for count in counts]
    pixels, limits = sum(heights) + _BETWEEN_PIXELS, quality_limits(look)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=_BETWEEN_PIXELS / pixels
    )
    for place, (grouping, part) in enumerate(parts, start=1):
        _add_groups(figure, place, grouping, part, models, look)
    legend = [_total(model, [answer for answer in answers if answer.model == model], look) for model in models]
    add_limits(figure, limits, (0.0, 1.0), plot_pixels=pixels, across="paper")
    figure.update_xaxes(range=[-0.01, 1.01], tickformat=".0%", dtick=0.5)
    figure.update_xaxes(title_text=look.words.passed_items, row=2, col=1)
    right = _COUNT_PIXELS + max(pixels_of(_counted(row, look)) for row in groups)
    return Drawing(finished(figure, plot_pixels=pixels, above=room_above(limits), right=right), legend)


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
            marker=look.styles[model].marker(size=9),
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
                font={"size": 12, "color": INK if row.decided else MUTED},
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
        figure.add_hline(y=at - 0.5, line={"color": GRID, "width": 1}, layer="below", row=place, col=1)


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


def _total(model: str, answers: Sequence[JudgedAnswer], look: Look) -> Entry:
    """Return the legend entry of a model, with its quality."""
    quality, lines = look.qualities.get(model), []
    if quality is not None and quality.rate is not None:
        lines.append(look.words.quality.format(rate=rate_text(quality.rate, quality.passed.total, look)))
    abstained = sum(item.verdict == "abstained" for item in items_of(answers))
    if abstained:
        lines.append(look.common.abstained.format(count=abstained))
    thought = thought_median(answer.timing for answer in answers)
    if thought is not None:
        lines.append(look.words.thinks.format(seconds=look.seconds(thought)))
    return Entry(model, mark_of(look.styles[model], "symbol"), tuple(lines), group=model)
