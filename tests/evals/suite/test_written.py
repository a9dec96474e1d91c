"""What is written as a file is read back as it was, in every kind of file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.suite.cases import Case, Checks, Criterion, Generated, Suite, load_suite
from evals.suite.files import NO_TEXT
from evals.suite.table_file import COLUMNS
from evals.suite.written import FileKind, suite_file

KINDS: tuple[FileKind, ...] = get_args(FileKind)
# Signs that a file gives a meaning of its own, and how a spreadsheet or a person may begin a text with them.
_ODD = st.sampled_from(
    [
        *("'=1", "''-x", "- no", "! - both", "[{", '[{"claim": "x"}]', "claim：x", "items：", "# no", "007", "true"),
        *("null", "a\n b", "a\n\n  b", "\u2028x", "\ufeffx", 'say "so", then', "sep=;", "1:30", "x\u3000", "---\n..."),
    ]
)
_SIGNS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = (st.text(_SIGNS | st.sampled_from("\n\t"), min_size=1, max_size=40) | _ODD).filter(
    lambda text: bool(text.strip()) and not NO_TEXT.search(text)
)
LINES = TEXTS.map(lambda text: " ".join(text.split("\n")))
NUMBERS = st.floats(-1e17, 1e17) | st.integers(-(10**6), 10**6).map(float)
CHECKS = st.builds(
    Checks,
    numbers=st.lists(NUMBERS, min_size=1, max_size=3).map(tuple),
    hangul_at_least=st.none() | st.floats(0, 1),
    words_at_most=st.none() | st.integers(1, 10**9),
    json=st.booleans(),
)
CRITERIA = st.builds(
    Criterion, claim=TEXTS, critical=st.booleans(), negative=st.booleans(), check=st.none() | st.just("numbers")
)
GENERATED = st.builds(Generated, anchor=st.sampled_from(["good", "bad"]), model=LINES, confirmed=st.booleans())


@st.composite
def suites(draw: st.DrawFn) -> Suite:
    count = draw(st.integers(1, 3))
    return Suite(name=draw(LINES), title=draw(LINES), cases=tuple(draw(cases(number)) for number in range(count)))


@st.composite
def cases(draw: st.DrawFn, number: int) -> Case:
    fields: dict[str, Any] = {
        "question": draw(TEXTS),
        "id": f"{number}{draw(st.sampled_from(['', '01', 'a', '=b']))}",
        "category": draw(LINES),
        "language": draw(st.sampled_from([None, "ko", "en"])),
        "cuts": draw(st.sampled_from([(), ("quick",), ("quick", "review")])),
        "reference": draw(st.none() | TEXTS),
        "defect": draw(st.none() | TEXTS),
    }
    if draw(st.booleans()):
        judged = {
            "criteria": draw(st.lists(CRITERIA, min_size=1, max_size=3).map(tuple)),
            "checks": draw(CHECKS),
            "good": draw(TEXTS),
            "bad": draw(TEXTS),
            "generated": draw(st.lists(GENERATED, max_size=2).map(tuple)),
        }
        fields |= judged
    return Case(**fields)


def read_back(text: str, kind: FileKind) -> Suite:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"own.{kind}"
        path.write_bytes(text.encode())
        return load_suite(str(path))


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(suite=suites())
def test_whatever_a_suite_says_is_read_back_from_its_file(kind: FileKind, suite: Suite) -> None:
    again = read_back(suite_file(suite, kind), kind)
    assert again.cases == suite.cases
    if kind == "yaml":
        assert (again.name, again.title) == (suite.name, suite.title)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["ko", "en"])
def test_a_shipped_suite_is_read_back_from_its_file(kind: FileKind, name: str) -> None:
    suite = load_suite(name)
    again = read_back(suite_file(suite, kind), kind)
    assert (again.cases, again.sha256) == (suite.cases, suite.sha256)


def test_a_person_can_read_what_is_written() -> None:
    claims = Criterion(claim="It says 7.", critical=True), Criterion(claim="It says 8.", negative=True)
    case = Case(
        question="How many?", id="one", criteria=claims, checks=Checks(numbers=(7.0,)), good="Seven.\n7", bad="=8"
    )
    suite = Suite(name="own", title="Own", cases=(case,))
    assert "good: |-\n    Seven.\n    7" in suite_file(suite, "yaml")
    assert "numbers:\n    - 7\n" in suite_file(suite, "yaml")
    header, *rows = suite_file(suite, "csv").split("\r\n")
    assert header == "\ufeffquestion,id,criteria,good,bad,checks"
    assert rows[0] == 'How many?,one,"! It says 7.\n- It says 8.","Seven.\n7",\'=8,"{""numbers"": [7]}"'


def test_a_table_has_a_column_for_every_field() -> None:
    assert set(COLUMNS) == set(Case.model_fields)


def test_an_anchor_of_a_model_is_the_cases_own_only_once_a_person_confirmed_it() -> None:
    case = Case(
        question="How many?",
        criteria=(Criterion(claim="It says 7."),),
        good="7",
        bad="8",
        generated=(Generated(anchor="bad", model="ollama/small"), Generated(anchor="good", model="m", confirmed=True)),
    )
    assert case.unconfirmed == {"bad"}
    assert not case.has_own_anchors
    confirmed = case.model_copy(update={"generated": (Generated(anchor="bad", model="m", confirmed=True),)})
    assert confirmed.has_own_anchors
    assert case.model_copy(update={"bad": None}).unconfirmed == frozenset()
