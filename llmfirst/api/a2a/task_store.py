"""Where tasks are kept: a short record of each task, and each turn by itself, so that a turn is written once."""

import asyncio
from hashlib import sha256
from typing import Final

from pydantic import ValidationError

from llmfirst.api.a2a.records import TaskRecord, Turn
from llmfirst.errors import TaskUnreadable
from llmfirst.runs.owners import Owner
from llmfirst.store import DocumentStore
from llmfirst.values import Value

_TASKS: Final = "a2a_task"
_TURNS: Final = "a2a_turn"
_CONTEXTS: Final = "a2a_context"
_CONTEXT_RUNS: Final = 8
"""How many runs of a context are known: of several tasks at once in it, the newest may all be in progress."""


class _StoredTask(Value):
    """A task without its turns."""

    task_id: str
    context_id: str
    owner: Owner
    run_ids: tuple[str, ...] = ()
    """The runs of the turns, which are the keys of their documents."""
    turns: tuple[Turn, ...] = ()
    """The turns that an earlier version stored in the task itself; they come first."""


class _StoredContext(Value):
    """A context of one owner, in which a client has begun tasks."""

    run_ids: tuple[str, ...] = ()
    """The newest runs of its tasks, the oldest first."""


class TaskStore:
    """Reads and writes the records of tasks."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def find(self, task_id: str) -> TaskRecord | None:
        """Return a task with its turns, or None. Raises TaskUnreadable."""
        try:
            return await asyncio.to_thread(self._find, task_id)
        except (ValidationError, KeyError) as error:
            raise TaskUnreadable(
                f"The task {task_id} is stored in a form that this llmfirst cannot read; it is kept as it is. Use a "
                "newer llmfirst, or send the message without taskId."
            ) from error

    async def save(self, record: TaskRecord, *changed: Turn) -> None:
        """Store a task of which these turns are new or have changed."""
        await asyncio.to_thread(self._save, record, changed)

    async def runs_of_context(self, owner: Owner, context_id: str) -> tuple[str, ...]:
        """Return the newest runs of an owner's tasks in a context, the oldest first."""
        return (await asyncio.to_thread(self._context, owner, context_id)).run_ids

    def _context(self, owner: Owner, context_id: str) -> _StoredContext:
        body = self._documents.get(_CONTEXTS, _context_key(owner, context_id))
        return _StoredContext() if body is None else _StoredContext.model_validate_json(body)

    def _find(self, task_id: str) -> TaskRecord | None:
        body = self._documents.get(_TASKS, task_id)
        if body is None:
            return None
        stored = _StoredTask.model_validate_json(body)
        found = self._documents.some(_TURNS, stored.run_ids)
        turns = {turn.run_id: turn for turn in stored.turns}
        turns |= {run_id: Turn.model_validate_json(found[run_id]) for run_id in stored.run_ids}
        return TaskRecord(
            task_id=stored.task_id, context_id=stored.context_id, owner=stored.owner, turns=tuple(turns.values())
        )

    def _save(self, record: TaskRecord, changed: tuple[Turn, ...]) -> None:
        body = self._documents.get(_TASKS, record.task_id)
        known = () if body is None else _StoredTask.model_validate_json(body).run_ids
        new = [turn for turn in record.turns if turn in changed or turn.run_id not in known]
        stored = _StoredTask(
            task_id=record.task_id,
            context_id=record.context_id,
            owner=record.owner,
            run_ids=tuple(turn.run_id for turn in record.turns),
        )
        documents = {(_TURNS, turn.run_id): turn.model_dump_json(exclude_none=True) for turn in new}
        documents[_TASKS, record.task_id] = stored.model_dump_json(exclude_none=True)
        begun = [*self._context(record.owner, record.context_id).run_ids, *(turn.run_id for turn in new)]
        context = _StoredContext(run_ids=tuple(dict.fromkeys(begun))[-_CONTEXT_RUNS:])
        documents[_CONTEXTS, _context_key(record.owner, record.context_id)] = context.model_dump_json()
        self._documents.put_all(documents)


def _context_key(owner: Owner, context_id: str) -> str:
    """Return the key of a context: a client chooses its id, which may be of any length."""
    return sha256(f"{owner}\0{context_id}".encode()).hexdigest()
