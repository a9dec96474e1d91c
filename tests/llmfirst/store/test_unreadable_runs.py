"""Runs that are stored and cannot be read: they are named, kept as they are, and in nobody's way."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llmfirst.answer import fold
from llmfirst.errors import RunUnknown, RunUnreadable
from llmfirst.events import AnswerFinished, PartlyRead
from llmfirst.store import RunStore, open_database
from tests.broken_disk import PARTLY_READABLE, UNREADABLE, spoil
from tests.llmfirst.store.test_runs import begun

END = AnswerFinished(elapsed_seconds=1, outcome="complete")
EVERY = PARTLY_READABLE | UNREADABLE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(open_database(tmp_path))
    yield opened
    opened.close()


def rows(folder: Path, run_id: str = "a") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "llmfirst.db")) as database:
        runs = database.execute("SELECT * FROM runs WHERE run_id = ?", [run_id]).fetchall()
        bodies = "SELECT position, CAST(body AS BLOB) FROM events WHERE run_id = ? ORDER BY position"
        return runs + database.execute(bodies, [run_id]).fetchall()


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_run_without_its_question_is_named_to_its_owner_and_kept(tmp_path: Path, store: RunStore, how: str) -> None:
    store.append("a", 0, [*begun("a"), END], "alice")
    spoil(tmp_path, UNREADABLE[how], "a")
    before = rows(tmp_path)
    with pytest.raises(RunUnreadable, match=r"The run a cannot be read .*: it stays"):
        store.load("a", "alice")
    with pytest.raises(RunUnknown) as refused:
        store.load("a", "bob")
    assert not isinstance(refused.value, RunUnreadable)
    assert rows(tmp_path) == before


@pytest.mark.parametrize("how", PARTLY_READABLE)
def test_of_a_run_with_a_spoilt_event_the_rest_is_read(tmp_path: Path, store: RunStore, how: str) -> None:
    told = begun("a")
    store.append("a", 0, [*told, *told[1:], END])
    spoil(tmp_path, PARTLY_READABLE[how], "a")
    before = rows(tmp_path)
    run = store.load("a")
    answer = fold(run.events)
    assert answer.submitted == told[0]
    assert answer.text("core") == "하늘\u0000\u2028"
    assert isinstance(answer.end, PartlyRead)
    assert 1 <= run.unreadable == answer.end.unreadable <= 2
    assert rows(tmp_path) == before


def test_an_ended_run_without_its_end_says_so(tmp_path: Path, store: RunStore) -> None:
    store.append("a", 0, [*begun("a"), END])
    spoil(tmp_path, "DELETE FROM events WHERE run_id = 'a' AND position = 3")
    assert store.load("a").events == (*begun("a"), PartlyRead(elapsed_seconds=0.2, unreadable=1))


@pytest.mark.parametrize("how", EVERY)
def test_an_open_run_that_cannot_be_read_stays_and_keeps_no_other_from_being_ended(
    tmp_path: Path, store: RunStore, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.append("a", 0, begun("a"))
    spoil(tmp_path, EVERY[how], "a")
    before = rows(tmp_path)
    store.append("b", 0, begun("b"))
    assert store.end_broken_runs() == 1
    assert store.load("b").is_broken
    assert rows(tmp_path) == before
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "run a cannot be read" in record.getMessage()
