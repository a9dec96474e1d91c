"""What stands beside a plot: the models or parts that it shows, each with its mark. The page and the report draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from evals.plots.theme import Style

MarkKind = Literal["symbol", "line", "line and symbol", "bar"]


@dataclass(frozen=True)
class Mark:
    """How something looks in a plot."""

    kind: MarkKind
    colour: str
    symbol: str = "circle"
    dash: str = "solid"
    pattern: str = ""
    """The hatching of a bar, as Plotly names it."""


@dataclass(frozen=True)
class Entry:
    """One entry of a legend, of text that the page has to escape."""

    name: str
    mark: Mark
    lines: tuple[str, ...] = ()
    group: str = ""
    """The `legendgroup` of its traces, which the reader can hide; empty if they stay."""


@dataclass(frozen=True)
class Drawing:
    """A plot with its legend, and what else the page has to say of it."""

    figure: go.Figure
    legend: Sequence[Entry] = ()
    remark: str = ""


def mark_of(style: Style, kind: MarkKind) -> Mark:
    """Return the mark of a model."""
    return Mark(kind, style.colour, style.symbol, style.dash)
