"""The tasks of A2A clients: stored as records and answered by runs, one turn of a task after the other."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from a2a.types import InvalidParamsError, TaskNotCancelableError, TaskNotFoundError
from a2a.utils.errors import ServerError

from llmfirst.api.a2a.events import TurnView
from llmfirst.api.a2a.records import TaskRecord, Turn, TurnRequest, Unasked
from llmfirst.api.a2a.task_store import TaskStore
from llmfirst.errors import LineFull, LlmfirstError, RunUnknown, RunUnreadable, StoreUnavailable
from llmfirst.events import AnswerEvent, is_end
from llmfirst.runs.owners import Owner
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore
from llmfirst.texts import texts_in

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_ID_LIMIT: Final = 100  # characters; the store has room for a few more
_UUID_LENGTH: Final = 36
_QUEUE_LIMIT: Final = 8  # turns of one task that wait for the one before them


@dataclass(eq=False)
class _QueuedTurn:
    """A turn that waits for the one before it; `settled` is set when its run has begun, or never will."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    was_followed: bool = False
    worker: asyncio.Task[None] | None = None

    @property
    def is_abandoned(self) -> bool:
        return self.was_followed and self.followers == 0


@dataclass(eq=False)
class _Interest:
    """How long a task that nobody follows is still of interest to its client, on the clock of the event loop."""

    until: float = 0.0


class Tasks:
    """Begins, reads and cancels tasks. A task of another owner is as unknown as one that does not exist."""

    def __init__(
        self,
        runs: Runs,
        documents: DocumentStore,
        *,
        grace_seconds: float,
        poll_grace_seconds: float = 60.0,
        now: Callable[[], datetime],
    ) -> None:
        """`poll_grace_seconds`: how long a turn that nobody follows goes on without being asked for."""
        self._runs = runs
        self._store = TaskStore(documents)
        self._grace_seconds = grace_seconds
        self._poll_grace_seconds = poll_grace_seconds
        self._now = now
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._interests: WeakValueDictionary[str, _Interest] = WeakValueDictionary()
        self._queued: dict[str, _QueuedTurn] = {}
        self._workers: set[asyncio.Task[Any]] = set()

    async def begin(self, request: TurnRequest) -> tuple[TaskRecord, Turn]:
        """Add a message to its task, or to a new one, as the next turn; the caller then follows the turn.

        A problem is raised before anything has happened: ServerError, or what Runs.start raises. When the caller is
        cancelled in the middle, the task is stored all the same, and its run ends because nobody follows it.
        """
        return await asyncio.shield(self._spawn(self._begin(request)))

    async def load(self, task_id: str, owner: Owner) -> TaskRecord:
        """Return a task; ServerError when the owner has none of this id."""
        record = await self._store.find(task_id)
        if record is None or record.owner != owner:
            raise ServerError(TaskNotFoundError())
        interest = self._interests.get(task_id)
        if interest is not None:
            interest.until = max(interest.until, asyncio.get_running_loop().time() + self._poll_grace_seconds)
        return record

    async def views(self, record: TaskRecord) -> list[TurnView]:
        """Return each turn as it is now."""
        return [await self._view(record, turn) for turn in record.turns]

    async def follow(self, record: TaskRecord, turn: Turn, *, after: int = 0) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of a turn's run from number `after` on; none when the turn never has a run."""
        queued = self._queued.get(turn.run_id)
        if queued is not None:
            queued.followers += 1
            queued.was_followed = True
            try:
                await queued.settled.wait()
            finally:
                queued.followers -= 1
        try:
            async with aclosing(self._runs.follow(turn.run_id, after=after, owner=record.owner)) as events:
                async for event in events:
                    yield event
        except RunUnknown:
            return

    def follow_to_end(self, record: TaskRecord, turn: Turn, *, waits_seconds: float = 0.0) -> asyncio.Task[None]:
        """Follow a turn to its end in a background task, so that it goes on when nobody else follows it.

        The caller waits for `waits_seconds` at most. After that the turn is left if nobody asks for its task for the
        time in which a client may come back: a client that asks again and again is not taken for one that has gone.
        """
        interest = self._interests.setdefault(record.task_id, _Interest())
        now = asyncio.get_running_loop().time
        interest.until = max(interest.until, now() + waits_seconds + self._poll_grace_seconds)

        async def read() -> None:
            async with aclosing(self.follow(record, turn)) as events:
                async for _ in events:
                    pass

        async def followed() -> None:
            reading = asyncio.create_task(read())
            try:
                while not reading.done() and interest.until > now():
                    await asyncio.wait({reading}, timeout=interest.until - now())
                if reading.done():
                    reading.result()
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

        return self._spawn(followed())

    async def wait(self, following: asyncio.Task[None], seconds: float) -> None:
        """Wait at most so long for what `follow_to_end` returned; being cancelled here stops it."""
        try:
            await asyncio.wait({following}, timeout=seconds)
        except asyncio.CancelledError:
            following.cancel()
            raise

    async def cancel(self, task_id: str, owner: Owner) -> TaskRecord:
        """Stop the model and cancel queued turns; return when the task has ended. ServerError when it had before."""
        async with self._lock(task_id):
            record = await self.load(task_id, owner)
            open_turns = [turn for turn in record.turns if self._is_open(turn)]
            if not open_turns:
                raise ServerError(TaskNotCancelableError())
            queued = {turn.run_id: self._queued[turn.run_id] for turn in open_turns if turn.run_id in self._queued}
            for turn in open_turns:
                if turn.run_id not in queued:
                    self._runs.stop(turn.run_id, owner=owner)
                    continue
                worker = queued[turn.run_id].worker
                if worker is not None:
                    worker.cancel()
                record = record.with_turn(self._canceled(turn))
            await self._store.save(record, *[turn for turn in record.turns if turn.run_id in queued])
            for turn in open_turns:
                await self._runs.ended(turn.run_id)
            for run_id, one in queued.items():  # nobody is told before the whole task has ended
                del self._queued[run_id]
                one.settled.set()
            return record

    async def aclose(self) -> None:
        """End the background tasks; the runs are ended by their owner, `Runs`."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _begin(self, request: TurnRequest) -> tuple[TaskRecord, Turn]:
        named = request.message.taskId
        task_id = str(uuid4()) if named is None else named
        async with self._lock(task_id):
            record = await self._record_for(task_id, request)
            ids = {"taskId": task_id, "contextId": record.context_id}
            turn = Turn(
                run_id=secrets.token_hex(8),
                message=request.message.model_copy(update=ids),
                question=request.question,
                language=request.language,
                settings=request.settings,
                parent_run_id=request.parent_run_id,
                asked_at=self._now(),
            )
            before = record.turns[-1] if record.turns else None
            if before is None or not self._is_open(before):
                await self._start(record, turn)
            else:
                self._runs.checked(turn.question)
                if sum(other.run_id in self._queued for other in record.turns) >= _QUEUE_LIMIT:
                    raise LineFull("Too many messages of this task wait already: send the next one later.")
                self._queue(record, turn, before)
            record = record.with_turn(turn)
            try:
                await self._store.save(record, turn)
            except StoreUnavailable:
                self._runs.stop_unless_followed(turn.run_id)  # nobody will know this run
                raise
        return record, turn

    async def _record_for(self, task_id: str, request: TurnRequest) -> TaskRecord:
        message = request.message
        if message.taskId is None:
            return _new_record(task_id, request)
        record = await self._store.find(task_id)
        if record is None and _may_be_named(task_id):
            return _new_record(task_id, request)
        if record is None or record.owner != request.owner:
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
            settings=turn.settings,
            parent_run_id=await self._parent_of(record, turn),
        )

    async def _parent_of(self, record: TaskRecord, turn: Turn) -> str | None:
        """Return the run that a turn follows up: the one that it names, else that of the last turn that has a run.

        The first turn of a task goes on where the last answer in its context has ended, whichever task that was of.
        """
        if turn.parent_run_id is not None:
            return turn.parent_run_id
        for before in reversed(record.turns):
            try:
                await self._runs.so_far(before.run_id, owner=record.owner)
            except RunUnknown:
                continue
            return before.run_id
        for run_id in reversed(await self._store.runs_of_context(record.owner, record.context_id)):
            try:
                if is_end((await self._runs.so_far(run_id, owner=record.owner))[-1]):
                    return run_id
            except RunUnknown:  # deleted
                continue
        return None

    def _queue(self, record: TaskRecord, turn: Turn, before: Turn) -> None:
        queued = self._queued[turn.run_id] = _QueuedTurn()
        queued.worker = self._spawn(self._take_turn(record, turn, before, queued))

    async def _take_turn(self, record: TaskRecord, turn: Turn, before: Turn, queued: _QueuedTurn) -> None:
        """Start the run of a turn when the turn before it has ended, unless everyone who followed it has left."""
        try:
            earlier = self._queued.get(before.run_id)
            if earlier is not None:
                await earlier.settled.wait()
            await self._runs.ended(before.run_id)
            if queued.is_abandoned:
                await self._change(record.task_id, self._canceled(turn))
            else:
                await self._start(record, turn)
        except LlmfirstError as error:
            refused = Unasked(cause="refused", message=str(error), at=self._now())
            try:
                await self._change(record.task_id, turn.model_copy(update={"unasked": refused}))
            except LlmfirstError:  # those who follow the turn must not wait for the disk
                logger.exception("the end of turn %s could not be stored", turn.run_id)
        self._queued.pop(turn.run_id, None)
        queued.settled.set()

    async def _view(self, record: TaskRecord, turn: Turn) -> TurnView:
        view = TurnView(record, turn)
        if turn.unasked is not None or turn.run_id in self._queued:
            return view
        try:
            events = await self._runs.so_far(turn.run_id, owner=record.owner)
        except RunUnreadable:
            kept = Unasked(cause="interrupted", message=texts_in(turn.language).api.unreadable, at=turn.asked_at)
            return TurnView(record, turn.model_copy(update={"unasked": kept}))
        except RunUnknown:
            # Either it was canceled after the record was read, or the program ended before the run began.
            latest = await self._store.find(record.task_id) or record
            now = next((other for other in latest.turns if other.run_id == turn.run_id), turn)
            lost = Unasked(cause="interrupted", message=texts_in(turn.language).api.lost, at=turn.asked_at)
            return TurnView(record, now.model_copy(update={"unasked": now.unasked or lost}))
        return await asyncio.to_thread(_caught_up, view, events)

    def _is_open(self, turn: Turn) -> bool:
        return turn.run_id in self._queued or self._runs.is_running(turn.run_id)

    def _canceled(self, turn: Turn) -> Turn:
        unasked = Unasked(cause="canceled", message=texts_in(turn.language).api.canceled, at=self._now())
        return turn.model_copy(update={"unasked": unasked})

    def _lock(self, task_id: str) -> asyncio.Lock:
        return self._locks.setdefault(task_id, asyncio.Lock())

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)
        return task

    async def _change(self, task_id: str, turn: Turn) -> None:
        async with self._lock(task_id):
            record = await self._store.find(task_id)
            assert record is not None, "a turn waits only once its task is stored"
            await self._store.save(record.with_turn(turn), turn)


def _new_record(task_id: str, request: TurnRequest) -> TaskRecord:
    context_id = request.message.contextId or str(uuid4())
    return TaskRecord(task_id=task_id, context_id=context_id, owner=request.owner)


def _may_be_named(task_id: str) -> bool:
    """Tell whether a client may give a new task this id: a UUID, or a text that ends in one."""
    try:
        UUID(task_id[-_UUID_LENGTH:])
    except ValueError:
        return False
    return len(task_id) <= _ID_LIMIT


def _caught_up(view: TurnView, events: Iterable[AnswerEvent]) -> TurnView:
    for event in events:
        view.after(event)
    return view
