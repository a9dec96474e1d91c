"""Suites that are written in the page: kept as they are, seen by their owners alone, used only when they are whole."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evals.suite.cases import MAX_ITEMS, Case, load_suite
from evals.suite.problems import SuiteError
from evals.suite.shelf import Fields, KeptSuite, Shelf, SuiteGone
from llmfirst.store import DocumentStore, open_database

WHY: Fields = {"question": "Why?"}


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[DocumentStore]:
    database = open_database(tmp_path)
    yield DocumentStore(database)
    database.dispose()


@pytest.fixture
def shelf(documents: DocumentStore) -> Shelf:
    return Shelf(documents, "alice")


def problems(kept: KeptSuite, number: int) -> list[tuple[str, tuple[str | int, ...]]]:
    found = list(kept.findings.values())[number - 1]
    return [] if isinstance(found, Case) else [(one.kind, one.spot) for one in found]


def test_what_is_half_written_is_kept_and_what_is_wrong_is_told_at_its_field(shelf: Shelf) -> None:
    suite_id = shelf.add("  My \n suite ", [WHY, {"question": "  "}])
    wrong = {"question": "How many?", "criteria": [{"claim": "Seven."}, {"claim": ""}], "checks": {"numbers": ["x"]}}
    item_id = shelf.add_item(suite_id, wrong)
    kept = shelf.load(suite_id)
    assert (kept.title, len(kept.items)) == ("My suite", 3)
    assert kept.item(item_id).fields == wrong
    assert problems(kept, 1) == []
    assert problems(kept, 2) == [("empty_field", ("question",))]
    assert problems(kept, 3) == [
        ("empty_field", ("criteria", 1, "claim")),
        ("no_number", ("checks", "numbers", 0)),
    ]
    assert kept.unfinished == (2, 3)
    with pytest.raises(SuiteError) as refused:
        kept.whole()
    (problem,) = refused.value.problems
    assert (problem.kind, problem.values) == ("unfinished", {"title": "My suite", "count": 2, "first": 2})
    assert [case.question for case in kept.finished_part().cases] == ["Why?"]


def test_two_items_of_one_question_or_one_id_are_told_apart_first(shelf: Shelf) -> None:
    named = {"question": "How?", "id": "one"}
    kept = shelf.load(shelf.add("own", [WHY, WHY, named, {"question": "What?", "id": "one"}]))
    assert problems(kept, 2) == [("question_of_other", ("question",))]
    assert problems(kept, 4) == [("id_of_other", ("id",))]
    other = shelf.write(kept.suite_id, kept.items[1].item_id, {**WHY, "id": "two"})
    assert problems(other, 2) == []
    assert other.findings == shelf.load(kept.suite_id).findings


def test_a_copy_of_a_shipped_suite_is_whole_and_of_ones_own(shelf: Shelf) -> None:
    quick = load_suite("quick")
    suite_id = shelf.add_copy(quick, "Mine")
    own = shelf.load(suite_id).whole()
    assert [case.sha256 for case in own.cases] == [case.sha256 for case in quick.cases]
    assert {case.cuts for case in own.cases} == {()}
    first = shelf.load(suite_id).items[0].item_id
    shelf.delete_item(suite_id, first)
    assert len(shelf.load(suite_id).items) == len(quick.cases) - 1
    assert load_suite("quick") == quick


def test_suites_are_listed_renamed_and_deleted_with_all_that_is_in_them(shelf: Shelf, documents: DocumentStore) -> None:
    older, newer = shelf.add("older", [WHY]), shelf.add("newer", [])
    shelf.rename(older, "the older one")
    assert [one.title for one in shelf.all()] == ["newer", "the older one"]
    shelf.delete(older)
    assert [one.suite_id for one in shelf.all()] == [newer]
    assert documents.all(f"suite-items:{older}") == {}
    for title in ("", "  ", "x" * 201, "a\x00b"):
        with pytest.raises(SuiteError):
            shelf.rename(newer, title)
    with pytest.raises(SuiteError):
        shelf.load(newer).whole()  # it has no item yet


@pytest.mark.parametrize(
    "act",
    [
        lambda shelf, suite, item: shelf.load(suite),
        lambda shelf, suite, item: shelf.rename(suite, "his"),
        lambda shelf, suite, item: shelf.delete(suite),
        lambda shelf, suite, item: shelf.add_item(suite, WHY),
        lambda shelf, suite, item: shelf.write(suite, item, WHY),
        lambda shelf, suite, item: shelf.delete_item(suite, item),
    ],
)
def test_anothers_suite_is_as_one_that_never_was(
    shelf: Shelf, documents: DocumentStore, act: Callable[[Shelf, str, str], None]
) -> None:
    suite_id = shelf.add("hers", [WHY])
    item_id = shelf.load(suite_id).items[0].item_id
    before = shelf.load(suite_id)
    bob = Shelf(documents, "bob")
    assert bob.all() == ()
    with pytest.raises(SuiteGone):
        act(bob, suite_id, item_id)
    assert shelf.load(suite_id) == before


def test_a_suite_has_as_many_items_as_a_file_may_have(shelf: Shelf) -> None:
    many = [{"question": f"Question {number}?"} for number in range(MAX_ITEMS)]
    suite_id = shelf.add("large", many)
    assert len(shelf.load(suite_id).whole().cases) == MAX_ITEMS
    with pytest.raises(SuiteError) as one_more:
        shelf.add_item(suite_id, WHY)
    with pytest.raises(SuiteError) as too_large:
        shelf.add("too large", [*many, WHY])
    assert [one.kind for refused in (one_more, too_large) for one in refused.value.problems] == ["item_count"] * 2


def test_what_is_no_text_is_kept_until_it_is_corrected(shelf: Shelf) -> None:
    fields = {"question": "half \ud83d a pair and \x00"}
    suite_id = shelf.add("own", [fields])
    kept = shelf.load(suite_id)
    assert kept.items[0].fields == fields
    assert problems(kept, 1) == [("sign_in_field", ("question",))]
