"""The history: runs as it lists them, and what it is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import sqlalchemy as sa

from llmfirst.answer import Answer
from llmfirst.events import AnswerFailed, Language, Outcome, QuestionSubmitted
from llmfirst.providers.base import Fault, ProviderKind
from llmfirst.runs.owners import Owner
from llmfirst.store.search import SearchIndex, matching
from llmfirst.store.tables import runs

Rating = Literal[-1, 1]
"""Thumbs down or up."""
RunOutcome = Outcome | Literal["failed"]


@dataclass(frozen=True)
class RunEntry:
    """A run as the history lists it. Times are in seconds since submit; None where nothing was measured."""

    number: int
    """Microseconds from 1970 to the submission, or the next free number: newer runs have greater ones."""

    run_id: str
    owner: Owner
    submitted_at: datetime
    question: str
    provider: ProviderKind
    model: str
    model_digest: str | None
    language: Language | None
    is_background: bool
    """Whether an evaluation asked it."""

    has_ended: bool
    outcome: RunOutcome | None
    """None while the run is in progress, and where its end cannot be read."""

    fault: Fault | None
    """What was done to the model on purpose; the run is in no figure."""

    deadline_seconds: float | None
    admitted_seconds: float | None
    first_text_seconds: float | None
    total_seconds: float | None
    pinned: bool
    rating: Rating | None
    rating_words: str | None
    parent_run_id: str | None
    """The run that this one is a follow-up of; it may have been deleted."""

    conversation_id: str
    """The id of the first run of the conversation."""


@dataclass(frozen=True)
class RunFilter:
    """Which runs are asked for; None does not restrict."""

    words: str = ""
    """Each of these words occurs in the question or in the answer; of a run in progress, in its question."""

    model: str | None = None
    outcome: RunOutcome | None = None
    language: Language | None = None
    rating: Rating | None = None
    pinned: bool | None = None
    is_background: bool | None = False
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class RunPage:
    """One page of the history, newest run first."""

    entries: tuple[RunEntry, ...]
    following: int | None
    """What the next page is asked for with; None after the last one."""


ENTRY_COLUMNS: Final = [runs.c[name] for name in RunEntry.__dataclass_fields__]


def entry_of(row: sa.RowMapping) -> RunEntry:
    """Return the entry for a row with the columns above."""
    return RunEntry(**{**row, "submitted_at": row["submitted_at"].replace(tzinfo=UTC)})  # SQLite keeps no zone


def conditions(asked: RunFilter, owner: Owner | None, index: SearchIndex | None) -> list[sa.ColumnElement[bool]]:
    """Return what a row must meet; `owner` None sees the runs of all owners."""
    equal = {
        runs.c.owner: owner,
        runs.c.is_background: asked.is_background,
        runs.c.model: asked.model,
        runs.c.outcome: asked.outcome,
        runs.c.language: asked.language,
        runs.c.rating: asked.rating,
        runs.c.pinned: asked.pinned,
    }
    wanted = [column == value for column, value in equal.items() if value is not None]
    wanted += [runs.c.number >= number_at(asked.since)] if asked.since is not None else []
    wanted += [runs.c.number < number_at(asked.before)] if asked.before is not None else []
    return wanted + matching(asked.words, index)


def number_at(instant: datetime) -> int:
    """Return the number of a run that is submitted at this instant, unless it is taken."""
    return round(instant.timestamp() * 1e6)


def submitted_row(event: QuestionSubmitted, owner: Owner, *, is_background: bool) -> dict[str, object]:
    """Return the columns of a new run, all but its number and its conversation."""
    return {
        "run_id": event.run_id,
        "owner": owner,
        "submitted_at": event.submitted_at.astimezone(UTC),
        "question": event.question,
        "provider": event.provider,
        "model": event.model,
        "model_digest": event.model_digest,
        "language": event.language,
        "deadline_seconds": event.deadline_seconds,
        "fault": event.fault,
        "is_background": is_background,
        "parent_run_id": event.parent_run_id,
        "has_ended": False,
    }


def ended_row(answer: Answer) -> dict[str, object]:
    """Return the columns that are known at the end of a run."""
    texts = (part.first_text_seconds for part in answer.phases.values())
    return {
        "has_ended": True,
        "admitted_seconds": answer.admitted_seconds,
        "first_text_seconds": min((seconds for seconds in texts if seconds is not None), default=None),
        "total_seconds": None if answer.end is None else answer.end.elapsed_seconds,
        "outcome": "failed" if isinstance(answer.end, AnswerFailed) else answer.metrics().outcome,
    }
