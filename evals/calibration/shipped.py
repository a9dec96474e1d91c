"""Calibrations that were measured before and ship with the project: a judge's readings of the gold set, by its card."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from evals.calibration.answers import GOLD_LANGUAGES, GoldSet, load_gold
from evals.calibration.calibration import Calibration, calibration, gold_questions
from evals.judge.questions import yes_no_key
from evals.records.evaluation import JudgeCard
from evals.records.opinions import YesNo
from evals.suite.cases import Language
from llmfirst import Value

_FOLDER: Final = Path(__file__).parent / "calibrations"
_DIGITS: Final = 6


class ShippedReadings(Value):
    """What one judge said to one gold set, (yes, no) in the order of `gold_questions`; for no other judge or set."""

    judge: JudgeCard
    language: Language
    gold_sha256: str
    measured_on: str
    readings: tuple[tuple[float, float], ...]


def shipped_readings(judge: JudgeCard, gold: GoldSet) -> dict[str, YesNo]:
    """Return what ships of this judge by `reading_key`; nothing where it, its wording or the gold set is another."""
    return {
        yes_no_key(*asked): YesNo(yes=yes, no=no)
        for one in _all()
        if (one.judge, one.language, one.gold_sha256) == (judge, gold.language, gold.sha256)
        for asked, (yes, no) in zip(gold_questions(gold), one.readings, strict=True)
    }


def calibrations(
    judge: JudgeCard, readings: Mapping[str, YesNo], languages: Iterable[Language] = GOLD_LANGUAGES
) -> dict[Language, Calibration]:
    """Return what a judge did on the gold sets that it has read whole, by language; `readings` are those made here."""
    golds = [load_gold(language) for language in languages]
    found = {gold.language: calibration(gold, shipped_readings(judge, gold) | dict(readings)) for gold in golds}
    return {language: one for language, one in found.items() if one is not None}


def to_ship(judge: JudgeCard, gold: GoldSet, readings: Mapping[str, YesNo], measured_on: str) -> str:
    """Return the file of a calibration; KeyError when a reading is missing."""
    found = [readings[yes_no_key(*asked)] for asked in gold_questions(gold)]
    pairs = tuple((round(one.yes, _DIGITS), round(one.no, _DIGITS)) for one in found)
    shipped = ShippedReadings(
        judge=judge, language=gold.language, gold_sha256=gold.sha256, measured_on=measured_on, readings=pairs
    )
    return shipped.model_dump_json() + "\n"


@cache
def _all() -> tuple[ShippedReadings, ...]:
    files = sorted(_FOLDER.glob("*.json"))
    return tuple(ShippedReadings.model_validate_json(file.read_text(encoding="utf-8")) for file in files)
