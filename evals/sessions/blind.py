"""What a voter may know of an answer: before the vote its text, after the vote who wrote it, and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.records.evaluation import EvaluatedModel
from evals.records.moments import sections_at
from llmfirst import AnswerEvent, Owner, Phase, fold


def hidden_owner(session_id: str) -> Owner:
    """Return whose the answers of a blind session are until they are voted on: nobody's, as no login has a colon.

    So neither the history nor the API tells anybody of them.
    """
    return f"blind:{session_id}"


@dataclass(frozen=True)
class BlindAnswer:
    """All that may be shown of an answer before the vote."""

    sections: tuple[tuple[Phase, str], ...]
    """The sections that have text, in their order."""


@dataclass(frozen=True)
class Unveiled:
    """Who wrote an answer, and how. Times are in seconds from admission, so that no wait in line is in them."""

    entrant: str
    model: EvaluatedModel | None
    """None where the session or evaluation does not tell."""
    first_text_seconds: float | None
    total_seconds: float | None
    tokens_per_second: float | None
    is_first: bool
    """Whether it was asked before the other of its pair."""


def blind_answer(events: Sequence[AnswerEvent], cut_seconds: float | None = None) -> BlindAnswer:
    """Return what may be shown of a run: its sections, or what was there of them so many seconds after admission."""
    if cut_seconds is None:
        return BlindAnswer(sections_at(events))
    return BlindAnswer(sections_at(events, (fold(events).admitted_seconds or 0.0) + cut_seconds))


def unveiled(
    pair: tuple[Sequence[AnswerEvent], Sequence[AnswerEvent]],
    entrants: tuple[str, str],
    models: dict[str, EvaluatedModel],
) -> tuple[Unveiled, Unveiled]:
    """Return who wrote the two answers of a pair. `models` has them by the key of their entrant."""
    left, right = (fold(events) for events in pair)
    asked = [one.submitted.submitted_at if one.submitted else None for one in (left, right)]
    is_left_first = asked[0] is None or asked[1] is None or asked[0] <= asked[1]
    figures = [one.metrics() for one in (left, right)]
    first, second = (
        Unveiled(entrant, models.get(entrant), told.ttft, told.total_time, told.tokens_per_second, is_first)
        for entrant, told, is_first in zip(entrants, figures, (is_left_first, not is_left_first), strict=True)
    )
    return first, second
