"""The tasks of A2A clients: kept in the store, answered by runs, one turn of a task after another."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from a2a.types import InvalidParamsError, TaskNotCancelableError, TaskNotFoundError
from a2a.utils.errors import ServerError

from llmfirst.api.a2a.events import TurnReading
from llmfirst.api.a2a.records import Incoming, TaskRecord, Turn, Unasked
from llmfirst.errors import LineFull, LlmfirstError, RunUnknown
from llmfirst.events import AnswerEvent
from llmfirst.runs.owners import Owner
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore
from llmfirst.texts import texts_in

Result = TypeVar("Result")

_COLLECTION: Final = "a2a_task"
_ID_LIMIT: Final = 100  # characters; the store has room for a few more
_UUID_LENGTH: Final = 36
_WAITING_LIMIT: Final = 8  # turns of one task that wait for the one before them


@dataclass(eq=False)
class _Waiting:
    """A turn that waits for the one before it; `settled` once it has begun, or never will."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    was_followed: bool = False
    worker: asyncio.Task[None] | None = None

    @property
    def is_deserted(self) -> bool:
        return self.was_followed and self.followers == 0


class Tasks:
    """Begins, reads and cancels tasks. A task of another owner is as unknown as one that never was: ServerError."""

    def __init__(
        self, runs: Runs, documents: DocumentStore, *, grace_seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._runs = runs
        self._documents = documents
        self._grace_seconds = grace_seconds
        self._now = now
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: dict[str, _Waiting] = {}
        self._workers: set[asyncio.Task[Any]] = set()

    async def begin(self, incoming: Incoming) -> tuple[TaskRecord, Turn]:
        """Take a message as the next turn of its task, or as the first of a new one; then keep on or follow it.

        What is wrong with it is raised before anything has happened: ServerError, or what Runs.start raises. Who leaves
        in the middle leaves a task that is stored, whose run ends when nobody comes.
        """
        return await asyncio.shield(self._spawn(self._begin(incoming)))

    async def load(self, task_id: str, owner: Owner) -> TaskRecord:
        """Return a task; ServerError when the owner has none of this id."""
        record = await self._stored(task_id)
        if record is None or record.owner != owner:
            raise ServerError(TaskNotFoundError())
        return record

    async def readings(self, record: TaskRecord) -> list[TurnReading]:
        """Return how far each turn is."""
        return [await self._reading(record, turn) for turn in record.turns]

    async def follow(self, record: TaskRecord, turn: Turn, *, after: int = 0) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of a turn's run from number `after` on; none when the turn never becomes a run."""
        waiting = self._waiting.get(turn.run_id)
        if waiting is not None:
            waiting.followers += 1
            waiting.was_followed = True
            try:
                await waiting.settled.wait()
            finally:
                waiting.followers -= 1
        try:
            async with aclosing(self._runs.follow(turn.run_id, after=after, owner=record.owner)) as events:
                async for event in events:
                    yield event
        except RunUnknown:
            return

    def keep_on(self, record: TaskRecord, turn: Turn) -> asyncio.Task[None]:
        """Follow a turn to its end in a task of its own, so that it goes on when nobody else does."""

        async def followed() -> None:
            async with aclosing(self.follow(record, turn)) as events:
                async for _ in events:
                    pass

        return self._spawn(followed())

    async def wait(self, following: asyncio.Task[None], seconds: float) -> None:
        """Wait for what `keep_on` returned, at most so long; who is cancelled here has left, and it does not go on."""
        try:
            await asyncio.wait({following}, timeout=seconds)
        except asyncio.CancelledError:
            following.cancel()
            raise

    async def cancel(self, task_id: str, owner: Owner) -> TaskRecord:
        """Stop the model and drop what waits; returns when the task has ended. ServerError when it had ended before."""
        async with self._lock(task_id):
            record = await self.load(task_id, owner)
            open_turns = [turn for turn in record.turns if self._is_open(turn)]
            if not open_turns:
                raise ServerError(TaskNotCancelableError())
            waiting = {turn.run_id: self._waiting[turn.run_id] for turn in open_turns if turn.run_id in self._waiting}
            for turn in open_turns:
                if turn.run_id not in waiting:
                    self._runs.stop(turn.run_id, owner=owner)
                    continue
                worker = waiting[turn.run_id].worker
                if worker is not None:
                    worker.cancel()
                record = record.having(self._dropped(turn))
            await self._save(record)
            for turn in open_turns:
                await self._runs.ended(turn.run_id)
            for run_id, one in waiting.items():  # nobody is told before the whole task has ended
                del self._waiting[run_id]
                one.settled.set()
            return record

    async def aclose(self) -> None:
        """End what goes on beside the requests; the runs are ended by who owns them."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _begin(self, incoming: Incoming) -> tuple[TaskRecord, Turn]:
        named = incoming.message.taskId
        task_id = str(uuid4()) if named is None else named
        async with self._lock(task_id):
            record = await self._record_for(task_id, incoming)
            ids = {"taskId": task_id, "contextId": record.context_id}
            turn = Turn(
                run_id=secrets.token_hex(8),
                message=incoming.message.model_copy(update=ids),
                question=incoming.question,
                language=incoming.language,
                asked_at=self._now(),
            )
            before = record.turns[-1] if record.turns else None
            if before is None or not self._is_open(before):
                await self._start(record, turn)
            else:
                self._runs.checked(turn.question)
                if sum(other.run_id in self._waiting for other in record.turns) >= _WAITING_LIMIT:
                    raise LineFull("Too many messages of this task wait already: send the next one later.")
                self._queue(record, turn, before)
            record = record.having(turn)
            await self._save(record)
        return record, turn

    async def _record_for(self, task_id: str, incoming: Incoming) -> TaskRecord:
        message = incoming.message
        if message.taskId is None:
            return _new_record(task_id, incoming)
        record = await self._stored(task_id)
        if record is None and _may_be_named(task_id):
            return _new_record(task_id, incoming)
        if record is None or record.owner != incoming.owner:
            raise ServerError(TaskNotFoundError())
        if message.contextId not in (None, record.context_id):
            raise ServerError(InvalidParamsError(message="The contextId is not that of the task: leave it out."))
        return record

    async def _start(self, record: TaskRecord, turn: Turn) -> None:
        await self._runs.start(
            turn.question,
            language=turn.language,
            model=None,
            grace_seconds=self._grace_seconds,
            run_id=turn.run_id,
            owner=record.owner,
        )

    def _queue(self, record: TaskRecord, turn: Turn, before: Turn) -> None:
        waiting = self._waiting[turn.run_id] = _Waiting()
        waiting.worker = self._spawn(self._take_turn(record, turn, before, waiting))

    async def _take_turn(self, record: TaskRecord, turn: Turn, before: Turn, waiting: _Waiting) -> None:
        """Begin a turn when the one before it has ended, unless everyone who waited for it has left."""
        try:
            earlier = self._waiting.get(before.run_id)
            if earlier is not None:
                await earlier.settled.wait()
            await self._runs.ended(before.run_id)
            if waiting.is_deserted:
                await self._change(record.task_id, self._dropped(turn))
            else:
                await self._start(record, turn)
        except LlmfirstError as error:
            refused = Unasked(cause="refused", message=str(error), at=self._now())
            await self._change(record.task_id, turn.model_copy(update={"unasked": refused}))
        self._waiting.pop(turn.run_id, None)
        waiting.settled.set()

    async def _reading(self, record: TaskRecord, turn: Turn) -> TurnReading:
        reading = TurnReading(record, turn)
        if turn.unasked is not None or turn.run_id in self._waiting:
            return reading
        try:
            events = await self._runs.so_far(turn.run_id, owner=record.owner)
        except (
            RunUnknown
        ):  # it was dropped since the record was read, or the program that would have asked it is no more
            latest = await self._stored(record.task_id) or record
            now = next((other for other in latest.turns if other.run_id == turn.run_id), turn)
            lost = Unasked(cause="interrupted", message=texts_in(turn.language).api.lost, at=turn.asked_at)
            return TurnReading(record, now.model_copy(update={"unasked": now.unasked or lost}))
        for event in events:
            reading.after(event)
        return reading

    def _is_open(self, turn: Turn) -> bool:
        return turn.run_id in self._waiting or self._runs.is_running(turn.run_id)

    def _dropped(self, turn: Turn) -> Turn:
        unasked = Unasked(cause="canceled", message=texts_in(turn.language).api.canceled, at=self._now())
        return turn.model_copy(update={"unasked": unasked})

    def _lock(self, task_id: str) -> asyncio.Lock:
        return self._locks.setdefault(task_id, asyncio.Lock())

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)
        return task

    async def _stored(self, task_id: str) -> TaskRecord | None:
        body = await asyncio.to_thread(self._documents.get, _COLLECTION, task_id)
        return None if body is None else TaskRecord.model_validate_json(body)

    async def _save(self, record: TaskRecord) -> None:
        body = record.model_dump_json(exclude_none=True)
        await asyncio.to_thread(self._documents.put, _COLLECTION, record.task_id, body)

    async def _change(self, task_id: str, turn: Turn) -> None:
        async with self._lock(task_id):
            record = await self._stored(task_id)
            assert record is not None, "a turn waits only once its task is stored"
            await self._save(record.having(turn))


def _new_record(task_id: str, incoming: Incoming) -> TaskRecord:
    context_id = incoming.message.contextId or str(uuid4())
    return TaskRecord(task_id=task_id, context_id=context_id, owner=incoming.owner)


def _may_be_named(task_id: str) -> bool:
    """Tell whether a client may name a new task so: by an id that is a UUID or ends in one."""
    try:
        UUID(task_id[-_UUID_LENGTH:])
    except ValueError:
        return False
    return len(task_id) <= _ID_LIMIT
