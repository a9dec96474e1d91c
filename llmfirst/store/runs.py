"""RunStore: every event of every run, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from llmfirst.errors import RunUnknown
from llmfirst.events import AnswerEvent, AnswerFinished, QuestionSubmitted, answer_events, is_end
from llmfirst.providers.base import ProviderKind
from llmfirst.runs.owners import LOCAL, Owner, may_see
from llmfirst.store.tables import events, runs

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
        """Return a run with all its events; `owner` None sees the runs of all owners.

        Raises RunUnknown if there is no such run or it belongs to another owner.
        """
        owner_query = sa.select(runs.c.owner).where(runs.c.run_id == run_id)
        event_query = sa.select(events.c.body).where(events.c.run_id == run_id).order_by(events.c.position)
        with self._database.connect() as connection:
            stored_owner = connection.scalar(owner_query)
            bodies = connection.scalars(event_query).all()
        if stored_owner is None or not bodies or not may_see(stored_owner, owner):
            raise RunUnknown(f"There is no run {run_id}.")
        return StoredRun(run_id, tuple(answer_events.validate_json(body) for body in bodies))

    def end_broken_runs(self) -> int:
        """Mark runs that a killed program left open as `interrupted`; return how many there were."""
        with self._database.connect() as connection:
            open_ids = connection.scalars(sa.select(runs.c.run_id).where(runs.c.has_ended.is_(False))).all()
        for run_id in open_ids:
            run = self.load(run_id)
            end = AnswerFinished(
                elapsed_seconds=run.events[-1].elapsed_seconds,
                outcome="interrupted",
                detail=_PROGRAM_ENDED,
            )
            self.append(run_id, len(run.events), [end])
        return len(open_ids)

    def last_model(self, provider: ProviderKind) -> str | None:
        """Return the model of this provider that was used last, or None."""
        query = sa.select(runs.c.model).where(runs.c.provider == provider).order_by(runs.c.submitted_at.desc()).limit(1)
        with self._database.connect() as connection:
            return connection.scalar(query)

    def close(self) -> None:
        self._database.dispose()


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
