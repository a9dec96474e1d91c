"""RunStore: every event of every run, in order, and the history of runs."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from llmfirst.errors import RunInProgress, RunUnknown, RunUnreadable
from llmfirst.events import (
    AnswerEvent,
    AnswerFinished,
    PartlyRead,
    QuestionSubmitted,
    is_end,
)
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import ProviderKind
from llmfirst.runs.owners import LOCAL, Owner, may_see
from llmfirst.store.guarantee import Guarantee, UsualTimes, guarantee_of, usual_times_of
from llmfirst.store.history import (
    ENTRY_COLUMNS,
    Rating,
    RunEntry,
    RunFilter,
    RunPage,
    conditions,
    entry_of,
)
from llmfirst.store.replicas import is_of_lost_replica
from llmfirst.store.run_rows import answer_of, begin_run, bodies_of, end_run, index_text, read_events
from llmfirst.store.search import SearchIndex
from llmfirst.store.tables import events, run_texts, runs
from llmfirst.store.upsert import is_postgres

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

    def __init__(self, database: sa.Engine, replica: str | None = None) -> None:
        """Write as a replica of this name; None: no other program writes to the database at the same time."""
        self._database = database
        self._replica = replica
        self._index: SearchIndex | None = "fts5" if sa.inspect(database).has_table("run_search") else None
        if is_postgres(database):
            self._index = "texts"

    @property
    def is_shared(self) -> bool:
        """Whether other programs may be writing answers to the database."""
        return self._replica is not None

    def append(
        self,
        run_id: str,
        position: int,
        batch: Sequence[AnswerEvent],
        owner: Owner = LOCAL,
        *,
        is_background: bool = False,
    ) -> None:
        """Store events, the first one at `position`; once this returns, they survive a crash of the program.

        `owner` and `is_background` are stored with the first event of a run and ignored afterwards.
        """
        rows = [
            {"run_id": run_id, "position": position + offset, "body": event.model_dump_json()}
            for offset, event in enumerate(batch)
        ]
        with self._database.begin() as connection:
            for event in batch:
                if isinstance(event, QuestionSubmitted):
                    begin_run(connection, event, owner, is_background=is_background, replica=self._replica)
            connection.execute(events.insert(), rows)
            if batch and is_end(batch[-1]):
                end_run(connection, run_id)

    def load(self, run_id: str, owner: Owner | None = None) -> StoredRun:
        """Return a run with all its events that can be read; `owner` None sees the runs of all owners.

        Raises RunUnknown if there is no such run or it belongs to another owner, and RunUnreadable if not even its
        question can be read.
        """
        run_query = sa.select(runs.c.owner, runs.c.has_ended).where(runs.c.run_id == run_id)
        with self._database.connect() as connection:
            stored = connection.execute(run_query).one_or_none()
            rows = bodies_of(connection, run_id)
        if stored is None or not may_see(stored.owner, owner):
            raise RunUnknown(f"There is no run {run_id}.")
        return StoredRun(run_id, read_events(run_id, rows, has_ended=stored.has_ended))

    def end_broken_runs(self) -> int:
        """Mark runs that a killed program left open as `interrupted`; return how many there were.

        Those of a replica that still lives are none. A run of which something cannot be read stays as it is: a newer
        version may read it.
        """
        return self._interrupt(sa.true() if self._replica is None else is_of_lost_replica())

    def end_own_runs(self) -> int:
        """Mark the open runs of this program as `interrupted`, because it ends; return how many there were."""
        return self._interrupt(sa.true() if self._replica is None else runs.c.replica == self._replica)

    def _interrupt(self, which: sa.ColumnElement[bool]) -> int:
        with self._database.connect() as connection:
            open_ids = connection.scalars(sa.select(runs.c.run_id).where(runs.c.has_ended.is_(False), which)).all()
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
                problem=ModelProblem(code="program_ended"),
            )
            self.append(run_id, len(run.events), [end])
            marked += 1
        return marked

    def last_model(self, provider: ProviderKind) -> str | None:
        """Return the model of this provider that was used last, or None."""
        query = sa.select(runs.c.model).where(runs.c.provider == provider).order_by(runs.c.submitted_at.desc()).limit(1)
        with self._database.connect() as connection:
            return connection.scalar(query)

    # The history. `owner` None sees the runs of all owners.

    def page(self, asked: RunFilter, owner: Owner | None, *, following: int | None = None, limit: int = 50) -> RunPage:
        """Return the newest runs that are asked for, or those after the page that named `following`."""
        query = sa.select(*ENTRY_COLUMNS).where(*self._conditions(asked, owner))
        if following is not None:
            query = query.where(runs.c.number < following)
        entries = self._entries(query.order_by(runs.c.number.desc()).limit(limit + 1))
        return RunPage(entries[:limit], entries[limit - 1].number if len(entries) > limit else None)

    def count(self, asked: RunFilter, owner: Owner | None) -> int:
        """Return how many runs a filter lets through."""
        with self._database.connect() as connection:
            return (
                connection.scalar(sa.select(sa.func.count()).select_from(runs).where(*self._conditions(asked, owner)))
                or 0
            )

    def models(self, owner: Owner | None) -> list[str]:
        """Return the models that have answered, by name."""
        query = sa.select(runs.c.model).where(*self._conditions(RunFilter(is_background=None), owner)).distinct()
        with self._database.connect() as connection:
            return list(connection.scalars(query.order_by(runs.c.model)))

    def entry(self, run_id: str, owner: Owner | None) -> RunEntry:
        """Return one run as the history lists it. Raises RunUnknown."""
        entries = self._entries(sa.select(*ENTRY_COLUMNS).where(_is(run_id, owner)))
        if not entries:
            raise RunUnknown(f"There is no run {run_id}.")
        return entries[0]

    def conversation(self, run_id: str, owner: Owner | None) -> tuple[RunEntry, ...]:
        """Return the runs of a run's conversation, the oldest first. Raises RunUnknown."""
        own = self.entry(run_id, owner)
        query = sa.select(*ENTRY_COLUMNS).where(
            runs.c.conversation_id == own.conversation_id, runs.c.owner == own.owner
        )
        return self._entries(query.order_by(runs.c.number))

    def conversations(self, ids: Collection[str], owner: Owner | None) -> dict[str, tuple[RunEntry, ...]]:
        """Return those of these conversations that have several runs, the oldest run first."""
        query = sa.select(*ENTRY_COLUMNS).where(runs.c.conversation_id.in_(ids))
        query = query if owner is None else query.where(runs.c.owner == owner)
        found: dict[str, tuple[RunEntry, ...]] = {}
        for entry in self._entries(query.order_by(runs.c.number)):
            found[entry.conversation_id] = (*found.get(entry.conversation_id, ()), entry)
        return {conversation: entries for conversation, entries in found.items() if len(entries) > 1}

    def pin(self, run_id: str, owner: Owner | None, *, pinned: bool) -> None:
        """Keep a run from being deleted with others, or no longer. Raises RunUnknown."""
        self._change(run_id, owner, pinned=pinned)

    def rate(self, run_id: str, owner: Owner | None, rating: Rating | None, words: str | None = None) -> None:
        """Store what a person thinks of the answer, in place of what was stored; None takes it back.

        Raises RunUnknown.
        """
        self._change(run_id, owner, rating=rating, rating_words=words if rating is not None else None)

    def give(self, run_ids: Collection[str], owner: Owner, to: Owner) -> None:
        """Make those of these runs of an owner that have ended another owner's."""
        given = sa.and_(runs.c.run_id.in_(run_ids), runs.c.owner == owner, runs.c.has_ended.is_(True))
        with self._database.begin() as connection:
            connection.execute(runs.update().where(given).values(owner=to))

    def delete(self, run_id: str, owner: Owner | None) -> None:
        """Delete a run with all its events. Raises RunUnknown, and RunInProgress for one that has not ended.

        The runs of evaluations are unknown here: their figures stand on them.
        """
        where = sa.and_(_is(run_id, owner), runs.c.is_background.is_(False))
        with self._database.begin() as connection:
            has_ended = connection.scalar(sa.select(runs.c.has_ended).where(where))
            if has_ended is None:
                raise RunUnknown(f"There is no run {run_id} that can be deleted.")
            if not has_ended:
                raise RunInProgress(f"The run {run_id} is in progress: stop it before you delete it.")
            connection.execute(runs.delete().where(where))

    def delete_measured(self, run_ids: Iterable[str], owner: Owner | None) -> None:
        """Delete runs of an evaluation that goes, those that have ended; others are left alone."""
        is_measured = sa.and_(runs.c.is_background.is_(True), runs.c.has_ended.is_(True))
        with self._database.begin() as connection:
            for run_id in run_ids:
                connection.execute(runs.delete().where(sa.and_(_is(run_id, owner), is_measured)))

    def delete_before(
        self, instant: datetime, owner: Owner | None, *, with_pinned: bool = False, at_once: int = 100
    ) -> int:
        """Delete the runs that people submitted before an instant and that have ended; return how many there were.

        Each transaction deletes `at_once` of them, so that an answer that is written meanwhile is stored in between.
        """
        asked = RunFilter(before=instant, pinned=None if with_pinned else False)
        old = sa.select(runs.c.run_id).where(*self._conditions(asked, owner), runs.c.has_ended.is_(True))
        deleted = 0
        while True:
            with self._database.begin() as connection:
                run_ids = connection.scalars(old.limit(at_once)).all()
                connection.execute(runs.delete().where(runs.c.run_id.in_(run_ids)))
            deleted += len(run_ids)
            if len(run_ids) < at_once:
                return deleted

    def guarantee(self, owner: Owner | None, *, answers: int) -> Guarantee:
        """Return how many of the newest answers ended before their deadline."""
        with self._database.connect() as connection:
            return guarantee_of(connection, owner, answers=answers)

    def usual_times(self, provider: ProviderKind, model: str) -> UsualTimes | None:
        """Return how fast the newest answers of a model were that nothing broke; None where there are none."""
        with self._database.connect() as connection:
            return usual_times_of(connection, provider, model)

    def index_texts(self, limit: int) -> int:
        """Make some ended runs searchable that an older version stored, newest first; return how many there were."""
        lacking = sa.select(runs.c.run_id).outerjoin(run_texts, runs.c.number == run_texts.c.number)
        lacking = lacking.where(run_texts.c.number.is_(None), runs.c.has_ended.is_(True))
        with self._database.begin() as connection:
            run_ids = connection.scalars(lacking.order_by(runs.c.number.desc()).limit(limit)).all()
            for run_id in run_ids:
                index_text(connection, run_id, answer_of(connection, run_id))
        return len(run_ids)

    def _conditions(self, asked: RunFilter, owner: Owner | None) -> list[sa.ColumnElement[bool]]:
        return conditions(asked, owner, self._index)

    def _entries(self, query: sa.Select[tuple[object, ...]]) -> tuple[RunEntry, ...]:
        with self._database.connect() as connection:
            return tuple(entry_of(row) for row in connection.execute(query).mappings())

    def _change(self, run_id: str, owner: Owner | None, **values: object) -> None:
        with self._database.begin() as connection:
            if connection.execute(runs.update().where(_is(run_id, owner)).values(values)).rowcount == 0:
                raise RunUnknown(f"There is no run {run_id}.")

    def close(self) -> None:
        self._database.dispose()


def _is(run_id: str, owner: Owner | None) -> sa.ColumnElement[bool]:
    return sa.and_(runs.c.run_id == run_id, sa.true() if owner is None else runs.c.owner == owner)
