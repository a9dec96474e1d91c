"""Figures of an evaluation, drawn from rows; a value that is missing is absent, never zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never, get_args

import plotly.graph_objects as go

from evals.analysis.summary import Summary
from evals.analysis.trend import TrendRow
from evals.analysis.trust import UNJUDGED, Belief
from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.latency import drift_figure, time_figure
from evals.plots.phases import phases_figure
from evals.plots.quality import corners_figure, quality_figure
from evals.plots.reliability import reliability_figure
from evals.plots.theme import Look, styles
from evals.plots.trend import trend_figure
from evals.suite.cases import Language
from evals.texts import FigureName

NO_CALIBRATIONS: Final[Mapping[Language, Calibration]] = MappingProxyType({})

__all__ = ["FigureName", "NamedFigure", "draw", "figures"]


@dataclass(frozen=True)
class NamedFigure:
    """A figure and what it shows.

    The first of a point's `customdata` is the run id of its answer. A point of the trend is no answer: it has None
    there, and the id of its evaluation second.
    """

    name: FigureName
    figure: go.Figure


def figures(summary: Summary, trend: Sequence[TrendRow], language: Language) -> tuple[NamedFigure, ...]:
    """Return all eight figures, always in the order of `FigureName`; one without data says why."""
    names: tuple[FigureName, ...] = get_args(FigureName)
    known, belief = summary.evidence.calibrations, summary.belief
    return tuple(draw(name, summary.believed, trend, language, known, belief) for name in names)


def draw(
    name: FigureName,
    answers: Sequence[JudgedAnswer],
    trend: Sequence[TrendRow],
    language: Language,
    calibrations: Mapping[Language, Calibration] = NO_CALIBRATIONS,
    belief: Belief = UNJUDGED,
) -> NamedFigure:
    """Return one of the figures, as it is among all of them."""
    look = Look(language, styles([*(one.model for one in answers), *(row.model for row in trend)]), belief)
    return NamedFigure(name, _drawn(name, answers, trend, calibrations, look))


def _drawn(
    name: FigureName,
    answers: Sequence[JudgedAnswer],
    trend: Sequence[TrendRow],
    calibrations: Mapping[Language, Calibration],
    look: Look,
) -> go.Figure:
    match name:
        case "first_text" | "total":
            return time_figure(name, answers, look)
        case "phases":
            return phases_figure(answers, look)
        case "quality":
            return quality_figure(answers, look)
        case "corners":
            return corners_figure(answers, look)
        case "drift":
            return drift_figure(answers, look)
        case "trend":
            return trend_figure(trend, look)
        case "reliability":
            return reliability_figure(calibrations, look)
        case _:
            assert_never(name)
