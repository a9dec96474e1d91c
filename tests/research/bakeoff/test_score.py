from pathlib import Path

import pytest

from research.bakeoff.blind import Key, Pair, paired, write_sheets
from research.bakeoff.score import agreement_table, bar_table, preference, preference_table, score, values_of
from research.bakeoff.verdicts import Verdict, read_verdicts
from tests.research.bakeoff.scripted_model import PLAIN, record


def pair(name: str, side: str | None = "A", question_id: str = "en-1") -> Pair:
    language = "ko" if question_id.startswith("ko") else "en"
    return Pair.model_validate(
        {
            "pair": name,
            "protocol": "twice",
            "question_id": question_id,
            "language": language,
            "kind": "sum",
            "seed": 0,
            "side": side,
        }
    )


def said(name: str, verdict: str, reader: str = "one") -> Verdict:
    return Verdict.model_validate({"pair": name, "reader": reader, "verdict": verdict})


def test_a_sheet_names_nobody_and_the_key_knows_the_sides(tmp_path: Path) -> None:
    records = [record(question_id=f"en-{n}") for n in range(8)]
    others = [record(f"Another answer {n}.", protocol="twice", question_id=f"en-{n}") for n in range(8)]
    key, shown = paired([*records, *others], ["twice"], draw=3)
    by_name = {each.pair: each for each in shown}
    assert {each.side for each in key} == {"A", "B"}
    for each in key:
        mine = by_name[each.pair].A if each.side == "A" else by_name[each.pair].B
        assert mine == f"Another answer {each.question_id[3:]}."
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(each.model_dump_json() + "\n" for each in [*records, *others]), encoding="utf-8")
    write_sheets(answers, tmp_path / "blind", ["twice"], per_sheet=5, draw=3)
    sheets = sorted((tmp_path / "blind").glob("sheet-*.md"))
    assert len(sheets) == 2
    assert not any("twice" in sheet.read_text(encoding="utf-8") for sheet in sheets)
    assert Key.model_validate_json((tmp_path / "blind" / "key.json").read_text(encoding="utf-8")).root == key


def test_the_same_text_is_a_tie_that_nobody_reads() -> None:
    key, shown = paired([record(), record(protocol="panels")], ["panels"], draw=1)
    assert (len(shown), key[0].side) == (0, None)
    assert values_of(key, []) == {"p0001": [0.5]}


def test_a_verdict_counts_for_the_side_of_the_protocol() -> None:
    key = [pair("p1", "A"), pair("p2", "B"), pair("p3", "A")]
    values = values_of(key, [said("p1", "A"), said("p2", "A"), said("p3", "tie"), said("p1", "B", "two")])
    assert values == {"p1": [1.0, 0.0], "p2": [0.0], "p3": [0.5]}


def test_the_interval_of_a_share_rests_on_questions() -> None:
    share = preference({f"q{n}": [1.0, 1.0] if n < 7 else [0.0, 0.0] for n in range(10)})
    assert share is not None
    assert share.share == pytest.approx(0.7)
    assert share.interval is not None
    assert 0.35 < share.interval.low < 0.7 < share.interval.high <= 1.0
    few = preference({"q1": [1.0, 1.0, 1.0, 1.0], "q2": [1.0]})
    assert few is not None
    assert few.interval is not None
    assert few.interval.low < 0.5
    assert preference({}) is None


def test_shares_are_given_per_language_and_kind() -> None:
    key = [pair("p1", "A"), pair("p2", "A", "ko-1")]
    table = preference_table(key, [said("p1", "A"), said("p2", "B")])
    assert "| twice | all | 50 % |" in table
    assert "| twice | ko | 0 % |" in table
    assert "| twice | en sum | 100 % |" in table


def test_a_pair_that_nobody_had_to_read_weighs_as_much_as_one_that_two_read() -> None:
    key = [pair("p1", "A"), pair("p2", None)]
    table = preference_table(key, [said("p1", "A"), said("p1", "A", "two")])
    assert "| twice | all | 75 % |" in table


def test_the_bar_tells_what_is_missing() -> None:
    key = [pair(f"p{n}", "A", f"{'ko' if n % 2 else 'en'}-{n}") for n in range(12)]
    won = [said(f"p{n}", "A") for n in range(12)]
    assert "| twice | nothing |" in bar_table(key, won, [record(protocol="twice")])
    lost = [said(f"p{n}", "B") for n in range(12)]
    table = bar_table(key, lost, [record(f"{PLAIN}\n\n{PLAIN}", protocol="twice")])
    assert "en 0 % of 60 %; ko 0 % of 50 %; sum ends at" in table
    assert "loop 1" in table


def test_readers_are_compared_on_what_both_read() -> None:
    key = [pair(f"p{n}", "A" if n % 2 else "B") for n in range(6)]
    verdicts = [said(f"p{n}", "A" if n < 3 else "B", reader) for n in range(6) for reader in ("one", "two")]
    table = agreement_table(key, verdicts)
    assert "| one, two | 6 | 100 % |" in table
    assert "| 1.00 |" in table
    assert agreement_table(key, verdicts[::2]) == "agreement: one reader only"


def test_verdicts_are_read_with_or_without_a_head(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_text("pair,reader,verdict\np1, one, A\n\np2,one,tie\n", encoding="utf-8")
    assert read_verdicts(path) == [said("p1", "A"), said("p2", "tie")]


def test_without_verdicts_the_faults_and_the_cost_are_told(tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(record(PLAIN).model_dump_json() + "\n", encoding="utf-8")
    told = score(answers, None, None)
    assert "| plain | en | 1 | 0 | 0 |" in told
    assert "unseen before core" in told
    assert told.splitlines()[-1].endswith("| 0 |")  # it does not fill three panels
