"""Cases and suites: what they hold, their hashes, and that what was written is read back."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evals.report.refusals import suite_refusal
from evals.suite.cases import SUITE_NAMES, Case, Checks, Criterion, Suite, load_suite, shipped
from evals.suite.checks import run_checks
from evals.suite.problems import SuiteError
from llmfirst.values import Value
from tests.conftest import tries

TEXTS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t"), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)
LINES = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)
CLAIMS = LINES.filter(lambda claim: claim[:2] not in ("! ", "- "))


def unlike(case: Case, **fields: object) -> Case:
    return Case(**{**case.model_dump(), **fields})


JUDGED = Case(
    id="en-business-01",
    category="business",
    language="en",
    cuts=("quick",),
    question="What are 3 % of 1400?",
    reference="42",
    criteria=(Criterion(claim="The answer gives 42.", critical=True),),
    checks=Checks(numbers=(42,), words_at_most=50, json=False),
    good="3 % of 1400 are 42.",
    bad="3 % of 1400 are 420.",
    defect="wrong by a factor of ten",
)


def criteria(claims: st.SearchStrategy[str]) -> st.SearchStrategy[Criterion]:
    return st.builds(Criterion, claim=claims, critical=st.booleans(), negative=st.booleans())


def suites(one: st.SearchStrategy[Criterion], **others: st.SearchStrategy[Any]) -> st.SearchStrategy[Suite]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "question": TEXTS,
        "id": LINES,
        "category": LINES,
        "language": st.sampled_from(["ko", "en", None]),
        "defect": st.none() | TEXTS,
        **others,
    }
    texts = {"reference": TEXTS, "good": TEXTS, "bad": TEXTS}
    timed = st.builds(Case, **fields, **{name: st.none() | text for name, text in texts.items()})
    judged = st.builds(Case, **fields, **texts, criteria=st.lists(one, min_size=1, max_size=3).map(tuple))
    cases = st.lists(timed | judged, min_size=1, max_size=3, unique_by=lambda case: case.id).map(tuple)
    return st.builds(Suite, name=st.just("mine"), title=st.just("mine"), cases=cases)


SHARES = st.none() | st.floats(0, 1).map(lambda share: round(share, 4))
CHECKS = st.builds(
    Checks,
    numbers=st.lists(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), max_size=2).map(tuple),
    hangul_at_least=SHARES,
    latin_at_least=SHARES,
    words_at_most=st.none() | st.integers(1, 1000),
    json=st.booleans(),
)
CUTS = st.lists(st.sampled_from(["quick", "review"]), max_size=2).map(tuple)
SUITES = suites(criteria(TEXTS), cuts=CUTS, checks=CHECKS)
TABLES = suites(criteria(CLAIMS))


def written(case: Case) -> dict[str, Any]:
    fields: dict[str, Any] = case.model_dump(mode="json", exclude_defaults=True)
    return fields


def read_back(folder: pytest.TempPathFactory, name: str, text: str) -> Suite:
    path = folder.getbasetemp() / name
    path.write_text(text, encoding="utf-8", newline="")
    return load_suite(str(path))


@settings(max_examples=tries(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suite=SUITES, is_ascii=st.booleans())
def test_a_suite_written_as_yaml_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, suite: Suite, is_ascii: bool
) -> None:
    content = {"title": "mine", "items": [written(case) for case in suite.cases]}
    text = yaml.safe_dump(content, allow_unicode=not is_ascii, sort_keys=False)
    assert read_back(tmp_path_factory, "mine.yaml", text) == suite


@settings(max_examples=tries(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suite=SUITES, is_ascii=st.booleans(), end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_a_suite_written_as_json_lines_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, suite: Suite, is_ascii: bool, end: str
) -> None:
    text = end.join(json.dumps(written(case), ensure_ascii=is_ascii) for case in suite.cases)
    assert read_back(tmp_path_factory, "mine.jsonl", text) == suite


@settings(max_examples=tries(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suite=TABLES, end=st.sampled_from(["\n", "\r\n"]), mark=st.sampled_from(["", "\ufeff"]))
def test_a_suite_written_as_a_table_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, suite: Suite, end: str, mark: str
) -> None:
    table = io.StringIO(newline="")
    columns = ["id", "question", "category", "language", "reference", "criteria", "good", "bad", "defect"]
    writer = csv.DictWriter(table, columns, lineterminator=end)
    writer.writeheader()
    for case in suite.cases:
        claims = [f"{'! ' * one.critical}{'- ' * one.negative}{one.claim}" for one in case.criteria]
        writer.writerow({**written(case), "category": case.category, "criteria": "\n".join(claims)})
    assert read_back(tmp_path_factory, "mine.csv", mark + table.getvalue()) == suite


def test_only_a_question_is_required(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question\nWhy?\n")
    (case,) = load_suite(str(path)).cases
    assert case == Case(question="Why?", id=case.id, category="general")
    assert not case.is_judged
    assert case.id == Case(question=" Why?\r\n").id != Case(question="How?").id


def test_an_item_is_judged_by_its_criteria_and_an_answer_to_compare_with() -> None:
    assert JUDGED.is_judged
    assert JUDGED.has_own_anchors
    assert not unlike(JUDGED, criteria=()).is_judged
    for name in ("good", "bad"):
        bare = unlike(JUDGED, **{name: None})
        assert bare.is_judged
        assert not bare.has_own_anchors
    with pytest.raises(ValidationError, match="no_anchor"):
        unlike(JUDGED, reference=None, good=None)


def test_a_fault_is_judged_only_with_an_answer_that_has_it() -> None:
    with pytest.raises(ValidationError, match="no_bad"):
        unlike(JUDGED, bad=None, criteria=(Criterion(claim="It is rude.", negative=True),))


@pytest.mark.parametrize(
    "change",
    [
        {"question": "What are 4 % of 1400?"},
        {"language": None},
        {"reference": "43"},
        {"criteria": (Criterion(claim="The answer gives 42."),)},
        {"checks": Checks(numbers=(42,))},
        {"good": "Forty-two: 42."},
        {"bad": "420"},
    ],
)
def test_what_can_change_a_verdict_changes_the_hash_of_a_case(change: dict[str, object]) -> None:
    assert unlike(JUDGED, **change).sha256 != JUDGED.sha256


@pytest.mark.parametrize("change", [{"cuts": ()}, {"id": "other"}, {"category": "writing"}, {"defect": None}])
def test_names_and_cuts_do_not_change_the_hash_of_a_case(change: dict[str, object]) -> None:
    assert unlike(JUDGED, **change).sha256 == JUDGED.sha256


def test_the_hash_of_a_suite_is_that_of_its_cases_in_any_order() -> None:
    other = Case(question="Why?")
    one, two = (
        Suite(name=name, title=name, cases=cases)
        for name, cases in {"a": (JUDGED, other), "b": (other, JUDGED)}.items()
    )
    assert one.sha256 == two.sha256
    assert one.sha256 != Suite(name="a", title="a", cases=(JUDGED,)).sha256
    assert one.sha256 != Suite(name="a", title="a", cases=(unlike(JUDGED, id="x"), other)).sha256


def test_a_suite_inside_another_value_survives_json() -> None:
    class Holder(Value):
        suite: Suite

    case = unlike(JUDGED, checks=Checks(json=True, numbers=(42, 3.5)))
    holder = Holder(suite=Suite(name="mine", title="Mine", cases=(case,)))
    assert Holder.model_validate_json(holder.model_dump_json()) == holder
    assert Holder(**holder.model_dump()) == holder


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(SuiteError) as error:
        load_suite("reveiw")
    assert suite_refusal(error.value, "en") == (
        "'reveiw' is not a suite; did you mean review? use one of quick, review, ko, en, full, "
        "or a path that ends in .yaml, .yml, .jsonl, .json, .csv, .tsv"
    )


def test_a_suite_is_named_in_its_file_or_by_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("suite: ours\ntitle: Our questions\nitems:\n- question: Why?\n")
    (tmp_path / "plain.yml").write_text("items:\n- question: Why?\n")
    ours, plain = (load_suite(str(tmp_path / name)) for name in ("mine.yaml", "plain.yml"))
    assert (ours.name, ours.title) == ("ours", "Our questions")
    assert (plain.name, plain.title) == ("plain", "plain")
    assert ours.sha256 == plain.sha256


@pytest.fixture(scope="module")
def here() -> dict[str, Suite]:
    return {suite.name: suite for suite in shipped()}


def test_every_shipped_suite_loads_by_its_name(here: dict[str, Suite]) -> None:
    assert tuple(here) == SUITE_NAMES
    assert load_suite("quick") == here["quick"]
    assert load_suite("en") == here["en"]


def test_the_cuts_alternate_between_the_languages(here: dict[str, Suite]) -> None:
    for name, count in (("quick", 4), ("review", 20)):
        cases = here[name].cases
        assert [case.language for case in cases] == ["ko", "en"] * (count // 2)
        assert all(name in case.cuts for case in cases)


def test_each_language_has_enough_items_of_enough_kinds(here: dict[str, Suite]) -> None:
    for language in ("ko", "en"):
        cases = here[language].cases
        assert len(cases) >= 40
        assert {case.language for case in cases} == {language}
        assert len({case.category for case in cases}) >= 6
    assert {case.id for case in here["full"].cases} == {case.id for name in ("ko", "en") for case in here[name].cases}
    assert len({case.id for case in here["full"].cases}) == len(here["full"].cases)


def test_every_shipped_item_is_judged_and_its_good_answer_passes_its_checks(here: dict[str, Suite]) -> None:
    for case in here["full"].cases:
        assert case.is_judged, case.id
        assert case.good is not None
        failed = [result for result in run_checks(case.checks, case.good) if not result.passed]
        assert not failed, f"{case.id}: {failed}"
