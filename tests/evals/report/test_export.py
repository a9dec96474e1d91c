"""Answers as CSV and JSONL."""

import json
from io import StringIO

import pandas as pd
import pytest

from evals.judge.judged_answers import JudgedAnswer
from evals.report.export import answers_csv, answers_jsonl
from tests.evals.report.made import UNSURE, attempt, case, failure, result, timing


def answers(*texts: str) -> tuple[JudgedAnswer, ...]:
    return tuple(result(case(n), attempt(case(n), n, text=text)) for n, text in enumerate(texts))


def read(csv: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(csv), keep_default_na=False, dtype=str)


def test_what_was_written_is_read_back() -> None:
    texts = ('먼저, "목록"을 만듭니다.\n\n그다음 시작합니다.', "one, two; three", "line\r\nline", "None")
    table = read(answers_csv(answers(*texts)))
    assert [*table["text"]] == [*texts]
    assert [*table["run_id"]] == [one.attempt.run_id for one in answers(*texts)]
    assert [*table["phases_core"]] == ["15.0"] * 4
    assert [float(seconds) for seconds in table["first_text"]] == [1.2] * 4


def test_a_spreadsheet_reads_korean_by_the_byte_order_mark() -> None:
    assert answers_csv(answers("가")).encode().startswith(b"\xef\xbb\xbfrun_id,")


def test_rows_end_as_on_windows_and_lines_inside_a_cell_as_excel_writes_them() -> None:
    written = answers_csv(answers("one\ntwo", "three"))
    assert written.count("\r\n") == 3
    assert "one\ntwo" in written


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", "＠"])
def test_a_text_that_a_spreadsheet_would_run_has_an_apostrophe(start: str) -> None:
    formula = f"{start}HYPERLINK(1)"
    row = answers(formula)[0]
    table = read(answers_csv([row]))
    assert table["text"][0] == f"'{formula}"
    failed = [result(case(), failure(case(), error=formula, guards=(formula,)))]
    table = read(answers_csv(failed))
    assert (table["error"][0], table["guards"][0]) == (f"'{formula}", f"'{formula}")


def test_a_negative_number_stays_a_number() -> None:
    odd = [result(case(), attempt(case(), timing=timing(rest=-0.5)))]
    assert pd.read_csv(StringIO(answers_csv(odd)))["rest"][0] == -0.5


def test_what_was_not_measured_is_empty_and_not_zero() -> None:
    failed = [result(case(), failure(case()), None)]
    table = read(answers_csv(failed))
    assert [table[name][0] for name in ("first_text", "phases_core", "accounted_share", "quality")] == [""] * 4
    line = json.loads(answers_jsonl(failed))
    assert (line["first_text"], line["quality"], line["phases"]) == (None, None, {})


def test_no_answers_are_a_head_line_and_nothing() -> None:
    assert [*read(answers_csv(())).columns] == [*read(answers_csv(answers("a"))).columns]
    assert answers_csv(()).count("\n") == 1
    assert answers_jsonl(()) == ""


def test_a_line_of_json_is_one_answer() -> None:
    some = [result(case(n), attempt(case(n), n, text="가\n나\u2028다"), (UNSURE, UNSURE)) for n in range(3)]
    lines = answers_jsonl(some).split("\n")
    assert lines.pop() == ""
    read_back = [json.loads(line) for line in lines]
    assert [one["text"] for one in read_back] == ["가\n나\u2028다"] * 3
    assert [one["criteria_decided"] for one in read_back] == [0] * 3
    assert read_back[0]["asked_at"] == "2026-11-23T09:00:00+00:00"
