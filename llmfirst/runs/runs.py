"""Runs: the answers that are being written now, each stored as it happens and followed by anyone who may."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from llmfirst.answer import Answer, fold
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.run_state import RunRequest
from llmfirst.errors import RunUnknown, TooManyRuns
from llmfirst.events import AnswerEvent, Language
from llmfirst.models import Models
from llmfirst.providers.base import ModelHandle
from llmfirst.runs.live_run import LiveRun, Load, broken_end
from llmfirst.runs.owners import LOCAL, Owner, may_see
from llmfirst.runs.question import check_question
from llmfirst.store import RateStore, RunStore

logger = logging.getLogger(__name__)

_ARRIVAL_SECONDS: Final = 5.0  # who has just asked needs a moment to begin to follow, whatever the grace is


class Runs:
    """Starts, follows and stops runs; the page and the API read the same ones.

    `owner` says who asks: another's run is as unknown as one that never was.
    """

    def __init__(
        self,
        engine: Engine,
        models: Models,
        store: RunStore,
        rates: RateStore,
        *,
        question_limit: int,
        now: Callable[[], datetime],
        runs_per_owner: int | None = None,
    ) -> None:
        self._engine = engine
        self._models = models
        self._store = store
        self._rates = rates
        self._question_limit = question_limit
        self._now = now
        self._runs_per_owner = runs_per_owner
        self._live: dict[str, LiveRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: list[Callable[[Answer], None]] = []
        self._people = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._busy = asyncio.Event()

    async def start(
        self,
        question: str,
        *,
        language: Language,
        model: str | None,
        grace_seconds: float,
        run_id: str | None = None,
        is_background: bool = False,
        owner: Owner = LOCAL,
    ) -> str:
        """Start a run and return its id once its first event is stored.

        Raises QuestionRefused, NotReady, ModelMissing, LineFull or TooManyRuns before anything has happened. A run
        that nobody follows for `grace_seconds` is stopped. A run in the background is stopped as soon as a person asks,
        and where one is being answered already.
        """
        checked = self.checked(question)
        if not is_background:
            self._check_share(owner)
        handle = self._models.handle(model)
        asked = RunRequest(run_id or secrets.token_hex(8), checked, language, self._now(), Halt(), is_background)
        loop = asyncio.get_running_loop()
        run = LiveRun(asked, grace_seconds, loop.create_future(), loop.time(), owner, is_background=is_background)
        if not is_background:
            self._give_way()
        elif self._people:  # one came in the moment before this
            asked.halt.ask()
        self._live[asked.run_id] = run
        task = asyncio.create_task(self._carry_out(run, handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await run.started
        except BaseException:
            asked.halt.ask()
            self._live.pop(asked.run_id, None)
            raise
        self._left(run, max(grace_seconds, _ARRIVAL_SECONDS))
        return asked.run_id

    def checked(self, question: str) -> str:
        """Return the question as it would be asked; QuestionRefused says what is wrong with it."""
        return check_question(question, self._question_limit)

    async def follow(
        self, run_id: str, *, after: int = 0, owner: Owner | None = None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of a run from number `after` on, stored and coming, to its end; RunUnknown otherwise."""
        run = self._seen(run_id, owner)
        if run is None:
            stored = await asyncio.to_thread(self._store.load, run_id, owner)
            for event in stored.events[after:]:
                yield event
            return
        run.followers += 1
        if run.leaving is not None:
            run.leaving.cancel()
        try:
            position = after
            while True:
                news = run.news
                while position < len(run.events):
                    yield run.events[position]
                    position += 1
                if run.has_ended:
                    return
                await news.wait()
        finally:
            run.followers -= 1
            self._left(run, run.grace_seconds)

    async def so_far(self, run_id: str, *, owner: Owner | None = None) -> tuple[AnswerEvent, ...]:
        """Return what has happened in a run; RunUnknown when there is none of this id."""
        run = self._seen(run_id, owner)
        if run is not None:
            return tuple(run.events)
        return (await asyncio.to_thread(self._store.load, run_id, owner)).events

    async def ended(self, run_id: str) -> None:
        """Wait until a run is not being written; who waits does not follow it."""
        while self.is_running(run_id):
            await self._live[run_id].news.wait()

    def watch(self, watcher: Callable[[Answer], None]) -> None:
        """Call `watcher` with each run that ends from now on."""
        self._watchers.append(watcher)

    def load(self) -> Load:
        """Return how busy it is here."""
        live = [run for run in self._live.values() if not run.has_ended]
        writing = sum(run.is_admitted for run in live)
        return Load(writing=writing, waiting=len(live) - writing)

    def is_running(self, run_id: str) -> bool:
        """Tell whether a run is being written."""
        return run_id in self._live and not self._live[run_id].has_ended

    def stop(self, run_id: str, *, owner: Owner | None = None) -> None:
        """Stop the model at once; the text so far stays. RunUnknown when the run is not being written."""
        run = self._seen(run_id, owner)
        if run is None:
            raise RunUnknown(f"The run {run_id} is not being written.")
        run.asked.halt.ask()

    async def quiet(self) -> None:
        """Wait until no question of a person is being answered."""
        await self._quiet.wait()

    async def busy(self) -> None:
        """Wait until a question of a person is being answered."""
        await self._busy.wait()

    def elapsed(self, run_id: str) -> float | None:
        """Return the seconds since submit of a run that is being written."""
        run = self._live.get(run_id)
        return None if run is None else asyncio.get_running_loop().time() - run.submitted

    def is_stored(self, run_id: str) -> bool:
        """Tell whether everything of a run could be stored so far."""
        run = self._live.get(run_id)
        return run is None or run.is_stored

    async def aclose(self) -> None:
        """Stop everything; what was being written is stored as interrupted."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await asyncio.to_thread(self._store.end_broken_runs)
        except SQLAlchemyError:  # the next start ends them
            logger.exception("runs that were being written could not be ended")

    def _seen(self, run_id: str, owner: Owner | None) -> LiveRun | None:
        run = self._live.get(run_id)
        if run is not None and not may_see(run.owner, owner):
            raise RunUnknown(f"There is no run {run_id}.")
        return run

    def _check_share(self, owner: Owner) -> None:
        if self._runs_per_owner is None:
            return
        theirs = sum(run.owner == owner and not run.is_background and not run.has_ended for run in self._live.values())
        if theirs >= self._runs_per_owner:
            raise TooManyRuns(
                f"{theirs} of your questions are being answered already: wait until one is, or stop one.", theirs
            )

    def _give_way(self) -> None:
        self._people += 1
        self._quiet.clear()
        self._busy.set()
        for other in self._live.values():
            if other.is_background and not other.has_ended:
                other.asked.halt.ask()

    def _person_left(self) -> None:
        self._people -= 1
        if self._people == 0:
            self._busy.clear()
            self._quiet.set()

    async def _carry_out(self, run: LiveRun, handle: ModelHandle) -> None:
        arrived: asyncio.Queue[AnswerEvent | None] = asyncio.Queue()
        writing = asyncio.create_task(self._keep(run, arrived))
        seen: list[AnswerEvent] = []
        try:
            async with aclosing(self._engine.answer(run.asked, handle)) as events:
                async for event in events:
                    seen.append(event)
                    arrived.put_nowait(event)
        except Exception as error:  # where a run ends: a refusal goes to who asked, anything else is a bug
            if not seen:
                run.started.set_exception(error)
            else:
                logger.exception("run %s broke", run.asked.run_id)
                arrived.put_nowait(broken_end(fold(seen), asyncio.get_running_loop().time() - run.submitted))
        finally:
            if not run.is_background:
                self._person_left()
            arrived.put_nowait(None)
            await asyncio.shield(writing)
        await self._keep_rates()

    async def _keep(self, run: LiveRun, arrived: asyncio.Queue[AnswerEvent | None]) -> None:
        """Store what has arrived, then show it; the engine never waits for the disk."""
        is_open = True
        while is_open:
            batch = [await arrived.get()]
            while not arrived.empty():
                batch.append(arrived.get_nowait())
            is_open = batch[-1] is not None
            events = [event for event in batch if event is not None]
            if events:
                await self._store_batch(run, events)
                run.show(events)
                if run.has_ended:
                    for watcher in self._watchers:
                        watcher(fold(run.events))
        if run.followers == 0:
            self._left(run, run.grace_seconds)

    async def _keep_rates(self) -> None:
        try:
            for key, rates in self._engine.rates.take_new().items():
                await asyncio.to_thread(self._rates.keep, key, rates)
        except SQLAlchemyError:  # they will be measured again
            logger.exception("what was measured of the models cannot be stored")

    async def _store_batch(self, run: LiveRun, events: list[AnswerEvent]) -> None:
        try:
            if run.is_stored:
                await asyncio.to_thread(self._store.append, run.asked.run_id, len(run.events), events, run.owner)
        except SQLAlchemyError:  # the answer is worth more than its record: it goes on, and the page says so
            logger.exception("run %s cannot be stored", run.asked.run_id)
            run.is_stored = False

    def _left(self, run: LiveRun, grace_seconds: float) -> None:
        """Let go of a run that is over, or stop it when nobody comes in time."""
        if run.followers:
            return
        if run.leaving is not None:
            run.leaving.cancel()
        if run.has_ended:
            if run.is_stored:
                self._live.pop(run.asked.run_id, None)
        else:
            run.leaving = asyncio.get_running_loop().call_later(grace_seconds, run.asked.halt.ask)
