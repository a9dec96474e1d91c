"""What is known of a judge: how it did on the gold set, when it was checked, and what it has yet to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evals.calibration.answers import GOLD_LANGUAGES, GoldSet, load_gold
from evals.calibration.calibration import Calibration, calibration
from evals.calibration.gold_verdicts import cases_read, gold_questions
from evals.calibration.shipped import shipped_on, shipped_readings
from evals.judge.questions import yes_no_key
from evals.records.archive import Archive
from evals.records.evaluation import JudgeCard
from evals.suite.cases import Language


@dataclass(frozen=True)
class GoldProgress:
    """How much of a gold set a judge has read while nothing is certain of it."""

    answers: int
    of_answers: int
    readings_left: int
    """The most readings that may be needed."""


@dataclass(frozen=True)
class CheckedJudge:
    """A judge and what is known of it in each language of the gold set."""

    judge: JudgeCard
    languages: Mapping[Language, Calibration | GoldProgress]
    checked_at: datetime | None = None
    """The end of its last check on this machine."""

    shipped_on: str | None = None
    """Where and when the calibration that comes with the program was measured; None if none is of this judge."""

    @property
    def calibrations(self) -> dict[Language, Calibration]:
        return {language: found for language, found in self.languages.items() if isinstance(found, Calibration)}


def checked_judge(archive: Archive, judge: JudgeCard) -> CheckedJudge:
    """Return what is known of a judge. Blocks its thread."""
    own = archive.readings(judge)
    languages: dict[Language, Calibration | GoldProgress] = {}
    for gold in map(load_gold, GOLD_LANGUAGES):
        readings = shipped_readings(judge, gold) | own
        languages[gold.language] = calibration(gold, readings) or _progress(gold, readings)
    at = next((check.checked_at for check in archive.checks() if check.judge == judge), None)
    return CheckedJudge(judge, languages, at, shipped_on(judge))


def _progress(gold: GoldSet, readings: Mapping[str, object]) -> GoldProgress:
    unread = sum(yes_no_key(*question) not in readings for question in dict.fromkeys(gold_questions(gold)))
    read = gold.first(cases_read(gold, readings))
    return GoldProgress(read.labels.total(), gold.labels.total(), unread)
