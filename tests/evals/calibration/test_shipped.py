"""Calibrations that ship: whole, of this gold set and wording, and of nobody else."""

import json
from pathlib import Path

import pytest

import evals.calibration.shipped
from evals.calibration.answers import load_gold
from evals.calibration.calibration import calibration
from evals.calibration.gold_verdicts import gold_questions
from evals.calibration.shipped import ShippedReadings, shipped_readings, to_ship
from evals.judge.judge import prompt_sha256
from evals.records.opinions import YesNo
from tests.evals.calibration.made import readings, right
from tests.evals.made import JUDGE

GOLD = load_gold("en")
FILES = sorted((Path(evals.calibration.shipped.__file__).parent / "calibrations").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_ships_is_of_this_wording_and_this_gold_set_and_gives_a_calibration(file: Path) -> None:
    one = ShippedReadings.model_validate_json(file.read_text(encoding="utf-8"))
    assert one.judge.prompt_sha256 == prompt_sha256()
    assert one.judge.digest
    assert one.judge.build
    gold = load_gold(one.language)
    found = shipped_readings(one.judge, gold)
    assert calibration(gold, found) is not None
    assert shipped_readings(one.judge.model_copy(update={"build": "another"}), gold) == {}


def test_what_is_written_is_read_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = readings(GOLD, right)
    text = to_ship(JUDGE, GOLD, said, "here")
    assert len(json.loads(text)["readings"]) == len(gold_questions(GOLD))
    monkeypatch.setattr(evals.calibration.shipped, "_all", lambda: (ShippedReadings.model_validate_json(text),))
    assert shipped_readings(JUDGE, GOLD) == said
    assert shipped_readings(JUDGE, GOLD.model_copy(update={"cases": GOLD.cases[1:]})) == {}
    assert shipped_readings(JUDGE, load_gold("ko")) == {}


def test_a_calibration_that_is_not_whole_is_not_written() -> None:
    said: dict[str, YesNo] = readings(GOLD, right)
    said.popitem()
    with pytest.raises(KeyError):
        to_ship(JUDGE, GOLD, said, "here")
