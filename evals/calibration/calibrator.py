"""Let a judge read the gold set in the background until it is certain whether it can be trusted."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from evals.calibration.answers import GoldSet, load_gold
from evals.calibration.calibration import calibration
from evals.calibration.gold_verdicts import case_questions, gold_questions
from evals.calibration.shipped import shipped_readings
from evals.judge.judge import Judge
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
        *,
        is_whole: bool = False,
    ) -> None:
        """With `is_whole`, the whole gold set is read even if the decision is certain before."""
        self._archive = archive
        self._judge = judge
        self._languages = languages
        self._is_whole = is_whole
        self._tell = tell
        self._gate = PauseGate(runs)
        self._judging = JudgeQueue(archive, judge, self._gate)
        self._read = 0
        self._most = 0

    def pause(self) -> None:
        """Pause after the current reading."""
        self._gate.pause()

    def resume(self) -> None:
        self._gate.resume()

    async def run(self) -> None:
        """Read what is missing for a decision in each language. Cancelling stops the judge."""
        self._tell(Progress("preparing", now=self._judge.card.key))
        await self._judge.bring()
        golds = [await asyncio.to_thread(load_gold, language) for language in self._languages]
        open_golds = [gold for gold in golds if not await self._is_decided(gold)]
        unread = {gold.language: len(await self._judging.left(gold_questions(gold))) for gold in open_golds}
        self._most = sum(unread.values())
        for gold in open_golds:
            before = self._read
            await self._read_until_decided(gold)
            self._most -= unread[gold.language] - (self._read - before)
        await asyncio.to_thread(self._archive.keep_check, self._judge.card, datetime.now(UTC))
        self._tell(Progress("done", judged=self._read, readings=self._read))

    async def _read_until_decided(self, gold: GoldSet) -> None:
        for case in gold.cases:
            left = await self._judging.left(case_questions(case))
            await self._judging.read_all(left, self._report, self._report_pause)
            self._read += len(left)
            if left and await self._is_decided(gold):
                return

    async def _is_decided(self, gold: GoldSet) -> bool:
        readings = await asyncio.to_thread(self._archive.readings, self._judge.card)
        known = shipped_readings(self._judge.card, gold) | dict(readings)
        return await asyncio.to_thread(calibration, gold, known, is_whole=self._is_whole) is not None

    def _report(self, number: int) -> None:
        read = self._read + number
        left = self._judging.time_of(self._most - read) if read else None
        self._tell(Progress("judging", judged=read, readings=self._most, left=left))

    def _report_pause(self) -> None:
        self._tell(Progress("paused", judged=self._read, readings=self._most))
