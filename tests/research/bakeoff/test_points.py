import random
from pathlib import Path

from research.bakeoff.__main__ import main
from research.bakeoff.points import Points, as_pairs, items_of
from research.bakeoff.score import values_of
from tests.research.bakeoff.scripted_model import PLAIN, record

ANSWERS = (
    record(),
    record(protocol="panels"),
    record("A better answer.", protocol="twice"),
    record("A worse answer.", protocol="cool"),
)


def test_a_text_in_common_is_one_item() -> None:
    items = items_of(ANSWERS, "s01", random.Random(1))
    assert sorted(item.protocols for item in items) == [("cool",), ("plain", "panels"), ("twice",)]


def test_points_become_verdicts_against_the_plain_text() -> None:
    items = items_of(ANSWERS, "s01", random.Random(1))
    worth = {"A better answer.": 8, "A worse answer.": 2, PLAIN: 5}
    points = [Points(item=item.item, reader="one", points=worth[item.text]) for item in items]
    key, verdicts = as_pairs(items, points)
    values = values_of(key, verdicts)
    assert {pair.protocol: values[pair.pair] for pair in key} == {"twice": [1.0], "cool": [0.0], "panels": [0.5]}


def test_sheets_for_points_name_nobody_and_are_scored(tmp_path: Path) -> None:
    answers, folder = tmp_path / "answers.jsonl", tmp_path / "blind"
    answers.write_text("".join(each.model_dump_json() + "\n" for each in ANSWERS), encoding="utf-8")
    assert main(["blind", "--points", "--answers", str(answers), "--out", str(folder)]) == 0
    sheet = (folder / "points-01.md").read_text(encoding="utf-8")
    assert not any(name in sheet for name in ("twice", "plain", "panels", "cool"))
    lines = [f"s01-0{place},one,{place}" for place in (1, 2, 3)]
    (tmp_path / "points.csv").write_text("item,reader,points\n" + "\n".join(lines), encoding="utf-8")
    scoring = ["score", "--answers", str(answers), "--key", str(folder / "points-key.json")]
    assert main([*scoring, "--points", str(tmp_path / "points.csv")]) == 0
