"""Writes the text that an empty figure of quality shows instead of data. Pure."""

from collections.abc import Sequence
from typing import Literal

from evals.analysis.trust import Belief, Trust
from evals.texts import Doubt, FigureTexts


def told_without_quality(
    belief: Belief, words: FigureTexts, name: Literal["quality", "corners", "self_knowledge", "value"]
) -> str:
    """Return why a figure is empty, and where to look instead: at people's labels, or how to get a trusted judge."""
    doubt = _doubt(belief.trust)
    lines = [words.empty[name] if doubt is None else words.withheld[doubt]]
    if belief.is_labelled:
        lines.append(words.labelled)
    elif doubt is not None:
        lines.append(words.ways_on[doubt])
    return "<br>".join(lines)


def told_without_trend(judged: Sequence[Trust], words: FigureTexts) -> str:
    """Return why the trend shows no quality; `judged` is the trust in each judged evaluation, newest last."""
    if not judged:
        return words.empty["quality"]
    doubt = _doubt(judged[-1])
    return words.all_abstained if doubt is None else words.withheld[doubt]


def _doubt(trust: Trust) -> Doubt | None:
    """Return why verdicts are not drawn; None if there are no verdicts or the judge is trusted."""
    match trust:
        case "unproven" | "not_trustworthy":
            return trust
        case _:
            return None
