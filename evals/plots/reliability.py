"""Draws the figure of the judge: its ROC curves on the gold answers, and the points at which it is used."""

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from evals.calibration.calibration import Calibration
from evals.plots.theme import Look, add_diagonal, empty, error_bars, finished, styles
from evals.suite.cases import Language
from llmfirst import Proportion, proportion, roc

_PIXELS: Final = 380


def reliability_figure(calibrations: Mapping[Language, Calibration], look: Look) -> go.Figure:
    """Return the ROC curve of each language and its operating point: the shares of decided answers that pass."""
    drawn = {language: calibration for language, calibration in calibrations.items() if calibration.verdicts}
    if not drawn:
        return empty("reliability", look)
    figure = go.Figure()
    add_diagonal(figure, look.words.by_chance)
    looks = styles(drawn)
    for language, calibration in drawn.items():
        name, style = look.names.languages[language], looks[language]
        points = roc(_scores(calibration, "good"), _scores(calibration, "bad"))
        if calibration.auc is not None:
            figure.add_scatter(
                x=[roc_point.bad_share for roc_point in points],
                y=[roc_point.good_share for roc_point in points],
                mode="lines",
                name=look.words.area.format(language=name, area=calibration.auc.area),
                line={**style.line(), "shape": "hv"},
                hovertemplate="%{x:.0%} · %{y:.0%}<extra></extra>",
            )
        good, bad = calibration.confusion.sensitivity, _complement(calibration.confusion.specificity)
        if good.rate is None or bad.rate is None:
            continue
        figure.add_scatter(
            x=[bad.rate],
            y=[good.rate],
            error_x=_error(bad),
            error_y=_error(good),
            mode="markers",
            name=look.words.operating.format(
                language=name, good=f"{good.passed}/{good.total}", bad=f"{bad.passed}/{bad.total}"
            ),
            marker=style.marker(size=12),
            hovertemplate="%{x:.0%} · %{y:.0%}<extra></extra>",
        )
    for update, title in ((figure.update_xaxes, look.words.bad_passed), (figure.update_yaxes, look.words.good_passed)):
        update(range=[-0.02, 1.02], tickformat=".0%", dtick=0.2, title_text=title)
    return finished(figure, "reliability", look, plot_pixels=_PIXELS, legend_lines=1 + 3 * len(drawn))


def _scores(calibration: Calibration, label: str) -> list[float]:
    return [verdict.score for verdict in calibration.verdicts if verdict.label == label and verdict.score is not None]


def _complement(share: Proportion) -> Proportion:
    return proportion(share.total - share.passed, share.total)


def _error(share: Proportion) -> dict[str, Any]:
    assert share.rate is not None
    assert share.interval is not None
    return error_bars([(share.rate, share.interval)])
