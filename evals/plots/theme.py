"""How every figure looks: fonts of the system, colours that colour-blind people tell apart, and shapes besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any, Final, Literal
from unicodedata import east_asian_width

import plotly.graph_objects as go

from evals.analysis.trust import UNJUDGED, Belief
from evals.judge.judged_answers import JudgedAnswer
from evals.suite.cases import Language
from evals.texts import CommonTexts, FigureName, FigureTexts, NameTexts, texts_in
from llmfirst import Proportion

INK: Final = "#1f1f1f"
MUTED: Final = "#595959"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"
BAND: Final = "#f2ead3"
FONT: Final = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
TEXT_PIXELS: Final = 14
LINE_PIXELS: Final = 22  # one line of a legend
_LEGEND_GAP: Final = 64  # below the plot: numbers and name of the axis
_TOP: Final = 104  # title, note, and what is written above the lines
# Okabe and Ito (2008), without the yellow that white paper swallows.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_LONGEST_NAME: Final = 64
_NOTE_PIXELS: Final = 312  # as wide as the page of a telephone
_CLOSE: Final = 0.09  # of an axis: as wide as the number of a target on a narrow page
LIFT_PIXELS: Final = 15  # of each of two limits that stand above one that is close


@dataclass(frozen=True)
class Style:
    """How one model is drawn: told apart by colour, by symbol and by dashes alone."""

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
    """What the figures of one page share: the language, how each model looks, and what the judge is worth."""

    language: Language
    styles: Mapping[str, Style]
    belief: Belief = UNJUDGED

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
        """Return at most one decimal."""
        return self.words.seconds.format(seconds=f"{round(seconds, 1):g}")


def styles(models: Iterable[str]) -> dict[str, Style]:
    """Return a style for each model, by order of appearance; the first six share no shape and no dashes."""
    return {
        model: Style(_COLOURS[at % len(_COLOURS)], _SYMBOLS[at % len(_SYMBOLS)], _DASHES[at % len(_DASHES)])
        for at, model in enumerate(dict.fromkeys(models))
    }


def plain(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return words from outside as one short line in which Plotly sees no mark-up."""
    line = " ".join(text.split())
    if len(line) > longest:
        end = longest // 2
        line = f"{line[: longest - end - 1]}…{line[-end:]}"  # names of models differ at their end as well
    return escape(line, quote=False)


def point(answer: JudgedAnswer) -> tuple[str, str, str]:
    """Return the `customdata` of one answer: its run first, so that a click can open it."""
    return answer.attempt.run_id, plain(case_label(answer)), plain(answer.model)


def case_label(answer: JudgedAnswer) -> str:
    """Return the name of the question, with the number of its repeat from the second on."""
    return (
        answer.case.id if answer.attempt.trial.repeat == 0 else f"{answer.case.id} #{answer.attempt.trial.repeat + 1}"
    )


def hover(*lines: str) -> str:
    """Return the hover text of one answer: question and model, then these lines."""
    return "<br>".join(["<b>%{customdata[1]}</b>", "%{customdata[2]}", *lines]) + "<extra></extra>"


def share_text(share: Proportion) -> str:
    """Return count, share and 95 % interval; a dash where nothing was measured."""
    if share.rate is None or share.interval is None:
        return "–"
    return f"{share.passed}/{share.total} = {share.rate:.0%} ({share.interval.low * 100:.0f}–{share.interval.high:.0%})"


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
    """Give a figure its title, note and measures; `plot_pixels` is the height between title and axis.

    `above` is what is written over the plot beyond one line, in pixels.
    """
    note = [*_wrapped(look.words.notes[name]), *(_wrapped(more) if more else [])]
    top = _TOP + LINE_PIXELS * (len(note) - 1) + above
    bottom = _LEGEND_GAP + legend_lines * LINE_PIXELS + 8
    figure.layout.template = _template()  # in place of Plotly's own, with which an update would merge it
    figure.update_layout(
        height=top + plot_pixels + bottom,
        margin={"l": 16, "r": right, "t": top, "b": bottom, "autoexpand": True},
        title={"text": f"<b>{look.words.titles[name]}</b>", "subtitle": {"text": "<br>".join(note)}},
        showlegend=True,
        legend={"y": -_LEGEND_GAP / plot_pixels},
    )
    return figure


def _wrapped(text: str) -> list[str]:
    """Break a text between words into lines that a narrow page has room for; Plotly breaks none."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pixels_of(longer) <= _NOTE_PIXELS or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def pixels_of(text: str) -> int:
    """Return about how wide a text is in the size of the figures, whatever the font of the system."""
    return sum(5 if sign == " " else 13 if east_asian_width(sign) in "WF" else 8 for sign in text)


def empty(name: FigureName, look: Look, told: str | None = None) -> go.Figure:
    """Return a figure that says why it shows nothing: as `told`, else in the words for a figure without data."""
    figure = go.Figure()
    figure.add_annotation(
        text=look.words.empty[name] if told is None else told,
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
    """Add a line of the legend without a point: it stays where the first of several plots has no data."""
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


def add_limits(
    figure: go.Figure,
    axis: Literal["x", "y"],
    limits: Sequence[tuple[float, str]],
    *,
    span: float,
    across: Literal["plot", "paper"] = "plot",
) -> None:
    """Draw a dashed line at each target, in rising order, and write its number at the end of the line.

    `span` is the length of the axis; numbers that would touch stand one above the other. `across` says how far a line
    goes: over the first plot, or over all plots that lie below one another. The axis loses its grid, which would lie
    over the lines.
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
