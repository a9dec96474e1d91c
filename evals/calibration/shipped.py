"""Calibrations that ship with the project: the readings of known judges on the gold set."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from evals.calibration.answers import GOLD_LANGUAGES, GoldSet, load_gold
from evals.calibration.calibration import Calibration, calibration
from evals.calibration.gold_verdicts import gold_questions
from evals.judge.questions import yes_no_key
from evals.records.evaluation import JudgeCard
from evals.records.opinions import YesNo
from evals.suite.cases import Language
from llmfirst import Value

_FOLDER: Final = Path(__file__).parent / "calibrations"
_DIGITS: Final = 6


class ShippedReadings(Value):
    """The readings of one judge on one gold set; they are valid for this judge card and this set only."""

    judge: JudgeCard
    language: Language
    gold_sha256: str
    measured_on: str
    """The machine of the measurement."""

    readings: tuple[tuple[float, float], ...]
    """The probabilities (yes, no), in the order of `gold_questions`."""


def shipped_readings(judge: JudgeCard, gold: GoldSet) -> dict[str, YesNo]:
    """Return the shipped readings by `yes_no_key`; empty if the judge, its wording or the gold set differs."""
    return {
        yes_no_key(*question): YesNo(yes=yes, no=no)
        for each in _all()
        if (each.judge, each.language, each.gold_sha256) == (judge, gold.language, gold.sha256)
        for question, (yes, no) in zip(gold_questions(gold), each.readings, strict=True)
    }


def shipped_on(judge: JudgeCard) -> str | None:
    """Return where and when the calibrations of a judge that ship were measured; None if there are none."""
    golds = {language: load_gold(language).sha256 for language in GOLD_LANGUAGES}
    found = (one for one in _all() if one.judge == judge and one.gold_sha256 == golds[one.language])
    return next((one.measured_on for one in found), None)


def calibrations(
    judge: JudgeCard, readings: Mapping[str, YesNo], languages: Iterable[Language] = GOLD_LANGUAGES
) -> dict[Language, Calibration]:
    """Return the calibrations of a judge by language, without languages that are incomplete."""
    golds = [load_gold(language) for language in languages]
    found = {gold.language: calibration(gold, shipped_readings(judge, gold) | dict(readings)) for gold in golds}
    return {language: one for language, one in found.items() if one is not None}


def to_ship(judge: JudgeCard, gold: GoldSet, readings: Mapping[str, YesNo], measured_on: str) -> str:
    """Return the content of a file with this calibration. Raises KeyError if a reading is missing."""
    ordered = [readings[yes_no_key(*question)] for question in gold_questions(gold)]
    pairs = tuple((round(reading.yes, _DIGITS), round(reading.no, _DIGITS)) for reading in ordered)
    shipped = ShippedReadings(
        judge=judge, language=gold.language, gold_sha256=gold.sha256, measured_on=measured_on, readings=pairs
    )
    return shipped.model_dump_json() + "\n"


@cache
def _all() -> tuple[ShippedReadings, ...]:
    files = sorted(_FOLDER.glob("*.json"))
    return tuple(ShippedReadings.model_validate_json(file.read_text(encoding="utf-8")) for file in files)
