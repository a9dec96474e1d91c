"""Draws the figure of the phases: how each answer spent its time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evals.judge.judged_answers import JudgedAnswer
from evals.plots.answer_points import case_label, hover, point
from evals.plots.legend import Drawing, Entry, Mark
from evals.plots.theme import INK, PAPER, Look, empty, finished, plain
from llmfirst import PHASES, Phase, shared_texts

MOST_ANSWERS: Final = 60
_MOST_BAR_PIXELS: Final = 24
_LEAST_BAR_PIXELS: Final = 13
_ALL_BARS_PIXELS: Final = 720
_BETWEEN_PIXELS: Final = 34
_ABOVE_PIXELS: Final = 26
_LEAST_PIXELS: Final = 56
_LONGEST_LABEL: Final = 24
_LONGEST_NAME: Final = 32
_WAITING_COLOUR: Final = "#a3a3a3"
# Those of the panels and the time line in `llmfirst/ui/ask.css`.
_COLOURS: Final[dict[Phase, str]] = {
    "strategy": "#7c3aed",
    "core": "#1d4ed8",
    "details": "#0f766e",
    "conclusion": "#15803d",
}
_REVIEW_COLOUR: Final = "#6b7280"
_PATTERNS: Final[dict[Phase, str]] = {"strategy": "/", "core": "", "details": ".", "conclusion": "x"}


def phases_figure(answers: Sequence[JudgedAnswer], look: Look) -> Drawing:
    """Draw one plot per model with a bar for each of its slowest answers; answers without a total time have none."""
    timed = [answer for answer in answers if answer.timing.total_seconds is not None]
    if not timed:
        return Drawing(empty(look.words.empty["phases"]))
    models = list(dict.fromkeys(answer.model for answer in timed))
    most = max(1, MOST_ANSWERS // len(models))
    groups = [_slowest([answer for answer in timed if answer.model == model], most) for model in models]
    shown = sum(len(group) for group in groups)
    bar = max(_LEAST_BAR_PIXELS, min(_MOST_BAR_PIXELS, _ALL_BARS_PIXELS // shown))
    heights = [max(_LEAST_PIXELS, bar * len(group)) for group in groups]
    pixels = sum(heights) + _BETWEEN_PIXELS * (len(groups) - 1)
    figure = make_subplots(
        rows=len(groups),
        cols=1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=_BETWEEN_PIXELS / pixels,
        subplot_titles=[
            f"{plain(model, _LONGEST_NAME)} ({look.common.count.format(count=len(group))})"
            for model, group in zip(models, groups, strict=True)
        ],
    )
    figure.update_annotations(x=1, xanchor="right", font={"size": 13, "color": INK})
    letters = min(12, bar - 2)
    for place, group in enumerate(groups, start=1):
        _add_bars(figure, place, group, letters, look)
    longest = max(answer.timing.total_seconds or 0.0 for group in groups for answer in group)
    figure.update_xaxes(range=[0, longest * 1.18], ticksuffix=look.words.seconds.format(seconds=""))
    figure.update_xaxes(title_text=look.words.since_sent, row=len(groups), col=1)
    figure.update_layout(barmode="stack", bargap=0.2)
    remarks = [
        look.words.slowest.format(count=shown, total=len(timed)) if shown < len(timed) else "",
        look.words.left_out.format(count=len(answers) - len(timed)) if len(timed) < len(answers) else "",
    ]
    drawn = {trace.legendgroup for trace in figure.data}
    legend = [
        Entry(part.name, Mark("bar", part.colour, pattern=part.pattern), group=part.name)
        for part in _parts(look)
        if part.name in drawn
    ]
    finished(figure, plot_pixels=pixels, above=_ABOVE_PIXELS)
    return Drawing(figure, legend, " · ".join(remark for remark in remarks if remark))


def _slowest(answers: Sequence[JudgedAnswer], most: int) -> list[JudgedAnswer]:
    return sorted(answers, key=lambda answer: answer.timing.total_seconds or 0.0, reverse=True)[:most]


def _waiting(answer: JudgedAnswer) -> float | None:
    """Return the seconds outside the phases and the review; None if there are none."""
    timing = answer.timing
    named = sum(timing.metrics.phases.values()) + (_own_look(answer) or 0.0)
    rest = round((timing.total_seconds or 0.0) - named, 3)
    return rest if rest > 0 else None


@dataclass(frozen=True)
class _Part:
    """One segment of the bars."""

    name: str
    colour: str
    pattern: str
    seconds: Callable[[JudgedAnswer], float | None]
    """Returns the length of the segment in the bar of an answer."""

    def marker(self) -> dict[str, Any]:
        pattern = {
            "shape": self.pattern,
            "fillmode": "overlay",
            "fgcolor": PAPER,
            "fgopacity": 0.55,
            "size": 7,
            "solidity": 0.2,
        }
        return {"color": self.colour, "pattern": pattern, "line": {"color": PAPER, "width": 1}}


def _parts(look: Look) -> list[_Part]:
    names = shared_texts(look.language).phases
    phases = [_Part(names[phase], _COLOURS[phase], _PATTERNS[phase], partial(_phase, phase=phase)) for phase in PHASES]
    review = _Part(look.names.times["review"], _REVIEW_COLOUR, "-", _own_look)
    return [_Part(look.words.waiting, _WAITING_COLOUR, "", _waiting), *phases, review]


def _own_look(answer: JudgedAnswer) -> float | None:
    """Return the seconds of the model's verdict on its answer and of its review; None without both."""
    metrics = answer.timing.metrics
    taken = [seconds for seconds in (metrics.self_verdict_seconds, metrics.review) if seconds is not None]
    return sum(taken) if taken else None


def _phase(answer: JudgedAnswer, *, phase: Phase) -> float | None:
    return answer.timing.metrics.phases.get(phase)


def _add_bars(figure: go.Figure, place: int, answers: Sequence[JudgedAnswer], letters: int, look: Look) -> None:
    for part in _parts(look):
        found = [
            (at, answer, value) for at, answer in enumerate(answers) if (value := part.seconds(answer)) is not None
        ]
        if not found:
            continue
        figure.add_bar(
            x=[value for _, _, value in found],
            y=[at for at, _, _ in found],
            orientation="h",
            name=part.name,
            legendgroup=part.name,
            marker=part.marker(),
            customdata=[point(answer) for _, answer, _ in found],
            hovertemplate=hover(f"{part.name} {look.words.seconds.format(seconds='%{x:.2f}')}"),
            row=place,
            col=1,
        )
    figure.add_scatter(
        x=[answer.timing.total_seconds for answer in answers],
        y=list(range(len(answers))),
        mode="text",
        text=[f" {_ending(answer, look)}" for answer in answers],
        textposition="middle right",
        textfont={"size": letters},
        customdata=[point(answer) for answer in answers],
        hoverinfo="skip",
        cliponaxis=False,
        row=place,
        col=1,
    )
    figure.update_yaxes(
        tickvals=list(range(len(answers))),
        ticktext=[plain(case_label(answer), _LONGEST_LABEL) for answer in answers],
        tickfont={"size": letters},
        range=[len(answers) - 0.5, -0.5],
        row=place,
        col=1,
    )


def _ending(answer: JudgedAnswer, look: Look) -> str:
    """Return the text at the end of a bar: the total time, and that the answer failed if it did."""
    seconds = look.seconds(answer.timing.total_seconds or 0.0)
    return f"{seconds}, {look.names.outcomes['failed']}" if answer.attempt.is_error else seconds
