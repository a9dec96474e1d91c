"""Asks the judge its questions one after the other, and gives way to the questions of people."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from evals.judge.judge import Judge
from evals.judge.questions import JudgeQuestion, yes_no_key
from evals.records.archive import Archive
from evals.records.expected import Expected, Guess, guess_from, time_of
from evals.records.opinions import YesNo
from llmfirst import ProviderInterrupted, Runs

logger = logging.getLogger(__name__)

Done = TypeVar("Done")
FIRST_READING_SECONDS: Final = 1.5  # a guess until readings were measured
_TRIES: Final = 3
_RECENT: Final = 50  # readings whose mean is expected for the next ones


class PauseGate:
    """Lets work be paused and resumed, and gives way to the questions of people."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()

    def pause(self) -> None:
        """Let the current step finish, then hold."""
        self._may_go_on.clear()

    def resume(self) -> None:
        self._may_go_on.set()

    async def hold(self, say_paused: Callable[[], None]) -> None:
        """Return at once or, if paused, call `say_paused` and wait for `resume`."""
        if not self._may_go_on.is_set():
            say_paused()
            await self._may_go_on.wait()

    async def undisturbed(self, work: Callable[[], Coroutine[Any, Any, Done]]) -> Done:
        """Do a piece of work while no person's question runs; cancel and repeat it if one arrives."""
        while True:
            await self._runs.quiet()
            task, busy = asyncio.create_task(work()), asyncio.create_task(self._runs.busy())
            try:
                await asyncio.wait({task, busy}, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    return task.result()
            finally:
                task.cancel()
                busy.cancel()
                await asyncio.gather(task, busy, return_exceptions=True)


class JudgeQueue:
    """Asks the judge the questions that have no reading yet, and stores each reading at once."""

    def __init__(self, archive: Archive, judge: Judge, pace: PauseGate, canaries_of: str | None = None) -> None:
        self._archive = archive
        self._canaries_of = canaries_of
        self._judge = judge
        self._pace = pace
        self._seconds: list[float] = []
        self._guess = Guess(FIRST_READING_SECONDS)

    def time_of(self, readings: int) -> Expected:
        """Return how long so many readings will take: as long as the last ones, those of earlier evaluations too."""
        return time_of(readings, self._seconds[-_RECENT:], self._guess)

    async def left(self, wanted: Sequence[JudgeQuestion]) -> list[JudgeQuestion]:
        """Return the questions without a reading, each once."""
        earlier = await asyncio.to_thread(self._archive.reading_seconds, self._judge.card)
        self._guess = guess_from(earlier, FIRST_READING_SECONDS)
        known = set(await asyncio.to_thread(self._archive.readings, self._judge.card, self._canaries_of))
        return [question for question in dict.fromkeys(wanted) if yes_no_key(*question) not in known]

    async def read_all(
        self, left: Sequence[JudgeQuestion], say: Callable[[int], None], say_paused: Callable[[], None]
    ) -> None:
        """Ask the judge these questions. `say` gets the number of finished readings before each one."""
        if left:
            await self._pace.undisturbed(self._judge.prepare)
        for number, question in enumerate(left):
            await self._pace.hold(say_paused)
            say(number)
            reading = await self.read(question)
            key = yes_no_key(*question)
            await asyncio.to_thread(self._archive.keep_reading, self._judge.card, key, reading, self._canaries_of)
        if self._seconds:
            last = self._seconds[-_RECENT:]
            await asyncio.to_thread(self._archive.keep_reading_seconds, self._judge.card, last)

    async def read(self, asked: JudgeQuestion) -> YesNo:
        """Return one reading; ask again if the service breaks off, and raise ProviderInterrupted at the third time."""
        for _ in range(_TRIES - 1):
            try:
                return await self._pace.undisturbed(lambda: self._timed(asked))
            except ProviderInterrupted as error:
                logger.info("a reading was interrupted: %s", error)
                await self._pace.undisturbed(self._judge.prepare)
        return await self._pace.undisturbed(lambda: self._timed(asked))

    async def _timed(self, asked: JudgeQuestion) -> YesNo:
        loop = asyncio.get_running_loop()
        started = loop.time()
        reading = await self._judge.read(*asked)
        self._seconds.append(loop.time() - started)
        return reading
