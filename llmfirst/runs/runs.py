"""Runs: start questions, store their events as they happen, and let any number of readers follow them."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from typing import Final

from llmfirst.answer import Answer, fold
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.idle import Idle
from llmfirst.engine.profiles import ChosenProfile
from llmfirst.engine.rates import Rates
from llmfirst.engine.run_state import RunRequest
from llmfirst.errors import ParentRunning, RunUnknown, StoreUnavailable, TooManyRuns
from llmfirst.events import AS_SET, Admitted, AnswerEvent, AnswerFinished, AnswerSettings, Language, is_end
from llmfirst.loopback import host_of, is_loopback
from llmfirst.machine.energy import EnergyMeter
from llmfirst.model_options import ModelOptions
from llmfirst.models import Models
from llmfirst.offers import Offer
from llmfirst.providers.base import Fault, ModelHandle, ProviderKind
from llmfirst.runs.conversations import turns_of
from llmfirst.runs.history import History
from llmfirst.runs.live_run import LiveRun, Load, broken_end
from llmfirst.runs.live_runs import LiveRuns
from llmfirst.runs.owners import LOCAL, Owner
from llmfirst.runs.question import check_question
from llmfirst.store import Guarantee, RateStore, RunStore, UsualTimes

logger = logging.getLogger(__name__)
_MOST_TURNS: Final = 20  # that are read of a conversation; there is seldom time to tell the model more than three
_LOOK_SECONDS: Final = 0.5  # between two looks at a run that another program is writing
_STEP: Final = 10  # events: a reader that is behind lets the others in after so many


class Runs:
    """Starts, follows and stops runs, for the page and the API alike.

    Methods that take an `owner` treat a run of another owner like one that does not exist; None sees all runs.
    A caller has `arrival_seconds` to begin to follow what it asked, even with a grace time of 0.
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
        arrival_seconds: float = 5.0,
        energy: EnergyMeter | None = None,
    ) -> None:
        self._engine = engine
        self._models = models
        self._store = store
        self._rates = rates
        self._question_limit = question_limit
        self._now = now
        self._runs_per_owner = runs_per_owner
        self._arrival_seconds = arrival_seconds
        self._energy = EnergyMeter() if energy is None else energy
        self._live = LiveRuns(store)
        self.history = History(store)
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
        settings: AnswerSettings = AS_SET,
        parent_run_id: str | None = None,
        fault: Fault | None = None,
    ) -> str:
        """Start a run and return its id once its first event is stored, or the disk has let it wait for too long.

        The run is stopped when nobody has followed it for `grace_seconds`. A background run gives way to people: it is
        stopped if a person's question is in progress, or as soon as one is asked. `parent_run_id` is the run of the
        same owner that the question follows up. `fault` is done to the model in this run only.

        Raises QuestionRefused (also for a system prompt), NotReady, ModelUnusable, ModelMissing, LineFull, TooManyRuns,
        or RunUnknown and ParentRunning for the parent; nothing has been stored then.
        """
        checked = self.checked(question)
        before = await self.conversation(parent_run_id, owner=owner)
        if before and before[-1].end is None:
            raise ParentRunning("The answer before is still being written: wait for its end, or stop it.")
        if not is_background:
            self._check_share(owner)
        handle = self._models.handle(model, settings.context_tokens)
        request = RunRequest(
            run_id or secrets.token_hex(8),
            checked,
            language,
            self._now(),
            Halt(),
            is_background,
            settings,
            parent_run_id,
            turns_of(before),
            fault,
        )
        loop = asyncio.get_running_loop()
        run = LiveRun(
            request,
            grace_seconds,
            loop.create_future(),
            loop.time(),
            owner,
            self._live.backlog(request.run_id, owner, is_background=is_background),
            is_background=is_background,
        )
        if not is_background:
            self._give_way()
        elif self._people:
            request.halt.ask()
        self._live.add(run)
        task = asyncio.create_task(self._carry_out(run, handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await run.started
        except BaseException:
            request.halt.ask()
            self._live.drop(run)
            raise
        self._live.after_leaving(run, max(grace_seconds, self._arrival_seconds))
        return request.run_id

    def checked(self, question: str) -> str:
        """Return the question without surrounding white space. Raises QuestionRefused."""
        return check_question(question, self._question_limit)

    async def follow(
        self, run_id: str, *, after: int = 0, owner: Owner | None = None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of a run up to its end, without the first `after` ones. Raises RunUnknown."""
        run = self._live.visible(run_id, owner)
        if run is None:
            async for event in self._stored(run_id, after, owner):
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
                    if position % _STEP == 0:
                        await asyncio.sleep(0)
                if run.has_ended:
                    return
                await news.wait()
        finally:
            run.followers -= 1
            self._live.after_leaving(run, run.grace_seconds)

    async def _stored(self, run_id: str, after: int, owner: Owner | None) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the stored events of a run; one that another program is writing is read on until it has ended."""
        while True:
            run = await asyncio.to_thread(self._store.load, run_id, owner)
            for position, event in enumerate(run.events[after:], 1):
                yield event
                if position % _STEP == 0:
                    await asyncio.sleep(0)
            if run.has_ended or run.unreadable or not self._store.is_shared:
                return
            after = max(after, len(run.events))
            await asyncio.sleep(_LOOK_SECONDS)

    async def so_far(self, run_id: str, *, owner: Owner | None = None) -> tuple[AnswerEvent, ...]:
        """Return the events of a run so far, without following it. Raises RunUnknown."""
        run = self._live.visible(run_id, owner)
        if run is not None:
            return tuple(run.events)
        return (await asyncio.to_thread(self._store.load, run_id, owner)).events

    async def conversation(self, run_id: str | None, *, owner: Owner | None = None) -> tuple[Answer, ...]:
        """Return the answers of a conversation up to this run, the oldest first; without a run none.

        It begins where a run has been deleted. Raises RunUnknown for the run itself.
        """
        answers: list[Answer] = []
        while run_id is not None and len(answers) < _MOST_TURNS:
            try:
                events = await self.so_far(run_id, owner=owner)
            except RunUnknown:
                if not answers:
                    raise
                break
            answers.insert(0, await asyncio.to_thread(fold, events))
            submitted = answers[0].submitted
            run_id = None if submitted is None else submitted.parent_run_id
        return tuple(answers)

    async def ended(self, run_id: str) -> None:
        """Wait until a run is no longer in progress, without following it."""
        while (run := self._live.get(run_id)) is not None and not run.has_ended:
            await run.news.wait()

    def watch(self, watcher: Callable[[Answer], None]) -> None:
        """Call `watcher` with the answer of each run that ends from now on."""
        self._watchers.append(watcher)

    def load(self) -> Load:
        """Return how many runs are being answered and how many are waiting."""
        live = [run for run in self._live if not run.has_ended]
        writing = sum(run.is_admitted for run in live)
        return Load(writing=writing, waiting=len(live) - writing)

    def is_running(self, run_id: str) -> bool:
        """Return whether a run is in progress."""
        run = self._live.get(run_id)
        return run is not None and not run.has_ended

    async def guarantee(self, owner: Owner | None, *, answers: int) -> Guarantee:
        """Return how many of the newest answers ended before their deadline. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._store.guarantee, owner, answers=answers)

    async def usual_times(self, provider: ProviderKind, model: str) -> UsualTimes | None:
        """Return how fast the answers of a model are here; None where it has none. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._store.usual_times, provider, model)

    @property
    def options(self) -> ModelOptions:
        """What models are asked with where the asker sets nothing."""
        return self._engine.options

    def measured_rates(self, offer: Offer) -> Rates:
        """Return how fast a model was here when it last answered, also where its answers have been deleted."""
        return self._engine.rates.of_weights(offer.card.digest or offer.card.name, offer.provider)

    def profile(self, offer: Offer) -> ChosenProfile:
        """Return how a model would be asked now."""
        return self._engine.profiles.choose(self._models.handle_of(offer))

    def stop(self, run_id: str, *, owner: Owner | None = None) -> None:
        """Stop the model; the text so far is kept. Raises RunUnknown if the run is not in progress."""
        run = self._live.visible(run_id, owner)
        if run is None:
            raise RunUnknown(f"The run {run_id} is not in progress.")
        run.request.halt.ask()

    def stop_unless_followed(self, run_id: str) -> None:
        """Stop a run in progress that nobody follows, without a grace time: it is over for who has left already."""
        run = self._live.get(run_id)
        if run is not None and not run.has_ended and not run.followers:
            run.request.halt.ask()

    async def quiet(self) -> None:
        """Wait until no person's question is in progress."""
        await self._quiet.wait()

    @property
    def idle(self) -> Idle:
        """Whether anybody uses the machine; whoever does so without a run says it there."""
        return self._engine.idle

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Keep background runs away between the questions of a person too, as if one were always in progress."""
        self._give_way()
        try:
            yield
        finally:
            self._person_left()

    async def busy(self) -> None:
        """Wait until a person's question is in progress."""
        await self._busy.wait()

    def elapsed(self, run_id: str) -> float | None:
        """Return the seconds since submit of a run in progress; None for other runs."""
        run = self._live.get(run_id)
        return None if run is None else asyncio.get_running_loop().time() - run.submitted

    def is_stored(self, run_id: str) -> bool:
        """Return whether all events of a run so far are stored; False while the disk is late."""
        run = self._live.get(run_id)
        return run is None or not run.backlog.is_late

    async def stored(self, run_id: str, *, within_seconds: float) -> bool:
        """Wait until all events of a run so far are stored, at most so long; return whether they are."""
        run = self._live.get(run_id)
        return run is None or await run.backlog.emptied(within_seconds)

    async def aclose(self) -> None:
        """Cancel all runs in progress and store them as interrupted; the disk gets a second for what it still lacks."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._live.flush()
        try:
            if tasks:
                await asyncio.to_thread(self._store.end_own_runs)
        except StoreUnavailable as error:  # the next start of the program marks them
            logger.error("the runs in progress could not be marked as interrupted: %s", error)

    def _check_share(self, owner: Owner) -> None:
        if self._runs_per_owner is None:
            return
        running = sum(run.owner == owner and not run.is_background and not run.has_ended for run in self._live)
        if running >= self._runs_per_owner:
            raise TooManyRuns(
                f"{running} of your questions are already in progress: wait for one to end, or stop one.", running
            )

    def _give_way(self) -> None:
        """Stop background runs, because a person has asked a question."""
        self._people += 1
        self._quiet.clear()
        self._busy.set()
        for other in self._live:
            if other.is_background and not other.has_ended:
                other.request.halt.ask()

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
            async with aclosing(self._engine.answer(run.request, handle)) as events:
                async for event in events:
                    seen.append(self._metered(run.request.run_id, event, handle))
                    arrived.put_nowait(seen[-1])
        except Exception as error:  # the run ends here: a refusal goes to the caller of `start`, anything else is a bug
            if not seen:
                run.started.set_exception(error)
            else:
                logger.exception("run %s met an error in the program", run.request.run_id)
                if not is_end(seen[-1]):
                    arrived.put_nowait(broken_end(fold(seen), asyncio.get_running_loop().time() - run.submitted))
        finally:
            self._energy.end(run.request.run_id)
            if not run.is_background:
                self._person_left()
            arrived.put_nowait(None)
            await asyncio.shield(writing)
        await self._keep_rates()

    def _metered(self, run_id: str, event: AnswerEvent, handle: ModelHandle) -> AnswerEvent:
        """Return the event, the last one with the energy since admission; a model elsewhere uses none of ours."""
        address = handle.provider.address
        if isinstance(event, Admitted) and (address is None or is_loopback(host_of(address))):
            self._energy.begin(run_id)
        if isinstance(event, AnswerFinished) and (joules := self._energy.end(run_id)) is not None:
            return event.model_copy(update={"energy_joules": round(joules, 1)})
        return event

    async def _keep(self, run: LiveRun, arrived: asyncio.Queue[AnswerEvent | None]) -> None:
        """Store the events that have arrived, then show them. The engine never waits for the disk, readers not long."""
        is_open = True
        while is_open:
            batch = [await arrived.get()]
            while not arrived.empty():
                batch.append(arrived.get_nowait())
            is_open = batch[-1] is not None
            events = [event for event in batch if event is not None]
            if events:
                await run.backlog.add(events, patience_seconds=run.disk_patience_seconds())
                run.show(events)
                if run.has_ended:
                    self._tell_watchers(fold(run.events))
        if run.followers == 0:
            self._live.after_leaving(run, run.grace_seconds)

    def _tell_watchers(self, answer: Answer) -> None:
        for watcher in self._watchers:
            try:
                watcher(answer)
            except Exception:  # each is for itself
                logger.exception("a watcher of ended runs met an error in the program")

    async def _keep_rates(self) -> None:
        try:
            for key, rates in self._engine.rates.take_new().items():
                await asyncio.to_thread(self._rates.keep, key, rates)
        except StoreUnavailable as error:  # the next run measures them again
            logger.error("the measured rates of the models could not be stored: %s", error)
        except Exception:  # a bug, after the end of the run
            logger.exception("the measured rates of the models met an error in the program")
