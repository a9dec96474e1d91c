"""RunStore: every event of every run, in order."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from pydantic import ValidationError

from llmfirst.errors import RunUnknown, RunUnreadable
from llmfirst.events import (
    AnswerEvent,
    AnswerFinished,
    PartlyRead,
    Phase,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    TextAdded,
    ThoughtAdded,
    answer_events,
    is_end,
)
from llmfirst.providers.base import ProviderKind
from llmfirst.runs.owners import LOCAL, Owner, may_see
from llmfirst.store.tables import events, runs

logger = logging.getLogger(__name__)

_PROGRAM_ENDED: Final = "The program ended while this answer was being written."


@dataclass(frozen=True)
class StoredRun:
    """A run read from the store."""

    run_id: str
    events: tuple[AnswerEvent, ...]

    @property
    def has_ended(self) -> bool:
        return is_end(self.events[-1])

    @property
    def unreadable(self) -> int:
        """How many events of the run are missing or cannot be read."""
        end = self.events[-1]
        return end.unreadable if isinstance(end, PartlyRead) else 0

    @property
    def is_broken(self) -> bool:
        """Whether the program ended while this run was in progress."""
        end = self.events[-1]
        return isinstance(end, AnswerFinished) and end.detail == _PROGRAM_ENDED


class RunStore:
    """Reads and writes runs. Each method is one short transaction and blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def append(self, run_id: str, position: int, batch: Sequence[AnswerEvent], owner: Owner = LOCAL) -> None:
        """Store events, the first one at `position`; once this returns, they survive a crash of the program.

        `owner` is stored with the first event of a run and ignored afterwards.
        """
        rows = [
            {"run_id": run_id, "position": position + offset, "body": event.model_dump_json()}
            for offset, event in enumerate(batch)
        ]
        with self._database.begin() as connection:
            for event in batch:
                if isinstance(event, QuestionSubmitted):
                    connection.execute(runs.insert().values(_row_of(event, owner)))
                elif is_end(event):
                    connection.execute(runs.update().where(runs.c.run_id == run_id).values(has_ended=True))
            connection.execute(events.insert(), rows)

    def load(self, run_id: str, owner: Owner | None = None) -> StoredRun:
        """Return a run with all its events that can be read; `owner` None sees the runs of all owners.

        Raises RunUnknown if there is no such run or it belongs to another owner, and RunUnreadable if not even its
        question can be read.
        """
        run_query = sa.select(runs.c.owner, runs.c.has_ended).where(runs.c.run_id == run_id)
        body = sa.cast(events.c.body, sa.LargeBinary)  # SQLite itself refuses a text that is no UTF-8
        event_query = sa.select(events.c.position, body).where(events.c.run_id == run_id).order_by(events.c.position)
        with self._database.connect() as connection:
            stored = connection.execute(run_query).one_or_none()
            rows = connection.execute(event_query).all()
        if stored is None or not may_see(stored.owner, owner):
            raise RunUnknown(f"There is no run {run_id}.")
        return StoredRun(run_id, _read(run_id, [(row[0], row[1]) for row in rows], has_ended=stored.has_ended))

    def end_broken_runs(self) -> int:
        """Mark runs that a killed program left open as `interrupted`; return how many there were.

        A run of which something cannot be read stays as it is: a newer version may read it.
        """
        with self._database.connect() as connection:
            open_ids = connection.scalars(sa.select(runs.c.run_id).where(runs.c.has_ended.is_(False))).all()
        marked = 0
        for run_id in open_ids:
            try:
                run = self.load(run_id)
            except RunUnreadable as error:
                logger.warning("%s", error)
                continue
            if run.unreadable:
                logger.warning("%d events of the run %s cannot be read: it stays as it is", run.unreadable, run_id)
                continue
            end = AnswerFinished(
                elapsed_seconds=run.events[-1].elapsed_seconds,
                outcome="interrupted",
                detail=_PROGRAM_ENDED,
            )
            self.append(run_id, len(run.events), [end])
            marked += 1
        return marked

    def last_model(self, provider: ProviderKind) -> str | None:
        """Return the model of this provider that was used last, or None."""
        query = sa.select(runs.c.model).where(runs.c.provider == provider).order_by(runs.c.submitted_at.desc()).limit(1)
        with self._database.connect() as connection:
            return connection.scalar(query)

    def close(self) -> None:
        self._database.dispose()


def _read(run_id: str, rows: Sequence[tuple[int, bytes]], *, has_ended: bool) -> tuple[AnswerEvent, ...]:
    """Return what can be read of a run. Raises RunUnreadable if this is not even its question."""
    read: list[AnswerEvent] = []
    begun: set[Phase] = set()
    for _, body in rows:
        try:
            event = answer_events.validate_json(body)
        except ValidationError:
            continue
        if isinstance(event, PhaseStarted):
            begun.add(event.phase)
        elif isinstance(event, TextAdded | ThoughtAdded | PhaseFinished) and event.phase not in begun:
            continue
        read.append(event)
    if not read or not isinstance(read[0], QuestionSubmitted):
        raise RunUnreadable(
            f"The run {run_id} cannot be read (its first event is missing or of a later version): it stays in the "
            "database as it is, and a newer llmfirst may read it."
        )
    lacks_end = has_ended and not is_end(read[-1])
    unreadable = rows[-1][0] + 1 - len(read) + lacks_end
    if unreadable == 0:
        return tuple(read)
    kept = [event for event in read if not is_end(event)]
    return (*kept, PartlyRead(elapsed_seconds=read[-1].elapsed_seconds, unreadable=unreadable))


def _row_of(event: QuestionSubmitted, owner: Owner) -> dict[str, object]:
    return {
        "run_id": event.run_id,
        "owner": owner,
        "submitted_at": event.submitted_at,
        "question": event.question,
        "provider": event.provider,
        "model": event.model,
        "has_ended": False,
    }
