"""Draws the figure of the judge: its ROC curves on the gold answers, and the points at which it is used."""

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from evals.calibration.calibration import Calibration
from evals.plots.legend import Drawing, Entry, Mark, mark_of
from evals.plots.theme import MUTED, Look, add_diagonal, empty, error_bars, finished, styles
from evals.suite.cases import Language
from llmfirst import Proportion, proportion, roc

_PIXELS: Final = 320


def reliability_figure(calibrations: Mapping[Language, Calibration], look: Look) -> Drawing:
    """Draw the ROC curve of each language and its operating point: the shares of decided answers that pass."""
    drawn = {language: calibration for language, calibration in calibrations.items() if calibration.verdicts}
    if not drawn:
        return Drawing(empty(look.words.empty["reliability"]))
    figure, legend, looks = go.Figure(), list[Entry](), styles(drawn)
    add_diagonal(figure)
    for language, calibration in drawn.items():
        name, style, lines = look.names.languages[language], looks[language], list[str]()
        points = roc(_scores(calibration, "good"), _scores(calibration, "bad"))
        if calibration.auc is not None:
            lines.append(look.words.area.format(area=calibration.auc.area))
            figure.add_scatter(
                x=[roc_point.bad_share for roc_point in points],
                y=[roc_point.good_share for roc_point in points],
                mode="lines",
                name=name,
                legendgroup=language,
                line={**style.line(), "shape": "hv"},
                hovertemplate="%{x:.0%} · %{y:.0%}<extra></extra>",
            )
        good, bad = calibration.confusion.sensitivity, _complement(calibration.confusion.specificity)
        if good.rate is not None and bad.rate is not None:
            lines.append(
                look.words.operating.format(good=f"{good.passed}/{good.total}", bad=f"{bad.passed}/{bad.total}")
            )
            figure.add_scatter(
                x=[bad.rate],
                y=[good.rate],
                error_x=_error(bad),
                error_y=_error(good),
                mode="markers",
                name=name,
                legendgroup=language,
                marker=style.marker(size=12),
                hovertemplate="%{x:.0%} · %{y:.0%}<extra></extra>",
            )
        legend.append(Entry(name, mark_of(style, "line and symbol"), tuple(lines), group=language))
    legend.append(Entry(look.words.by_chance, Mark("line", MUTED, dash="dot")))
    for update, title in ((figure.update_xaxes, look.words.bad_passed), (figure.update_yaxes, look.words.good_passed)):
        update(range=[-0.02, 1.02], tickformat=".0%", dtick=0.25, title_text=title)
    return Drawing(finished(figure, plot_pixels=_PIXELS), legend)


def _scores(calibration: Calibration, label: str) -> list[float]:
    return [verdict.score for verdict in calibration.verdicts if verdict.label == label and verdict.score is not None]


def _complement(share: Proportion) -> Proportion:
    return proportion(share.total - share.passed, share.total)


def _error(share: Proportion) -> dict[str, Any]:
    assert share.rate is not None
    assert share.interval is not None
    return error_bars([(share.rate, share.interval)])
