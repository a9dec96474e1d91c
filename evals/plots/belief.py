"""Why a figure of quality shows nothing: nothing was judged, or the judge is not believed. Pure."""

from collections.abc import Sequence
from typing import Literal

from evals.analysis.trust import Belief, Trust
from evals.texts import Doubt, FigureTexts


def told_without_quality(belief: Belief, words: FigureTexts, name: Literal["quality", "corners"]) -> str:
    """Return why a figure is empty, and where a quality is to be had: what people said, or how to come to one."""
    doubt = _doubt(belief.trust)
    lines = [words.empty[name] if doubt is None else words.withheld[doubt]]
    if belief.is_labelled:
        lines.append(words.labelled)
    elif doubt is not None:
        lines.append(words.ways_on[doubt])
    return "<br>".join(lines)


def told_without_trend(judged: Sequence[Trust], words: FigureTexts) -> str:
    """Return why no evaluation has a quality, given what the judge of each judged one is worth, the newest last."""
    if not judged:
        return words.empty["quality"]
    doubt = _doubt(judged[-1])
    return words.all_abstained if doubt is None else words.withheld[doubt]


def _doubt(trust: Trust) -> Doubt | None:
    """Return why verdicts are not drawn; None where there are none, or where the judge is believed."""
    match trust:
        case "unproven" | "not_trustworthy":
            return trust
        case _:
            return None
