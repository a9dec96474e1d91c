"""The common look of all figures: system fonts, colours for colour-blind readers, and a symbol and dashes per model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from math import log10
from typing import Any, Final
from unicodedata import east_asian_width

import plotly.graph_objects as go

from evals.analysis.trust import UNJUDGED, Belief, Quality
from evals.suite.cases import Language
from evals.texts import CommonTexts, FigureTexts, NameTexts, ValueTexts, texts_in
from llmfirst import CorrectedRate, Interval, Proportion, visible

# The colours of paper; on the page, a style sheet replaces them by those of its theme, light or dark.
INK: Final = "#1f1f1f"
MUTED: Final = "#595959"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"
BAND: Final = "rgba(230,159,0,.16)"
FONT: Final = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
TEXT_PIXELS: Final = 13
_BOTTOM: Final = 52  # below the plot, for the numbers and the name of the axis
_EMPTY_PIXELS: Final = 140
# The first four are those of Okabe and Ito (2008) that can be seen on white and on black; the others were searched so
# that colour-blind readers tell them apart from these.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8c19ff", "#e5004d", "#7a7a7a")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_LONGEST_NAME: Final = 64
LIGHTER: Final = 0.5  # the opacity of the first token of any kind beside the first text
LEAST_SECONDS: Final = 0.001  # what is drawn of a shorter time; a logarithmic axis has no zero


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

    def tint(self, opacity: float) -> str:
        """Return the colour for areas, through which what lies below can be seen."""
        red, green, blue = (int(self.colour[place : place + 2], 16) for place in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity:g})"

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

    @property
    def value(self) -> ValueTexts:
        return texts_in(self.language).value

    def in_seconds(self, name: str) -> str:
        """Return the name of an axis whose numbers are seconds."""
        return texts_in(self.language).tab.in_seconds.format(name=name)

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


def share_text(share: Proportion) -> str:
    """Return count, share and 95 % interval, for example `29/30 = 97% (83–99%)`; a dash if nothing was measured."""
    if share.rate is None or share.interval is None:
        return "–"
    return f"{share.passed}/{share.total} = {share.rate:.0%} ({share.interval.low * 100:.0f}–{share.interval.high:.0%})"


def log_ticks(low: float, high: float) -> list[float]:
    """Return at most seven round numbers for a logarithmic axis: 1, 2, 5, or over a long way 1, 3."""
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step for power in range(-3, 5) for digit in digits if low <= (step := digit * 10.0**power) <= high]
        if len(ticks) <= 7:
            break
    return ticks


def log_seconds(low: float, high: float) -> dict[str, Any]:
    """Return a logarithmic axis of seconds: twice as long is the same distance everywhere."""
    ticks = log_ticks(low, high)
    return {
        "type": "log",
        "range": [log10(low), log10(high)],
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
        "tickangle": 0,
    }


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
    figure: go.Figure, *, plot_pixels: int, above: int = 8, right: int = 16, bottom: int = _BOTTOM
) -> go.Figure:
    """Set the look and the size of a figure, and return it; title, note and legend are the page's.

    `plot_pixels` is the height of the plot itself, and the others are the room around it, all in pixels.
    """
    figure.layout.template = _template()  # assigned, because update_layout would merge it with Plotly's own template
    figure.update_layout(
        height=above + plot_pixels + bottom,
        margin={"l": 8, "r": right, "t": above, "b": bottom, "autoexpand": True},
        showlegend=False,
    )
    return figure


def pixels_of(text: str) -> int:
    """Return the approximate width of a text in the font size of the figures."""
    return sum(5 if char == " " else 13 if east_asian_width(char) in "WF" else 8 for char in text)


def empty(reason: str) -> go.Figure:
    """Return a figure that only shows why it is empty."""
    figure = go.Figure()
    figure.add_annotation(text=reason, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"color": MUTED})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return finished(figure, plot_pixels=_EMPTY_PIXELS, bottom=8)


def add_diagonal(figure: go.Figure) -> None:
    """Add the dotted line on which both shares are equal."""
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dot", "width": 1}, hoverinfo="skip"
    )


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
        "fixedrange": True,  # so that a finger on a figure scrolls the page
        "title": {"standoff": 8, "font": {"size": TEXT_PIXELS}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": TEXT_PIXELS, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "colorway": list(_COLOURS),
            "dragmode": False,
            "hoverlabel": {
                "align": "left",
                "bgcolor": PAPER,
                "font": {"family": FONT, "size": TEXT_PIXELS, "color": INK},
            },
            "xaxis": axis,
            "yaxis": axis,
        }
    )
