"""What is stored of a task: its owner and its turns. The outcome of a turn is in the events of its run."""

from dataclasses import dataclass
from typing import Literal

from a2a.types import Message
from pydantic import AwareDatetime

from llmfirst.events import AS_SET, AnswerSettings, Language
from llmfirst.providers.base import Think
from llmfirst.runs.owners import Owner
from llmfirst.values import Value


class Unasked(Value):
    """Why and when a turn ended without a run; `message` is for its sender."""

    cause: Literal["canceled", "refused", "interrupted"]
    message: str
    at: AwareDatetime


@dataclass(frozen=True)
class TurnRequest:
    """A valid message: what it asks, and who sent it."""

    message: Message
    question: str
    owner: Owner
    language: Language
    settings: AnswerSettings = AS_SET
    parent_run_id: str | None = None
    """The run that it follows up, where it names one."""


class Turn(Value):
    """One message of the client and the run that answers it; the run begins when the turn before has ended."""

    run_id: str
    message: Message
    question: str
    language: Language
    asked_at: AwareDatetime
    settings: AnswerSettings = AS_SET
    parent_run_id: str | None = None
    """The run that it follows up, where it names one; else it follows up the turn before."""

    think: Think | None = None
    """Only in turns of older versions, which knew no other setting."""

    unasked: Unasked | None = None


class TaskRecord(Value):
    """A task as it stands in the store."""

    task_id: str
    context_id: str
    owner: Owner
    turns: tuple[Turn, ...] = ()

    def with_turn(self, turn: Turn) -> "TaskRecord":
        """Return the record with a turn added, or replaced when it has one with this run."""
        if any(other.run_id == turn.run_id for other in self.turns):
            turns = tuple(turn if other.run_id == turn.run_id else other for other in self.turns)
        else:
            turns = (*self.turns, turn)
        return self.model_copy(update={"turns": turns})
