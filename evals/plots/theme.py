"""The common look of all figures: system fonts, colours for colour-blind readers, and a symbol and dashes per model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any, Final, Literal
from unicodedata import east_asian_width

import plotly.graph_objects as go

from evals.analysis.trust import UNJUDGED, Belief, Quality
from evals.judge.judged_answers import JudgedAnswer
from evals.suite.cases import Language
from evals.texts import CommonTexts, FigureName, FigureTexts, NameTexts, texts_in
from llmfirst import CorrectedRate, Interval, Proportion, visible

INK: Final = "#1f1f1f"
MUTED: Final = "#595959"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"
BAND: Final = "#f2ead3"
FONT: Final = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
TEXT_PIXELS: Final = 14
LINE_PIXELS: Final = 22  # one line of a legend
_LEGEND_GAP: Final = 64  # below the plot, for the numbers and the name of the axis
_TOP: Final = 104  # above the plot, for the title, one line of note, and one line of limits
# Okabe and Ito (2008), without yellow, which is hard to see on white.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_LONGEST_NAME: Final = 64
_NOTE_PIXELS: Final = 312  # the width of the page on a phone
LIGHTER: Final = 0.5  # the opacity of the first token of any kind beside the first text
_CLOSE: Final = 0.09  # of an axis: the width of a limit's number on a narrow page
LIFT_PIXELS: Final = 15  # between the numbers of limits that are close to each other


@dataclass(frozen=True)
class Style:
    """How one model is drawn. Colour, symbol and dashes each suffice to recognise it."""

    colour: str
    symbol: str
    dash: str

    def marker(self, *, is_cold: bool = False, size: int = 9) -> dict[str, Any]:
        """Return a Plotly marker; hollow for a cold answer."""
        edge = {"width": 2 if is_cold else 1, "color": self.colour if is_cold else PAPER}
        symbol = f"{self.symbol}-open" if is_cold else self.symbol
        return {"color": self.colour, "symbol": symbol, "size": size, "line": edge}

    def line(self, width: float = 2) -> dict[str, Any]:
        return {"color": self.colour, "dash": self.dash, "width": width}


@dataclass(frozen=True)
class Look:
    """What all figures of a page share: the language, the style of each model, and the trust in the verdicts."""

    language: Language
    styles: Mapping[str, Style]
    """By key of the model."""
    belief: Belief = UNJUDGED
    qualities: Mapping[str, Quality] = field(default_factory=dict)
    """By key of the model."""

    @property
    def words(self) -> FigureTexts:
        return texts_in(self.language).figures

    @property
    def names(self) -> NameTexts:
        return texts_in(self.language).names

    @property
    def common(self) -> CommonTexts:
        return texts_in(self.language).common

    def seconds(self, seconds: float) -> str:
        """Return seconds with their unit and at most one decimal."""
        return self.words.seconds.format(seconds=f"{round(seconds, 1):g}")


def styles(models: Iterable[str]) -> dict[str, Style]:
    """Return a style for each model, in order of appearance; the first six differ in colour, symbol and dashes."""
    return {
        model: Style(_COLOURS[number % len(_COLOURS)], _SYMBOLS[number % len(_SYMBOLS)], _DASHES[number % len(_DASHES)])
        for number, model in enumerate(dict.fromkeys(models))
    }


def plain(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return untrusted text as one line of at most `longest` characters, with HTML escaped."""
    line = visible(" ".join(text.split()))
    if len(line) > longest:
        end = longest // 2
        # Shorten the middle: names of models differ at their end too.
        line = f"{line[: longest - end - 1]}…{line[-end:]}"
    return escape(line, quote=False)


def point(answer: JudgedAnswer) -> tuple[str, str, str]:
    """Return the `customdata` of an answer: its run id, so that a click can open it, its question and its model."""
    return answer.attempt.run_id, plain(case_label(answer)), plain(answer.model)


def case_label(answer: JudgedAnswer) -> str:
    """Return the id of the question; from the second repeat on with its number."""
    return (
        answer.case.id if answer.attempt.trial.repeat == 0 else f"{answer.case.id} #{answer.attempt.trial.repeat + 1}"
    )


def hover(*lines: str) -> str:
    """Return the template of an answer's hover text: question, model, and then `lines`."""
    return "<br>".join(["<b>%{customdata[1]}</b>", "%{customdata[2]}", *lines]) + "<extra></extra>"


def share_text(share: Proportion) -> str:
    """Return count, share and 95 % interval, for example `29/30 = 97% (83–99%)`; a dash if nothing was measured."""
    if share.rate is None or share.interval is None:
        return "–"
    return f"{share.passed}/{share.total} = {share.rate:.0%} ({share.interval.low * 100:.0f}–{share.interval.high:.0%})"


def rate_text(rate: CorrectedRate, count: int, look: Look) -> str:
    """Return a corrected rate with its interval and the number of items behind it."""
    between = f"{rate.interval.low * 100:.0f}–{rate.interval.high:.0%}"
    return f"{rate.value:.0%} ({between}), {look.common.count.format(count=count)}"


def error_bars(values: Sequence[tuple[float, Interval]], colour: str | None = None) -> dict[str, Any]:
    """Return Plotly error bars that reach from each value to the ends of its interval."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [interval.high - value for value, interval in values],
        "arrayminus": [value - interval.low for value, interval in values],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }


def finished(
    figure: go.Figure,
    name: FigureName,
    look: Look,
    *,
    plot_pixels: int,
    legend_lines: int,
    more: str = "",
    right: int = 24,
    above: int = 0,
) -> go.Figure:
    """Set the title, note and size of a figure, and return it.

    `plot_pixels` is the height of the plot itself, `right` its right margin, and `above` the height of labels above
    the plot beyond one line, all in pixels. `more` is added to the note.
    """
    note = [*_wrapped(look.words.notes[name]), *(_wrapped(more) if more else [])]
    top = _TOP + LINE_PIXELS * (len(note) - 1) + above
    bottom = _LEGEND_GAP + legend_lines * LINE_PIXELS + 8
    figure.layout.template = _template()  # assigned, because update_layout would merge it with Plotly's own template
    figure.update_layout(
        height=top + plot_pixels + bottom,
        margin={"l": 16, "r": right, "t": top, "b": bottom, "autoexpand": True},
        title={"text": f"<b>{look.words.titles[name]}</b>", "subtitle": {"text": "<br>".join(note)}},
        showlegend=True,
        legend={"y": -_LEGEND_GAP / plot_pixels},
    )
    return figure


def _wrapped(text: str) -> list[str]:
    """Break a text into lines that fit a narrow page; Plotly does not wrap text."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pixels_of(longer) <= _NOTE_PIXELS or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def pixels_of(text: str) -> int:
    """Return the approximate width of a text in the font size of the figures."""
    return sum(5 if char == " " else 13 if east_asian_width(char) in "WF" else 8 for char in text)


def empty(name: FigureName, look: Look, reason: str | None = None) -> go.Figure:
    """Return a figure that only shows why it is empty; without `reason`, that there is no data."""
    figure = go.Figure()
    figure.add_annotation(
        text=look.words.empty[name] if reason is None else reason,
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"color": MUTED},
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.layout.template = _template()
    figure.update_layout(height=240, title={"text": f"<b>{look.words.titles[name]}</b>"}, margin={"t": 64})
    return figure


def add_entry(
    figure: go.Figure, name: str, group: str, style: Style, mode: Literal["lines+markers", "markers"], *, is_cold: bool
) -> None:
    """Add a legend entry without data, so that it exists even if the first of several plots has no points."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode=mode,
        name=name,
        legendgroup=group,
        line=style.line(),
        marker=style.marker(is_cold=is_cold),
        hoverinfo="skip",
    )


def add_diagonal(figure: go.Figure, name: str) -> None:
    """Add the dotted line on which both shares are equal, with an entry in the legend."""
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=name,
        line={"color": MUTED, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )


def add_limits(
    figure: go.Figure,
    axis: Literal["x", "y"],
    limits: Sequence[tuple[float, str]],
    *,
    span: float,
    across: Literal["plot", "paper"] = "plot",
) -> None:
    """Draw a dashed line at each limit and write its text at the end of the line.

    `limits` are pairs of value and text in rising order, and `span` is the length of the axis; texts that would
    overlap are stacked. With `across="paper"` the lines cross all stacked plots instead of the first. The axis loses
    its grid, which would cover the lines.
    """
    whole = "paper" if across == "paper" else f"{'y' if axis == 'x' else 'x'} domain"
    line = {"color": INK, "width": 1.5, "dash": "dash"}
    gaps = [after - before for (before, _), (after, _) in pairwise(limits)]
    is_close = min(gaps, default=span) < _CLOSE * span
    (figure.update_xaxes if axis == "x" else figure.update_yaxes)(showgrid=False)
    for place, (at, text) in enumerate(limits):
        label: dict[str, Any] = {"text": text, "showarrow": False, "font": {"size": 13, "color": INK}}
        if axis == "x":
            figure.add_shape(type="line", x0=at, x1=at, xref="x", y0=0, y1=1, yref=whole, line=line, layer="below")
            figure.add_annotation(
                x=at,
                xref="x",
                y=1,
                yref=whole,
                xanchor="center",
                yanchor="bottom",
                **label,
                yshift=LIFT_PIXELS * place if is_close else 0,
            )
        else:
            figure.add_shape(type="line", x0=0, x1=1, xref=whole, y0=at, y1=at, yref="y", line=line, layer="below")
            figure.add_annotation(x=1, xref=whole, y=at, yref="y", xanchor="left", yanchor="middle", **label)


@cache
def _template() -> go.layout.Template:
    axis = {
        "gridcolor": GRID,
        "linecolor": MUTED,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "tickcolor": MUTED,
        "automargin": True,
        "title": {"standoff": 10, "font": {"size": TEXT_PIXELS}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": TEXT_PIXELS, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "colorway": list(_COLOURS),
            "title": {
                "font": {"size": 18},
                "subtitle": {"font": {"size": TEXT_PIXELS, "color": MUTED}},
                "x": 0,
                "xanchor": "left",
                "xref": "container",
                "y": 1,
                "yanchor": "top",
                "yref": "container",
                "pad": {"t": 16, "l": 16},
            },
            "legend": {"orientation": "v", "x": 0, "xanchor": "left", "yanchor": "top", "font": {"size": 13}},
            "hoverlabel": {"bgcolor": PAPER, "font": {"family": FONT, "size": TEXT_PIXELS, "color": INK}},
            "xaxis": axis,
            "yaxis": axis,
        }
    )
