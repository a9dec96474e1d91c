"""Draws the figures of an evaluation. A missing value is left out, never drawn as zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never, get_args

import plotly.graph_objects as go

from evals.analysis.summary import Summary
from evals.analysis.trend import TrendRow
from evals.analysis.trust import UNJUDGED, Belief, Quality
from evals.analysis.value import ValueAt
from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.plots.corners import corners_figure
from evals.plots.latency import drift_figure, time_figure
from evals.plots.legend import Drawing, Entry
from evals.plots.phases import phases_figure
from evals.plots.quality import quality_figure
from evals.plots.reliability import reliability_figure
from evals.plots.self_knowledge import self_knowledge_figure
from evals.plots.theme import Look, styles
from evals.plots.trend import trend_figure
from evals.plots.value import value_figure
from evals.suite.cases import Language
from evals.texts import FigureName, texts_in

_TALL_PIXELS: Final = 560
NO_CALIBRATIONS: Final[Mapping[Language, Calibration]] = MappingProxyType({})
NO_QUALITIES: Final[Mapping[str, Quality]] = MappingProxyType({})

__all__ = ["Entry", "FigureName", "NamedFigure", "draw", "figures"]


@dataclass(frozen=True)
class NamedFigure:
    """A figure, and what the page or the report writes around it: text that has to be escaped.

    The `customdata` of a point begin with the run id of its answer. A point of the trend stands for an evaluation: its
    `customdata` begin with None and the id of the evaluation.
    """

    name: FigureName
    figure: go.Figure
    title: str
    note: str
    """One sentence on how to read it."""
    remark: str
    """What is not in it; mostly empty."""
    legend: tuple[Entry, ...]

    @property
    def is_tall(self) -> bool:
        """Whether it is about as high as two other figures."""
        return bool(self.figure.layout.height > _TALL_PIXELS)


def figures(summary: Summary, trend: Sequence[TrendRow], language: Language) -> tuple[NamedFigure, ...]:
    """Return all figures in the order of `FigureName`; a figure without data shows the reason."""
    names: tuple[FigureName, ...] = get_args(FigureName)
    known, belief = summary.evidence.calibrations, summary.belief
    qualities = {card.model: card.quality for card in summary.scorecards}
    more = known, belief, qualities, summary.value
    return tuple(draw(name, summary.believed, trend, language, *more) for name in names)


def draw(
    name: FigureName,
    answers: Sequence[JudgedAnswer],
    trend: Sequence[TrendRow],
    language: Language,
    calibrations: Mapping[Language, Calibration] = NO_CALIBRATIONS,
    belief: Belief = UNJUDGED,
    qualities: Mapping[str, Quality] = NO_QUALITIES,
    value: Sequence[ValueAt] = (),
) -> NamedFigure:
    """Return one figure, the same as in `figures`."""
    models = [*(answer.model for answer in answers), *(row.model for row in trend)]
    models += [model.model for one in value for model in one.models]
    look = Look(language, styles(models), belief, qualities)
    drawing, words = _drawn(name, answers, trend, calibrations, value, look), texts_in(language).figures
    drawing.figure.layout.meta = [entry.group for entry in drawing.legend]  # what a click on an entry hides
    is_empty = not drawing.figure.data and not drawing.legend
    note = "" if is_empty else words.notes[name]
    return NamedFigure(name, drawing.figure, words.titles[name], note, drawing.remark, tuple(drawing.legend))


def _drawn(
    name: FigureName,
    answers: Sequence[JudgedAnswer],
    trend: Sequence[TrendRow],
    calibrations: Mapping[Language, Calibration],
    value: Sequence[ValueAt],
    look: Look,
) -> Drawing:
    match name:
        case "first_text" | "total":
            return time_figure(name, answers, look)
        case "phases":
            return phases_figure(answers, look)
        case "quality":
            return quality_figure(answers, look)
        case "value":
            return value_figure(value, look)
        case "corners":
            return corners_figure(answers, look)
        case "drift":
            return drift_figure(answers, look)
        case "trend":
            return trend_figure(trend, look)
        case "reliability":
            return reliability_figure(calibrations, look)
        case "self_knowledge":
            return self_knowledge_figure(answers, look)
        case _:
            assert_never(name)
