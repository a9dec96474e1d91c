"""What a file of questions is refused for: the message, the line, and all of it at once."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.report.refusals import suite_refusal
from evals.suite.cases import Language, Suite, load_suite
from evals.suite.problems import SuiteError
from tests.conftest import tries

Load = Callable[[str, str | bytes], Suite]


def load_from(folder: Path, name: str, content: str | bytes) -> Suite:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_suite(str(path))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return lambda name, content: load_from(tmp_path, name, content)


@pytest.fixture
def refused(load: Load) -> Callable[[str, str | bytes], list[str]]:
    def messages(name: str, content: str | bytes) -> list[str]:
        with pytest.raises(SuiteError) as error:
            load(name, content)
        return suite_refusal(error.value, "en").splitlines()

    return messages


Refused = Callable[[str, str | bytes], list[str]]

FIELDS = "use one of question, id, category, language, cuts, reference, criteria, checks, good, bad, defect, generated"
COLUMNS = "question, id, category, language, reference, criteria, good, bad, defect, checks, cuts, generated"
NO_ANCHOR = (
    "the item has criteria but no `reference` and no `good`; the judge compares each answer with one of them: add it, "
    "or remove `criteria`"
)


def item(*lines: str) -> str:
    return "\n".join(["items:", "- question: first", "", "- question: second", *(f"  {line}" for line in lines)])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (item("id: true"), "line 5: `id` is True; it must be text; put it in quotes"),
        (item("good: no"), "line 5: `good` is False; it must be text; put it in quotes"),
        (item("god: x"), f"line 5: 'god' is not a field; did you mean good? {FIELDS}"),
        (item("language: kr"), "line 5: `language` is 'kr'; it must be 'ko' or 'en'"),
        (item("category: ''"), "line 5: `category` is empty; write it, or leave the field out"),
        (item(f"category: {'x' * 201}"), "line 5: `category` must be one line of at most 200 characters; shorten it"),
        (item("cuts: quick"), "line 5: `cuts` is 'quick'; it must be a list"),
        (item("cuts: [quick, all]"), "line 5: in cuts: entry 2 is 'all'; it must be 'quick' or 'review'"),
        (item("checks: 7"), "line 5: `checks` is 7; it must have fields of its own"),
        (item("checks:", "  numbers: [1, x]"), "line 6: in checks numbers: entry 2 is 'x'; it must be a valid number"),
        (
            item("checks:", "  numbers: [.nan]"),
            "line 6: in checks numbers: entry 1 is '.nan'; it must be a valid number",
        ),
        (
            item("checks:", "  words_at_most: 0"),
            "line 6: in checks: `words_at_most` is 0; it must be greater than or equal to 1",
        ),
        (item("checks:", "  json: 1"), "line 6: in checks: `json` is 1; it must be true or false"),
        (item("criteria:", "- claim: x"), f"line 4: {NO_ANCHOR}"),
        (
            item("reference: r", "criteria:", "- claim: x", "  negative: true"),
            "line 4: a negative criterion needs `bad`, an answer with that fault: add it",
        ),
        (
            item("checks:", "  words_at_most: 1.5"),
            "line 6: in checks: `words_at_most` is 1.5; it must be a whole number",
        ),
        (
            "items：\n- what: 대한민국의 수도는?",
            "line 1: after items stands a full-width colon (：); write a plain one and a space",
        ),
        (
            item("category：math"),
            "line 5: after category stands a full-width colon (：); write a plain one and a space",
        ),
        (
            "items：\n- question: a: b",
            "line 1: after items stands a full-width colon (：); write a plain one and a space",
        ),
        (item("criteria:", "- critical: true"), "line 6: in criteria 1: `claim` is missing; add it"),
        (
            item("criteria:", "- claim: x", "  critcal: true"),
            "line 7: in criteria 1: 'critcal' is not a field; did you mean critical? "
            "use one of claim, critical, negative, check, bad_passes",
        ),
        (item("question: again"), "line 5: 'question' appears twice; keep one"),
        (item("? [id]", ": x"), "line 5: the name of a field must be a word; write `name: value`"),
        (item('reference: "\\u0007"'), "line 5: `reference` contains U+0007, which is not a text character; remove it"),
        (item('reference: "\\ud800"'), "line 5: `reference` contains U+D800, which is not a text character; remove it"),
        ("items:\n- id: x\n", "line 2: `question` is missing; add it"),
        ("items:\n- question:\n", "line 2: `question` is missing; add it"),
        ("items:\n- question: ' '\n", "line 2: `question` is empty; write it, or leave the field out"),
        (f"items:\n- question: {'x' * 4001}\n", "line 2: `question` has 4001 characters; shorten it to 4000"),
        ("items:\n- 7\n", "line 2: 7 is not an item; write fields, at least `question`"),
        ("title: 7\nitems:\n- question: x", "line 1: `title` is 7; it must be text; put it in quotes"),
        (
            "\ntitel: x\nitems:\n- question: x",
            "line 2: 'titel' is not a field; did you mean title? use one of suite, title",
        ),
        ("title: x\nitems: 7", "line 2: there is no list of items; write `items:` and `- question:`"),
        ("title: x", "line 1: there is no list of items; write `items:` and `- question:`"),
        ("- question: x", "line 1: there is no list of items; write `items:` and `- question:`"),
        (
            "items:\n- question: a: b",
            "line 2: this YAML cannot be read (mapping values are not allowed here); "
            "correct it: a text with : or # needs quotes or a block (>-)",
        ),
        (
            "items:\n- &a [x]\n- *a\n",
            "line 3: this YAML cannot be read (aliases are not allowed: write the text out); "
            "correct it: a text with : or # needs quotes or a block (>-)",
        ),
        (
            "[" * 100_000,
            "line 1: this YAML cannot be read (it has more than 10 levels); "
            "correct it: a text with : or # needs quotes or a block (>-)",
        ),
    ],
)
def test_yaml_is_refused_with_the_line_of_the_field(refused: Refused, content: str, message: str) -> None:
    assert refused("mine.yaml", content) == [f"mine.yaml, {message}"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x", "line 2: this JSON cannot be read (Expecting value, column 1); write one object on each line"),
        (
            '{"question"',
            "line 2: this JSON cannot be read (Expecting ':' delimiter, column 12); write one object on each line",
        ),
        ("[]", "line 2: [] is not an item; write fields, at least `question`"),
        ('{"id": "x"}', "line 2: `question` is missing; add it"),
        ('{"question": null}', "line 2: `question` is missing; add it"),
        ('{"question": 7}', "line 2: `question` is 7; it must be text; put it in quotes"),
        (
            '{"question": "x", "id": 1, "id": 2}',
            "line 2: this JSON cannot be read ('id' appears twice); write one object on each line",
        ),
        (
            '{"question": "x", "checks": {"numbers": [NaN]}}',
            "line 2: in checks numbers: entry 1 is nan; it must be a finite number",
        ),
        ('{"question": "x\\u0000"}', "line 2: `question` contains U+0000, which is not a text character; remove it"),
        ('{"question": "\\udc00"}', "line 2: `question` contains U+DC00, which is not a text character; remove it"),
        ('{"question": "first"}', "line 2: the same question is on line 1; remove one, or give each an id"),
    ],
)
def test_json_lines_are_refused_with_their_line(refused: Refused, content: str, message: str) -> None:
    assert refused("mine.jsonl", f'{{"question": "first"}}\n{content}\n') == [f"mine.jsonl, {message}"]


def test_a_line_of_json_that_is_nested_too_deeply_is_refused(refused: Refused) -> None:
    (message,) = refused("mine.jsonl", "[" * 100_000)
    assert message.startswith("mine.jsonl, line 1: this JSON cannot be read (maximum recursion depth")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\nx\n", f"line 1 (row 1): there is no column `question`; the columns can be {COLUMNS}"),
        ("question,gut\nx,y\n", f"line 1 (row 1): 'gut' is not a column; use one of {COLUMNS}"),
        (
            "question,categry\nx,y\n",
            f"line 1 (row 1): 'categry' is not a column; did you mean category? use one of {COLUMNS}",
        ),
        ("\nquestion,question\nx,y\n", "line 2 (row 2): the column 'question' appears twice; keep one"),
        ('question,id\n"a\nb",1\n\n,2\n', "line 5 (row 4): `question` is missing; add it"),
        ('id,question,language\n1,"a\nb",kr\n', "line 3 (row 2): `language` is 'kr'; it must be 'ko' or 'en'"),
        ("question,id\na,1\nb,1\n", "line 3 (row 3): the id '1' is already used on line 2; give each item its own"),
        ('question,criteria\n"a\nb",! x\n', f"line 2 (row 2): {NO_ANCHOR}"),
        (
            "question,id\na,1\nWell, yes,2\n",
            "line 3 (row 3): this row has more cells than the header; put texts with a comma in quotation marks",
        ),
        (
            "sep=;\nquestion;id\na;1\nWell; yes;2\n",
            "line 4 (row 3): this row has more cells than the header; put texts with a semicolon in quotation marks",
        ),
        (
            "sep=;\nid\n1\n",
            f"line 2 (row 1): there is no column `question`; the columns can be {COLUMNS}",
        ),
        (
            'question,id\n"a\nb",1\nc,2\n"d,3\ne,4\n',
            "line 5 (row 4): this row has a quotation mark that is never closed, or far too many cells; correct it",
        ),
        (
            f"question\na\nb{',' * 100}\n",
            "line 3 (row 3): this row has a quotation mark that is never closed, or far too many cells; correct it",
        ),
        (
            f"question{',' * 100}\na\n",
            "line 1 (row 1): this row has a quotation mark that is never closed, or far too many cells; correct it",
        ),
    ],
)
def test_a_table_is_refused_with_line_and_row(refused: Refused, content: str, message: str) -> None:
    assert refused("mine.csv", content) == [f"mine.csv, {message}"]


@pytest.mark.parametrize("name", ["mine.yaml", "mine.yml", "mine.jsonl", "mine.json", "mine.csv", "mine.tsv"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": it is empty; write at least one question"),
        (b"\xef\xbb\xbf \r\n", ": it is empty; write at least one question"),
        (b"items:\n- \xff", ", line 2: byte 10 of the file (0xff) is not UTF-8; save the file as UTF-8"),
        ("質問\n".encode("shift_jis"), ", line 1: byte 1 of the file (0x8e) is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\x00b", ", line 1: byte 5 of the file (0x62) is not UTF-16; save the file as UTF-8"),
        (b"a\r\nb\rc\x1b", ", line 3: it contains U+001B, which is not a text character; remove it"),
        (b"a" * 5_000_001, ": it is larger than 5 MB; split it"),
    ],
)
def test_what_is_no_text_is_refused_in_every_form(refused: Refused, name: str, content: bytes, message: str) -> None:
    assert refused(name, content) == [name + message]


@pytest.mark.parametrize(("name", "content"), [("a.yaml", "items: []"), ("a.csv", "question\n"), ("a.csv", '""')])
def test_a_file_without_items_is_refused(refused: Refused, name: str, content: str) -> None:
    assert refused(name, content) == [f"{name}: it has 0 items; it must have 1 to 1000"]


@pytest.mark.parametrize(
    ("name", "head", "line"),
    [
        ("a.yaml", "items:\n", "- question: q{}\n"),
        ("a.jsonl", "", '{{"question": "q{}"}}\n'),
        ("a.csv", "question\n", "q{}\n"),
    ],
)
def test_a_thousand_items_are_taken_and_no_more(load: Load, refused: Refused, name: str, head: str, line: str) -> None:
    most = head + "".join(line.format(number) for number in range(1000))
    assert len(load(name, most).cases) == 1000
    assert refused(name, most + line.format("x")) == [f"{name}: it has 1001 items; it must have 1 to 1000"]


def test_a_table_of_blank_lines_is_refused_rather_than_cut_off(refused: Refused) -> None:
    assert refused("a.csv", "question\n" + "\n" * 3000 + "q\n") == [
        "a.csv: it has 2000 rows or more, counting blank ones; split it"
    ]


def test_every_wrong_row_is_told_in_the_order_of_the_file(refused: Refused) -> None:
    rows = ['{"question": 1}', '{"question": "a", "id": "x"}', "{", '{"question": "b", "id": "x", "language": "fr"}']
    lines = [message.split(":")[0] for message in refused("a.jsonl", "\n".join(rows))]
    assert lines == ["a.jsonl, line 1", "a.jsonl, line 3", "a.jsonl, line 4", "a.jsonl, line 4"]


def test_after_ten_problems_the_others_are_counted(refused: Refused) -> None:
    told = refused("a.jsonl", "{}\n" * 13)
    assert len(told) == 11
    assert told[-1] == "a.jsonl: 3 more problems; correct these first"


def test_a_file_that_is_not_there_a_folder_and_a_name_that_cannot_be_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("none.csv", "folder.csv", "nul\0.csv"):
        with pytest.raises(SuiteError) as absent:
            load_suite(str(tmp_path / name))
        assert "there is no such file; check its name and folder" in suite_refusal(absent.value, "en")
    with pytest.raises(SuiteError) as unreadable:
        load_suite(str(tmp_path / f"{'x' * 5000}.csv"))
    assert re.search(r"it cannot be read .*; check its name and permissions", suite_refusal(unreadable.value, "en"))


FRAGMENTS = st.lists(
    st.sampled_from(
        ["question", "id", "items", "criteria", ": ", "- ", "\n", "  ", ",", '"', "{", "}", "[", "]", "\\ud800"]
    )
    | st.sampled_from(
        ["&a", "*a", "!!int ", "!x ", "|", ">-", "? ", "#", "%", "0x_", "1:30", ".inf", "2001-99-99", "~", "\r"]
    )
    | st.text(max_size=3),
    max_size=25,
).map(lambda parts: "".join(parts).encode(errors="replace"))


@settings(max_examples=tries(100), deadline=None)
@given(content=st.binary(max_size=60) | FRAGMENTS | FRAGMENTS.map(lambda rest: b"items:\n- question: " + rest))
@pytest.mark.parametrize("name", ["a.yaml", "a.jsonl", "a.csv"])
@pytest.mark.parametrize("language", get_args(Language))
def test_any_bytes_either_load_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes, language: Language
) -> None:
    try:
        told = load_from(tmp_path_factory.getbasetemp(), name, content).name
    except SuiteError as error:
        told = suite_refusal(error, language)
    assert told.encode()  # half a pair of surrogates could not be shown
