"""Checks of form: texts in, results out."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.suite.cases import Checks
from evals.suite.checks import CheckResult, numbers_in, run_checks


def only(checks: Checks, text: str) -> CheckResult:
    (result,) = run_checks(checks, text)
    return result


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (42, "42"),
        (42, "The answer is 42."),
        (42, "**42**"),
        (42, "_42_"),
        (42, "42km"),
        (42, "총42개입니다"),
        (42, "42 %"),
        (42, "42%"),
        (42, "=42,"),
        (42, "42\uff0c 그리고"),
        (42, "It is done.42 remain"),
        (42, "끝났다.42개"),
        (42, "42.0"),
        (1234, "1,234"),
        (1234567.5, "1,234,567.5 원"),
        (1234, "1\u00a0234"),
        (1234, "1\u202f234"),
        (1234, "$1{,}234$"),
        (42, "42\\,km"),
        (1234.5, "$1,234.50"),
        (3.5, "3.50"),
        (0.5, "about .5"),
        (3, "3만"),
        (30000, "3만"),
        (35000, "3만 5천 원"),
        (35000, "3만 5000원"),
        (120000000, "1억 2,000만 원"),
        (50000000, "5천만"),
        (25000, "2.5만"),
        (10, "10,20,30"),
        (30, "10,20,30"),
        (-5, "-5"),
        (-5, "\u22125"),
        (-5, "(-5)"),
        (-5, "-$5"),
        (-5, "x=-5"),
        (20, "10-20"),
        (20, "10\u201320"),
        (3, "x\u00b2-3"),
        (19, "COVID-19"),
        (300000000, "3e8 m/s"),
        (5, "2024-03-05"),
        (30, "10:30"),
        (42, "42\uac1c"),
        (42, "\uff14\uff12"),
        (9007199254740993, "9,007,199,254,740,993"),
    ],
)
def test_a_number_is_found_however_it_is_written(number: float, text: str) -> None:
    assert only(Checks(numbers=(number,)), text).passed


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (42, "1425"),
        (42, "42.7"),
        (42, "0.42"),
        (42, "1,042"),
        (42, "forty-two"),
        (234, "1,234"),
        (1, "1,234"),
        (5, "-5"),
        (-5, "5"),
        (-20, "10-20"),
        (-19, "COVID-19"),
        (2, "H2O"),
        (25, "v1.25"),
        (2, "item_2"),
        (2.3, "1.2.3"),
        (3, "1.2.3"),
        (1.5, "1.5e3"),
        (3, "1. First\n2. Second\n3. Third"),
        (2, "**2. Title**"),
        (0.42, "42%"),
        (42, ""),
    ],
)
def test_what_is_part_of_something_else_is_not_that_number(number: float, text: str) -> None:
    assert not only(Checks(numbers=(number,)), text).passed


def test_every_number_that_is_wanted_must_stand_there() -> None:
    wanted = Checks(numbers=(42, 3.5))
    assert only(wanted, "42 and 3.50") == CheckResult(name="numbers", passed=True, found="42, 3.5")
    assert only(wanted, "42 and 3.05") == CheckResult(name="numbers", passed=False, found="3.5")


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["{:d}", "{:,d}", "{:d}km", "약 {:,d}원", "({:d})"]))
def test_any_whole_number_is_read_back(number: int, form: str) -> None:
    assert numbers_in(form.format(number)) == (number,)


@given(st.floats(min_value=-1e9, max_value=1e9).map(lambda number: round(number, 3)))
def test_any_decimal_is_read_back(number: float) -> None:
    assert numbers_in(f"= {number:,.3f}") == (number,)


@pytest.mark.parametrize(
    ("text", "found", "passed"),
    [
        ("모두 한글입니다", "100 %", True),
        ("가a", "50 %", True),
        ("가나 abc", "40 %", False),
        ("English alone", "0 %", False),
        ("설명\n```python\nprint('only Latin letters in here')\n```\n", "100 %", True),
        ("설명\n~~~\ncode\n```\nstill code", "100 %", True),
        ("설명 `print(x)` 끝 ``a ` b``", "100 %", True),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af abc", "40 %", False),
        ("漢字 日本 가", "20 %", False),
        ("42 + 1 = 43", "–", False),
        ("```\n가나다\n```", "–", False),
        ("", "–", False),
    ],
)
def test_the_share_of_hangul_is_that_of_the_letters_outside_code(text: str, found: str, passed: bool) -> None:
    result = only(Checks(hangul_at_least=0.5), text)
    assert result == CheckResult(name="hangul", passed=passed, found=found)


@pytest.mark.parametrize(
    ("text", "found", "passed"),
    [
        ("Café naïve, ｆｕｌｌ", "100 %", True),
        ("abcdefghi 가", "90 %", True),
        ("abcdefgh 가", "88 %", False),
        ("привет", "0 %", False),
    ],
)
def test_the_share_of_latin_letters_takes_every_latin_letter(text: str, found: str, passed: bool) -> None:
    assert only(Checks(latin_at_least=0.9), text) == CheckResult(name="latin", passed=passed, found=found)


def test_a_share_is_never_rounded_up_to_the_limit_it_missed() -> None:
    result = only(Checks(latin_at_least=0.9), "a" * 899 + "가" * 101)
    assert result == CheckResult(name="latin", passed=False, found="89 %")


@pytest.mark.parametrize(("words", "passed"), [(0, True), (3, True), (4, False)])
def test_words_are_what_stands_between_white_space(words: int, passed: bool) -> None:
    result = only(Checks(words_at_most=3), "\n\t ".join(["단어,"] * words))
    assert result == CheckResult(name="words", passed=passed, found=str(words))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": [1, 2.5, null]}', "JSON object"),
        ('\n [1, "가"] \n', "JSON array"),
        ("true", "JSON value"),
        ('Here it is:\n```json\n{"a": 1}\n```\nDone.', "JSON object"),
        ("~~~~\n[]\n~~~~", "JSON array"),
        ('```json\n{"a": 1}', "JSON object"),
        ('Run it:\n```sh\ncurl x\n```\nand get\n```json\n{"a": "\u2028"}\n```\n', "JSON object"),
        ('> ```json\r\n> ```\r\n```json\r\n{"a": 1}\r\n```', "JSON object"),
    ],
)
def test_one_json_value_is_found_as_the_whole_text_or_in_a_fence(text: str, found: str) -> None:
    assert only(Checks(json=True), text) == CheckResult(name="json", passed=True, found=found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "0 × JSON"),
        ('The JSON is {"a": 1}', "0 × JSON"),
        ("{'a': 1}", "0 × JSON"),
        ('{"a": NaN}', "0 × JSON"),
        ("[-Infinity]", "0 × JSON"),
        ('{"a": 1,}', "0 × JSON"),
        ("```json\n{\n```", "0 × JSON"),
        ("[" * 100_000, "0 × JSON"),
        ("9" * 5000, "0 × JSON"),
        ("```\n1\n```\n```\n2\n```", "2 × JSON"),
    ],
)
def test_what_is_not_one_json_value_fails(text: str, found: str) -> None:
    assert only(Checks(json=True), text) == CheckResult(name="json", passed=False, found=found)


def test_only_the_checks_that_were_asked_for_are_run_in_one_order() -> None:
    every = Checks(json=True, words_at_most=5, latin_at_least=0.0, hangul_at_least=0.0, numbers=(0,))
    assert [result.name for result in run_checks(every, "0")] == ["numbers", "hangul", "latin", "words", "json"]
    assert run_checks(Checks(), "anything") == ()


@given(st.text(alphabet="`~>\n\\{},.-\u2212$_1234567890eE+\u00a0 가aH[]\"'", max_size=80))
def test_no_text_breaks_a_check(text: str) -> None:
    every = Checks(json=True, words_at_most=5, latin_at_least=0.5, hangul_at_least=0.5, numbers=(0,))
    assert len(run_checks(every, text)) == 5


def test_very_many_marks_on_a_letter_are_counted_in_a_moment() -> None:
    text = "e" + "\u0301\u0323" * 50_000
    began = time.thread_time()
    found = run_checks(Checks(latin_at_least=0.5), text)
    assert time.thread_time() - began < 2  # measured: 0.1 s; sorted as one run of marks, 30 s
    assert found[0].passed
