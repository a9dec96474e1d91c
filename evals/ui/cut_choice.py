"""The choice of how much of an answer people see: all of it, or what was there at a moment."""

from typing import Final

from evals.records.moments import MOMENTS
from evals.suite.cases import Language
from evals.texts import texts_in

WHOLE: Final = "whole"
"""The choice of answers that are not cut off."""


def cut_choices(language: Language) -> list[tuple[str, str]]:
    """Return the choices with their words."""
    texts = texts_in(language).deck
    return [(texts.whole, WHOLE), *((texts.cut_at.format(seconds=seconds), f"{seconds:g}") for seconds in MOMENTS)]


def chosen_cut(choice: str) -> float | None:
    """Return the second of a choice; None for whole answers, and for what is none of the choices."""
    return next((seconds for seconds in MOMENTS if f"{seconds:g}" == choice), None)
