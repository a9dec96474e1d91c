"""Files as people's programs write them: read where there is one reading, and how they were read is told."""

import json
import unicodedata
from pathlib import Path

import pytest

from evals.report.refusals import reading_sentence, suite_refusal
from evals.suite.cases import Case, LoadedSuite, load_suite, open_suite
from evals.suite.problems import SuiteError

QUESTION = "대한민국의 수도는 어디인가요?"
ROWS = ("question,category", f'"{QUESTION}",상식', '"What is 2+2?",math')
EXPECTED = [(QUESTION, "상식"), ("What is 2+2?", "math")]


def opened(folder: Path, name: str, content: bytes) -> LoadedSuite:
    path = folder / name
    path.write_bytes(content)
    return open_suite(str(path))


def table(separator: str = ",", end: str = "\r\n", head: str = "") -> str:
    return head + "".join(f"{row.replace(',', separator)}{end}" for row in ROWS)


@pytest.mark.parametrize(
    ("content", "english", "korean"),
    [
        (table().encode(), "", ""),
        (table().encode("utf-8-sig"), "", ""),
        (
            table().encode("cp949"),
            "The file was read as CP949, separator comma.",
            "파일을 이렇게 읽었습니다: CP949, 구분 기호 쉼표.",
        ),
        (table("\t").encode("utf-16"), "The file was read as UTF-16, separator tab.", "UTF-16, 구분 기호 탭."),
        (b"\xfe\xff" + table("\t").encode("utf-16-be"), "UTF-16, separator tab.", "UTF-16, 구분 기호 탭."),
        (table(";").encode(), "The file was read as UTF-8, separator semicolon.", "UTF-8, 구분 기호 세미콜론."),
        (table(";").encode("cp949"), "The file was read as CP949, separator semicolon.", "CP949, 구분 기호 세미콜론."),
        (table(head="sep=,\r\n").encode(), "", ""),
        (table(";", head="sep=;\r\n").encode("utf-8-sig"), "separator semicolon.", "구분 기호 세미콜론."),
        (table("\t", head='"sep=\t"\n', end="\n").encode(), "separator tab.", "구분 기호 탭."),
        (table("|").encode(), "separator vertical bar.", "구분 기호 세로줄."),
        (table(end="\r").encode(), "", ""),
    ],
)
def test_a_table_of_excel_is_read_and_how_is_told(tmp_path: Path, content: bytes, english: str, korean: str) -> None:
    loaded = opened(tmp_path, "mine.csv", content)
    assert [(case.question, case.category) for case in loaded.suite.cases] == EXPECTED
    for told, language in ((english, "en"), (korean, "ko")):
        sentence = reading_sentence(loaded.reading, language)  # type: ignore[arg-type]
        assert sentence.endswith(told) if told else sentence == ""


def test_one_column_is_read_by_commas_whatever_signs_its_texts_have(tmp_path: Path) -> None:
    (case,) = opened(tmp_path, "mine.csv", b"question\nFirst; second\tthird | fourth?\n").suite.cases
    assert case.question == "First; second\tthird | fourth?"


@pytest.mark.parametrize("name", ["mine.json", "mine.jsonl"])
def test_a_list_of_json_is_read_like_lines_of_it(tmp_path: Path, name: str) -> None:
    items = [{"question": QUESTION, "id": 1}, {"question": "b, [c]", "checks": {"numbers": [1]}}]
    as_list = opened(tmp_path, name, json.dumps(items, indent=1).encode()).suite
    as_lines = opened(tmp_path, "mine.jsonl", "\n".join(map(json.dumps, items)).encode()).suite
    assert as_list.cases == as_lines.cases


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[\n {"question": "a"},\n {"question": 7}\n]', "line 3: `question` is 7; it must be text; put it in quotes"),
        (
            '[\n {"question": "a"}\n {"question": "b"}]',
            "line 3: this JSON cannot be read (Expecting ',' delimiter, col",
        ),
        ('[\n {"question": "a"},\n]', "line 3: this JSON cannot be read (Expecting value, column 1)"),
        ('[\n {"question": "a"}', "line 2: this JSON cannot be read (Expecting ',' delimiter, column 19)"),
        ('[{"question": "a"}]\nmore', "line 2: this JSON cannot be read (Extra data, column 1)"),
        ('[\n{"id": 1, "id": 2}]', "line 2: this JSON cannot be read ('id' appears twice)"),
        ("[]", "it has 0 items"),
    ],
)
def test_a_list_of_json_is_refused_with_the_line_of_its_item(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(SuiteError) as caught:
        opened(tmp_path, "mine.json", content.encode())
    assert told in suite_refusal(caught.value, "en")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,question,category\n7,q,2024\n"),
        ("a.jsonl", '{"id": 7, "question": "q", "category": 2024}'),
        ("a.json", '[{"id": 7, "question": "q", "category": 2024}]'),
        ("a.yaml", "items:\n- id: 7\n  question: q\n  category: 2024\n"),
    ],
)
def test_a_number_can_be_a_name_in_every_format(tmp_path: Path, name: str, content: str) -> None:
    (case,) = opened(tmp_path, name, content.encode()).suite.cases
    assert case == Case(id="7", question="q", category="2024")


def test_a_number_of_yaml_keeps_the_digits_that_were_written(tmp_path: Path) -> None:
    cases = opened(tmp_path, "a.yaml", b"items:\n- {id: 007, question: a}\n- {id: 1.10, question: b}\n").suite.cases
    assert [case.id for case in cases] == ["007", "1.10"]


def test_hangul_in_parts_is_the_same_question(tmp_path: Path) -> None:
    parted = unicodedata.normalize("NFD", QUESTION)
    assert parted != QUESTION
    assert Case(question=parted) == Case(question=QUESTION)
    with pytest.raises(SuiteError) as caught:
        opened(tmp_path, "mine.csv", f"question\n{QUESTION}\n{parted}\n".encode())
    assert "the same question is on line 2" in suite_refusal(caught.value, "en")
    assert "같은 질문이 2번째 줄에 있습니다" in suite_refusal(caught.value, "ko")


def test_a_file_that_macos_has_named_gives_the_name_as_it_is_typed(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "문항")
    assert opened(tmp_path, f"{name}.csv", b"question\nWhy?\n").suite.name == "문항"


def test_inside_quotes_and_blocks_a_full_width_colon_is_text(tmp_path: Path) -> None:
    content = "items:\n- question: |\n    question：why?\n- question: 'question：how?'\n- question: 시간：몇 시?\n"
    questions = [case.question for case in opened(tmp_path, "a.yaml", content.encode()).suite.cases]
    assert questions == ["question：why?", "question：how?", "시간：몇 시?"]


def test_a_table_with_criteria_and_a_reference_is_judged_as_far_as_that_goes(tmp_path: Path) -> None:
    content = "question,reference,criteria\nHow much?,42,! It says 42.\n"
    (case,) = opened(tmp_path, "mine.csv", content.encode()).suite.cases
    assert case.is_judged
    assert not case.has_own_anchors


def test_the_shipped_suites_are_read_without_a_word() -> None:
    assert reading_sentence(open_suite("en").reading, "en") == ""
    assert open_suite("quick").suite == load_suite("quick")
