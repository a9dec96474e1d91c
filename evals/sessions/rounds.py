"""A round: one question on its way through the entrants of a session."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from evals.sessions.session import Session, SessionQuestion
from llmfirst import LlmfirstError

Stage = Literal["waiting", "loading", "asked", "answered", "failed", "stopped"]


@dataclass(frozen=True)
class Turn:
    """Where an entrant stands in a round."""

    entrant: str
    """The key of the entrant."""
    place: int
    """The place of the entrant in the order of this question, from 0."""
    stage: Stage = "waiting"
    """`asked`: its run has begun, and says by its own events whether it waits in line, thinks or writes."""
    run_id: str | None = None
    """The run to follow, from `asked` on."""
    expected_seconds: float | None = None
    """How long it will wait for the entrants before it, as far as earlier answers tell."""
    loading_seconds: float | None = None
    """How long its model was loaded for this question."""
    problem: LlmfirstError | None = None
    """Why there is no run."""

    @property
    def is_over(self) -> bool:
        return self.stage in ("answered", "failed", "stopped")


@dataclass(frozen=True)
class Round:
    """A question and where each entrant stands with it, in the order of the session."""

    session_id: str
    question: SessionQuestion
    turns: tuple[Turn, ...]
    is_in_turn: bool
    """Whether the entrants answer one after the other; also where side by side the models did not fit into memory."""

    @property
    def is_over(self) -> bool:
        return all(turn.is_over for turn in self.turns)

    def turn(self, entrant: str) -> Turn:
        return next(turn for turn in self.turns if turn.entrant == entrant)

    def after(self, entrant: str, **changes: Any) -> "Round":
        """Return the round with what has changed for one entrant."""
        turns = tuple(replace(turn, **changes) if turn.entrant == entrant else turn for turn in self.turns)
        return replace(self, turns=turns)


def new_round(session: Session, question: SessionQuestion) -> Round:
    """Return a round in which everybody waits."""
    places = {entrant.key: place for place, entrant in enumerate(session.turns(question.question_id))}
    turns = tuple(Turn(entrant.key, places[entrant.key]) for entrant in session.entrants)
    return Round(session.session_id, question, turns, is_in_turn=session.order == "one_at_a_time")
