"""The history of runs: listed, filtered and paged by the database, pinned, rated, deleted; old databases are filled."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.errors import RunInProgress, RunUnknown
from llmfirst.events import Admitted, AnswerEvent, AnswerFailed, Language, QuestionSubmitted
from llmfirst.store import RunEntry, RunFilter, RunStore, open_database
from llmfirst.store.tables import events
from tests.old_database import lay_old_database
from tests.postgres import new_database
from tests.run_events import REPLIES, told

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANYTHING = RunFilter(is_background=None)


def submitted(
    run_id: str,
    *,
    minute: int = 0,
    model: str = "m",
    language: Language = "ko",
    parent: str | None = None,
) -> QuestionSubmitted:
    return QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question="왜?",
        language=language,
        provider="embedded",
        model=model,
        model_digest="sha256:0123",
        deadline_seconds=120,
        submitted_at=NOON + timedelta(minutes=minute),
        parent_run_id=parent,
    )


def answered(asked: QuestionSubmitted) -> list[AnswerEvent]:
    return [asked, Admitted(elapsed_seconds=0.5), *told(*REPLIES)]


def keep(store: RunStore, asked: QuestionSubmitted, owner: str = "local", *, is_background: bool = False) -> None:
    store.append(asked.run_id, 0, answered(asked), owner, is_background=is_background)


def ids(entries: tuple[RunEntry, ...]) -> list[str]:
    return [entry.run_id for entry in entries]


def listed(store: RunStore, asked: RunFilter, owner: str = "local") -> list[str]:
    found = store.page(asked, owner)
    assert store.count(asked, owner) == len(found.entries)
    return ids(found.entries)


def test_an_ended_run_is_listed_with_its_figures(store: RunStore) -> None:
    asked = submitted("a", language="en")
    events = answered(asked)
    store.append("a", 0, events[:3])
    (open_run,) = store.page(RunFilter(), "local").entries
    assert (open_run.has_ended, open_run.outcome, open_run.total_seconds) == (False, None, None)
    store.append("a", 3, events[3:])
    entry = store.entry("a", "local")
    assert (entry.question, entry.model, entry.model_digest, entry.language) == ("왜?", "m", "sha256:0123", "en")
    assert (entry.submitted_at, entry.deadline_seconds) == (NOON, 120)
    assert (entry.admitted_seconds, entry.first_text_seconds, entry.total_seconds) == (0.5, 1, 9)
    assert (entry.outcome, entry.conversation_id, entry.parent_run_id) == ("complete", "a", None)
    store.append("b", 0, [submitted("b"), AnswerFailed(elapsed_seconds=3, code="refused", message="no")])
    failed = store.entry("b", "local")
    assert (failed.outcome, failed.total_seconds, failed.first_text_seconds) == ("failed", 3, None)


def test_pages_follow_each_other_without_a_gap_even_within_one_moment(store: RunStore) -> None:
    for number in range(5):
        keep(store, submitted(f"{number}", minute=min(number, 2)))
    first = store.page(RunFilter(), "local", limit=2)
    second = store.page(RunFilter(), "local", following=first.following, limit=2)
    keep(store, submitted("newer", minute=9))
    third = store.page(RunFilter(), "local", following=second.following, limit=2)
    assert [ids(page.entries) for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.following is None


def test_the_filters_restrict_to_what_they_say(store: RunStore) -> None:
    keep(store, submitted("a", model="one"))
    keep(store, submitted("b", minute=1, language="en"))
    store.append("c", 0, [submitted("c", minute=2), AnswerFailed(elapsed_seconds=3, code="refused", message="no")])
    keep(store, submitted("d", minute=3), is_background=True)
    keep(store, submitted("e", minute=4), "alice")
    store.pin("a", "local", pinned=True)
    store.rate("b", "local", 1, "잘 썼다")
    store.rate("c", "local", -1)
    assert listed(store, RunFilter()) == ["c", "b", "a"]
    assert listed(store, ANYTHING) == ["d", "c", "b", "a"]
    assert listed(store, RunFilter(is_background=True)) == ["d"]
    assert listed(store, RunFilter(model="one")) == ["a"]
    assert listed(store, RunFilter(language="en")) == ["b"]
    assert listed(store, RunFilter(outcome="failed")) == ["c"]
    assert listed(store, RunFilter(rating=1)) == ["b"]
    assert listed(store, RunFilter(rating=-1)) == ["c"]
    assert listed(store, RunFilter(pinned=True)) == ["a"]
    assert listed(store, RunFilter(since=NOON + timedelta(minutes=1))) == ["c", "b"]
    assert listed(store, RunFilter(before=NOON + timedelta(minutes=1))) == ["a"]
    assert listed(store, RunFilter(), "alice") == ["e"]
    assert store.models("local") == ["m", "one"]


def test_a_rating_has_words_and_can_be_taken_back(store: RunStore) -> None:
    keep(store, submitted("a"))
    store.rate("a", "local", -1, "too long")
    assert (store.entry("a", "local").rating, store.entry("a", "local").rating_words) == (-1, "too long")
    store.rate("a", "local", None)
    assert (store.entry("a", "local").rating, store.entry("a", "local").rating_words) == (None, None)


def test_the_follow_ups_of_a_question_are_one_conversation(store: RunStore) -> None:
    keep(store, submitted("a"))
    keep(store, submitted("b", minute=1))
    keep(store, submitted("c", minute=2, parent="a"))
    keep(store, submitted("d", minute=3, parent="c"))
    keep(store, submitted("stranger", minute=4, parent="a"), "alice")
    assert ids(store.conversation("c", "local")) == ["a", "c", "d"]
    assert ids(store.conversation("stranger", "alice")) == ["stranger"]
    store.delete("a", "local")
    assert ids(store.conversation("d", "local")) == ["c", "d"]
    keep(store, submitted("e", minute=5, parent="a"))
    assert ids(store.conversation("e", "local")) == ["e"]


def test_a_deleted_run_is_gone_with_its_events(store: RunStore, database: sa.Engine) -> None:
    keep(store, submitted("a"))
    keep(store, submitted("b", minute=1))
    store.delete("a", "local")
    with pytest.raises(RunUnknown):
        store.load("a")
    with database.connect() as connection:
        assert connection.scalars(sa.select(events.c.run_id).distinct()).all() == ["b"]


def test_what_is_in_progress_or_an_evaluations_is_not_deleted(store: RunStore) -> None:
    store.append("open", 0, [submitted("open")])
    keep(store, submitted("asked", minute=1), is_background=True)
    with pytest.raises(RunInProgress, match="stop it"):
        store.delete("open", "local")
    with pytest.raises(RunUnknown):
        store.delete("asked", "local")
    assert store.delete_before(NOON + timedelta(days=1), "local", with_pinned=True) == 0
    assert ids(store.page(ANYTHING, "local").entries) == ["asked", "open"]


def test_deleting_all_before_a_date_keeps_the_pinned_ones_unless_told(store: RunStore) -> None:
    for number in range(4):
        keep(store, submitted(f"{number}", minute=number))
    keep(store, submitted("other"), "alice")
    store.pin("1", "local", pinned=True)
    until = NOON + timedelta(minutes=3)
    assert store.delete_before(until, "local") == 2
    assert listed(store, RunFilter()) == ["3", "1"]
    assert store.delete_before(until, "local", with_pinned=True) == 1
    assert listed(store, RunFilter()) == ["3"]
    assert listed(store, RunFilter(), "alice") == ["other"]


def test_many_old_runs_are_deleted_in_short_transactions(store: RunStore) -> None:
    for number in range(4):
        keep(store, submitted(f"{number}"))
    keep(store, submitted("new", minute=1))
    assert store.delete_before(NOON + timedelta(minutes=1), "local", at_once=2) == 4
    assert listed(store, RunFilter()) == ["new"]


def test_nobody_changes_the_run_of_another_owner(store: RunStore) -> None:
    keep(store, submitted("a"))
    for change in (
        lambda: store.entry("a", "bob"),
        lambda: store.pin("a", "bob", pinned=True),
        lambda: store.rate("a", "bob", 1),
        lambda: store.delete("a", "bob"),
        lambda: store.conversation("a", "bob"),
    ):
        with pytest.raises(RunUnknown):
            change()
    entry = store.entry("a", "local")
    assert (entry.pinned, entry.rating) == (False, None)


def test_a_database_of_before_is_filled_from_its_events(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_old_database(tmp_path)
    with caplog.at_level(logging.INFO):
        store = RunStore(open_database(tmp_path))
    assert "the history of 6 of 6 stored runs is filled in" in caplog.messages
    entries = {entry.run_id: entry for entry in store.page(ANYTHING, None).entries}
    assert [*entries] == ["spoilt", "same-moment", "asked", "open", "failed", "complete"]
    entry = entries["complete"]
    assert (entry.outcome, entry.language, entry.model_digest) == ("complete", "ko", "sha256:0123")
    assert (entry.admitted_seconds, entry.first_text_seconds, entry.total_seconds) == (0.5, 1, 9)
    assert (entry.deadline_seconds, entry.conversation_id, entry.is_background) == (120, "complete", False)
    assert (entries["failed"].outcome, entries["failed"].total_seconds) == ("failed", 3.5)
    assert (entries["open"].outcome, entries["open"].has_ended, entries["open"].first_text_seconds) == (None, False, 1)
    assert entries["asked"].is_background
    assert (entries["spoilt"].outcome, entries["spoilt"].total_seconds) == (None, None)
    assert fresh_entry(store) == entries["complete"]
    store.close()


def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_old_database(tmp_path)
    before = schema(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.drop_index", _break)  # its last step
        with pytest.raises(KeyboardInterrupt):
            open_database(tmp_path)
    assert schema(tmp_path) == before
    open_database(tmp_path).dispose()


def _break(*_: object) -> None:
    raise KeyboardInterrupt


def schema(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "llmfirst.db")) as stored:
        return stored.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def fresh_entry(store: RunStore) -> RunEntry:
    """Return the entry of the same run, stored by this version."""
    events = store.load("complete").events
    store.delete("complete", "local")
    store.append("complete", 0, events)
    return store.entry("complete", "local")


@pytest.fixture(params=["indexed", "scanned", "postgresql"])
def searched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    """Yield a store on a SQLite that can index trigrams, on one that cannot, and on PostgreSQL."""
    opened = open_database(tmp_path, new_database() if request.param == "postgresql" else None)
    if request.param == "scanned":
        with opened.begin() as connection:
            for statement in (
                "DROP TRIGGER run_texts_added",
                "DROP TRIGGER run_texts_deleted",
                "DROP TABLE run_terms",
                "DROP TABLE run_search",
            ):
                connection.exec_driver_sql(statement)
    store = RunStore(opened)
    yield store
    store.close()


def say(store: RunStore, run_id: str, minute: int, text: str, question: str = "왜?") -> None:
    asked = submitted(run_id, minute=minute).model_copy(update={"question": question})
    store.append(run_id, 0, [asked, *told(("core", text))])


FOUND = {
    "하늘": ["b", "a"],  # two syllables, at the begin of a word
    "늘은": ["a"],  # in the midst of one
    "오로라": ["c"],
    "라": ["c", "a"],
    "끝말": ["c"],  # the very end of the text
    "파란 하늘": ["b", "a"],  # each word anywhere
    "파란 바다": [],
    "\u1112\u1161\u1102\u1173\u11af": ["b", "a"],  # the same word, as some systems compose it
    "RAYLEIGH": ["b"],
    "école": ["b"],
    'say "hi"': ["c"],
    '"': ["c"],
    "100%": ["c"],
    "10_%": [],
    "가나다": ["a"],  # asked for in the question
    "AND": [],
    "*": [],
    "없는 말": [],
}


def test_runs_are_found_by_words_of_question_and_answer(searched: RunStore) -> None:
    say(searched, "a", 0, "하늘은 파란 빛이다", question="가나다라?")
    say(searched, "b", 1, "파란하늘: Rayleigh, ÉCOLE")
    say(searched, "c", 2, 'They say "hi", 100% 오로라\0끝말')
    assert {words: listed(searched, RunFilter(words=words)) for words in FOUND} == FOUND
    assert listed(searched, RunFilter(words="하늘 " + " ".join(f"w{number}" for number in range(3000)))) == []
    assert listed(searched, RunFilter(words="  ")) == ["c", "b", "a"]
    assert listed(searched, RunFilter(words="하늘", before=NOON + timedelta(seconds=1))) == ["a"]
    assert listed(searched, RunFilter(words="하늘"), "alice") == []
    searched.delete("a", "local")
    assert listed(searched, RunFilter(words="하늘")) == ["b"]
    say(searched, "a", 0, "바다")
    assert listed(searched, RunFilter(words="하늘")) == ["b"]


def test_a_run_in_progress_is_found_by_its_question_and_then_by_its_answer_too(searched: RunStore) -> None:
    asked = submitted("a").model_copy(update={"question": "하늘은 왜 파란가요?"})
    searched.append("a", 0, [asked])
    assert listed(searched, RunFilter(words="하늘")) == ["a"]
    assert listed(searched, RunFilter(words="바다")) == []
    searched.append("a", 1, [*told(("core", "바다처럼"))])
    assert listed(searched, RunFilter(words="하늘")) == ["a"]
    assert listed(searched, RunFilter(words="바다")) == ["a"]
    searched.delete("a", "local")
    assert listed(searched, RunFilter(words="하늘")) == []


def test_a_page_of_what_was_found_is_followed_by_the_next(searched: RunStore) -> None:
    for number in range(4):
        say(searched, f"{number}", number, "하늘" if number != 1 else "바다")
    first = searched.page(RunFilter(words="하늘"), "local", limit=2)
    second = searched.page(RunFilter(words="하늘"), "local", limit=2, following=first.following)
    assert [ids(first.entries), ids(second.entries), second.following] == [["3", "2"], ["0"], None]


def test_runs_of_before_become_searchable_bit_by_bit(tmp_path: Path) -> None:
    lay_old_database(tmp_path)
    store = RunStore(open_database(tmp_path))
    assert listed(store, RunFilter(words="계획")) == []
    steps = [store.index_texts(2) for _ in range(4)]
    assert steps == [2, 2, 1, 0]
    assert listed(store, RunFilter(words="계획")) == ["spoilt", "same-moment", "complete"]
    store.close()
