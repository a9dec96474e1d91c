"""Draws the targets into a figure: a dashed line each, with the name of its tier and its rule at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Final, Literal

import plotly.graph_objects as go

from evals.analysis.target_checks import FIRST_TEXT_SHARE
from evals.plots.theme import INK, MUTED, Look
from llmfirst import TIERS, Tier

LANE_PIXELS: Final = 16  # the height of the name of one limit
_GAP_PIXELS: Final = 4
_NAME_PIXELS: Final = 12  # the size of its letters
_LEFT_HALF: Final = 0.42  # of the plot: a limit that is further left has its name at its right
_LINE: Final = {"color": INK, "width": 1.5, "dash": "dash"}


@dataclass(frozen=True)
class Limit:
    """A value that a target names, and what the target says of it."""

    at: float
    name: str


def first_text_limits(look: Look) -> tuple[Limit, ...]:
    rule, share = look.words.rules["share"], f"{FIRST_TEXT_SHARE:.0%}"
    return _limits(
        [
            (tier, tier.first_text_seconds, rule.format(share=share, seconds=look.seconds(tier.first_text_seconds)))
            for tier in TIERS
        ],
        look,
    )


def total_limits(look: Look) -> tuple[Limit, ...]:
    rules = {"every answer": look.words.rules["every"], "mean": look.words.rules["mean"]}
    return _limits(
        [
            (tier, tier.total_seconds, rules[tier.total_is].format(seconds=look.seconds(tier.total_seconds)))
            for tier in TIERS
        ],
        look,
    )


def quality_limits(look: Look) -> tuple[Limit, ...]:
    rule = look.words.rules["quality"]
    return _limits([(tier, tier.quality, rule.format(share=f"{tier.quality:.0%}")) for tier in TIERS], look)


def _limits(rules: Sequence[tuple[Tier, float, str]], look: Look) -> tuple[Limit, ...]:
    """Return one limit for each rule in rising order, named with all tiers that have this rule."""
    numbers: dict[tuple[float, str], list[str]] = {}
    for tier, at, rule in rules:
        numbers.setdefault((at, rule), []).append(str(tier.number))
    return tuple(
        Limit(
            at, (look.words.tier if len(found) == 1 else look.words.tiers).format(numbers=", ".join(found), rule=rule)
        )
        for (at, rule), found in sorted(numbers.items())
    )


def room_above(limits: Sequence[Limit]) -> int:
    """Return the pixels above a plot that the names of its limits take."""
    return LANE_PIXELS * len(limits) + 2 * _GAP_PIXELS


def add_limits(
    figure: go.Figure,
    limits: Sequence[Limit],
    ends: tuple[float, float],
    *,
    plot_pixels: int,
    is_log: bool = False,
    across: Literal["plot", "paper"] = "plot",
) -> None:
    """Draw a vertical line at each limit, which ends above the plot beside the limit's name.

    `limits` are in rising order and `ends` are those of the axis. With `across="paper"` the lines cross all stacked
    plots, whose height together is `plot_pixels`, instead of the first. The axis loses its grid, which would be taken
    for limits.
    """
    whole = "paper" if across == "paper" else "y domain"
    low, high = (log10(end) if is_log else end for end in ends)
    places = [log10(limit.at) if is_log else limit.at for limit in limits]
    is_left = sum(places) / len(places) - low < _LEFT_HALF * (high - low)
    figure.update_xaxes(showgrid=False)
    for number, (limit, place) in enumerate(zip(limits, places, strict=True)):
        # No line crosses a name: all names stand at one side of their lines, and the line furthest to it is shortest.
        lane = len(limits) - 1 - number if is_left else number
        top = 1 + (LANE_PIXELS * (lane + 1) - _GAP_PIXELS) / plot_pixels
        figure.add_shape(
            type="line", x0=limit.at, x1=limit.at, xref="x", y0=0, y1=top, yref=whole, line=_LINE, layer="below"
        )
        figure.add_annotation(
            text=limit.name,
            x=place,
            xref="x",
            y=1,
            yref=whole,
            yshift=LANE_PIXELS * lane,
            xanchor="left" if is_left else "right",
            xshift=_GAP_PIXELS if is_left else -_GAP_PIXELS,
            yanchor="bottom",
            showarrow=False,
            font={"size": _NAME_PIXELS, "color": INK},
        )


def add_level(figure: go.Figure, share: float, name: str = "", **panel: int) -> None:
    """Draw a horizontal dotted line at a share, with its name on it at the left."""
    line = {"color": MUTED, "width": 1.5, "dash": "dot"}
    figure.add_hline(y=share, line=line, layer="below", **panel)
    if name:
        figure.add_annotation(
            text=name,
            x=0,
            xref="x domain",
            xanchor="left",
            y=share,
            yanchor="bottom",
            showarrow=False,
            font={"size": _NAME_PIXELS, "color": INK},
        )
