"""Why a figure of quality shows nothing: nothing was judged, or the judge is not believed. Pure."""

from collections.abc import Sequence
from typing import Literal

from evals.analysis.trust import Belief, Trust
from evals.plots.words import FigureWords


def told_without_quality(belief: Belief, words: FigureWords, name: Literal["quality", "corners"]) -> str:
    """Return why a figure is empty, and where a quality is to be had: what people said, or how to come to one."""
    lines = [words.withheld.get(belief.trust, words.empty[name])]
    if belief.is_labelled:
        lines.append(words.labelled)
    elif belief.trust in words.ways_on:
        lines.append(words.ways_on[belief.trust])
    return "<br>".join(lines)


def told_without_trend(judged: Sequence[Trust], words: FigureWords) -> str:
    """Return why no evaluation has a quality, given what the judge of each judged one is worth, the newest last."""
    if not judged:
        return words.empty["quality"]
    return words.withheld.get(judged[-1], words.all_abstained)
