"""Figures of an evaluation, drawn from rows; a value that is missing is absent, never zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, get_args

import plotly.graph_objects as go

from evals.cases import Language
from evals.plots.latency import drift_figure, time_figure
from evals.plots.phases import phases_figure
from evals.plots.quality import corners_figure, quality_figure
from evals.plots.theme import Look, styles
from evals.plots.trend import trend_figure
from evals.plots.words import WORDS, FigureName
from evals.report.tables import AnswerRow, TrendRow

__all__ = ["FigureName", "NamedFigure", "draw", "figures"]


@dataclass(frozen=True)
class NamedFigure:
    """A figure and what it shows.

    The first of a point's `customdata` is the run id of its answer. A point of the trend is no answer: it has None
    there, and the id of its evaluation second.
    """

    name: FigureName
    figure: go.Figure


def figures(rows: Sequence[AnswerRow], trend: Sequence[TrendRow], language: Language) -> tuple[NamedFigure, ...]:
    """Return all seven figures, always in the order of `FigureName`; one without data says so."""
    names: tuple[FigureName, ...] = get_args(FigureName)
    return tuple(draw(name, rows, trend, language) for name in names)


def draw(name: FigureName, rows: Sequence[AnswerRow], trend: Sequence[TrendRow], language: Language) -> NamedFigure:
    """Return one of the figures, as it is among all of them."""
    look = Look(WORDS[language], styles([*(row.target for row in rows), *(row.target for row in trend)]))
    return NamedFigure(name, _drawn(name, rows, trend, look))


def _drawn(name: FigureName, rows: Sequence[AnswerRow], trend: Sequence[TrendRow], look: Look) -> go.Figure:
    match name:
        case "first_text" | "total":
            return time_figure(name, rows, look)
        case "phases":
            return phases_figure(rows, look)
        case "quality":
            return quality_figure(rows, look)
        case "corners":
            return corners_figure(rows, look)
        case "drift":
            return drift_figure(rows, look)
        case "trend":
            return trend_figure(trend, look)
        case _:
            assert_never(name)
