"""Let a judge read the gold set in the background, and compute its calibration."""

import asyncio
from collections.abc import Callable, Sequence

from evals.calibration.answers import load_gold
from evals.calibration.calibration import gold_questions
from evals.calibration.shipped import shipped_readings
from evals.judge.judge import Judge
from evals.judge.questions import yes_no_key
from evals.judge.queue import JudgeQueue, PauseGate
from evals.records.archive import Archive
from evals.records.progress import Progress
from evals.suite.cases import Language
from llmfirst import Runs


class Calibrator:
    """One calibration in progress. Each reading is stored as it comes, and stored readings are not repeated."""

    def __init__(
        self,
        runs: Runs,
        archive: Archive,
        judge: Judge,
        languages: Sequence[Language],
        tell: Callable[[Progress], None],
    ) -> None:
        self._judge = judge
        self._languages = languages
        self._tell = tell
        self._gate = PauseGate(runs)
        self._judging = JudgeQueue(archive, judge, self._gate)

    def pause(self) -> None:
        """Pause after the current reading."""
        self._gate.pause()

    def resume(self) -> None:
        self._gate.resume()

    async def run(self) -> None:
        """Make all missing readings. Cancelling stops the judge."""
        self._tell(Progress("preparing", now=self._judge.card.key))
        await self._judge.bring()
        golds = [await asyncio.to_thread(load_gold, language) for language in self._languages]
        shipped = {key for gold in golds for key in shipped_readings(self._judge.card, gold)}
        wanted = [
            question for gold in golds for question in gold_questions(gold) if yes_no_key(*question) not in shipped
        ]
        left = await self._judging.left(wanted)

        def report(number: int) -> None:
            expected = self._judging.time_of(len(left) - number)
            self._tell(Progress("judging", judged=number, readings=len(left), left=expected))

        await self._judging.read_all(left, report, lambda: self._tell(Progress("paused", readings=len(left))))
        self._tell(Progress("done", judged=len(left), readings=len(left)))
