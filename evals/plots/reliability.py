"""The figure of the judge itself: its ROC on known answers, and where an evaluation uses it."""

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from evals.calibration.calibration import Calibration
from evals.plots.theme import MUTED, Look, empty, finished, styles
from evals.suite.cases import Language
from llmfirst import Proportion, proportion, roc

_PIXELS: Final = 380


def reliability_figure(calibrations: Mapping[Language, Calibration], look: Look) -> go.Figure:
    """Return the ROC of each language with its operating point: the shares of decided answers that pass."""
    found = {language: one for language, one in calibrations.items() if one.verdicts}
    if not found:
        return empty("reliability", look)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=look.words.by_chance,
        line={"color": MUTED, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
    looks = styles(found)
    for language, one in found.items():
        name, style = look.names.languages[language], looks[language]
        points = roc(_scores(one, "good"), _scores(one, "bad"))
        if one.auc is not None:
            figure.add_scatter(
                x=[each.bad_share for each in points],
                y=[each.good_share for each in points],
                mode="lines",
                name=look.words.area.format(language=name, area=one.auc.area),
                line={**style.line(), "shape": "hv"},
                hovertemplate="%{x:.0%} · %{y:.0%}<extra></extra>",
            )
        good, bad = one.confusion.sensitivity, _turned(one.confusion.specificity)
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
    return finished(figure, "reliability", look, plot_pixels=_PIXELS, legend_lines=1 + 3 * len(found))


def _scores(one: Calibration, label: str) -> list[float]:
    return [verdict.score for verdict in one.verdicts if verdict.label == label and verdict.score is not None]


def _turned(share: Proportion) -> Proportion:
    """Return the share of the others."""
    return proportion(share.total - share.passed, share.total)


def _error(share: Proportion) -> dict[str, Any]:
    assert share.rate is not None
    assert share.interval is not None
    return {
        "type": "data",
        "symmetric": False,
        "array": [share.interval.high - share.rate],
        "arrayminus": [share.rate - share.interval.low],
        "thickness": 2,
        "width": 5,
    }
