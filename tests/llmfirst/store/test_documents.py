import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from llmfirst.events import answer_events
from llmfirst.store import DocumentStore, RunStore, open_database
from llmfirst.store.tables import documents
from tests.llmfirst.store.test_rates import OLD_EVENTS, old_database


@pytest.fixture
def kept(database: sa.Engine) -> DocumentStore:
    return DocumentStore(database)


def test_a_document_is_found_by_its_collection_and_key(kept: DocumentStore) -> None:
    kept.put("one", "a", '{"text": "왜?\u2028"}')
    kept.put("other", "a", "2")
    assert kept.get("one", "a") == '{"text": "왜?\u2028"}'
    assert kept.get("other", "a") == "2"
    assert (kept.get("one", "b"), kept.get("none", "a")) == (None, None)


def test_an_empty_document_is_one(kept: DocumentStore) -> None:
    kept.put("one", "a", "")
    assert kept.get("one", "a") == ""
    assert kept.all("one") == {"a": ""}


def test_keeping_again_replaces_and_leaves_its_place(kept: DocumentStore) -> None:
    for key, body in (("b", "1"), ("a", "2"), ("c", "3"), ("b", "4"), ("b", "4")):
        kept.put("one", key, body)
    assert list(kept.all("one").items()) == [("b", "4"), ("a", "2"), ("c", "3")]
    assert kept.all("none") == {}


def test_several_documents_are_kept_and_found_together_and_only_those_that_are_asked_for(kept: DocumentStore) -> None:
    kept.put("one", "a", "1")
    kept.put_all({("one", "a"): "2", ("one", "b"): "3", ("two", "c"): "4"})
    assert kept.some("one", ["a", "b", "c", "d"]) == {"a": "2", "b": "3"}
    assert kept.some("one", []) == {}
    assert kept.all("one") == {"a": "2", "b": "3"}


def test_what_is_removed_is_gone_and_what_comes_after_stands_last(kept: DocumentStore) -> None:
    for key in "abc":
        kept.put("one", key, key)
    kept.remove("one", "c")
    kept.remove("one", "a")
    kept.remove("one", "nothing")
    kept.remove("other", "b")
    kept.put("one", "a", "again")
    assert list(kept.all("one").items()) == [("b", "b"), ("a", "again")]


def test_collections_are_removed_whole_and_the_others_stay(kept: DocumentStore) -> None:
    kept.put_all({("a", "1"): "x", ("a", "2"): "x", ("b", "1"): "x", ("c", "1"): "x"})
    kept.remove_all(["a", "c"])
    assert (kept.all("a"), kept.all("b"), kept.all("c")) == ({}, {"1": "x"}, {})


def test_the_instant_of_keeping_is_kept_in_utc(kept: DocumentStore, database: sa.Engine) -> None:
    kept.put("one", "a", "1")
    with database.connect() as connection:
        kept_at = connection.scalars(sa.select(documents.c.kept_at)).one()
    assert abs(datetime.now(UTC) - kept_at.replace(tzinfo=UTC)) < timedelta(minutes=1)  # SQLite keeps no zone


def test_many_threads_keep_many_documents_and_none_is_lost(kept: DocumentStore) -> None:
    def work(thread: int) -> None:
        for number in range(5):
            kept.put("one", f"{thread}-{number}", "1")
            kept.put("one", "shared", f"{thread}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert len(kept.all("one")) == 4 * 5 + 1


def test_what_was_kept_survives_a_killed_program(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from llmfirst.store import DocumentStore, open_database;"
        "DocumentStore(open_database(pathlib.Path(sys.argv[1]))).put('one', 'a', '1'); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == -9
    database = open_database(tmp_path)
    assert DocumentStore(database).all("one") == {"a": "1"}
    database.dispose()


def test_a_database_without_documents_is_brought_up_to_date_and_keeps_its_runs(tmp_path: Path) -> None:
    old_database(tmp_path)
    database = open_database(tmp_path)
    assert len(RunStore(database).load("old").events) == len(OLD_EVENTS)
    assert answer_events.validate_json(OLD_EVENTS[0]) == RunStore(database).load("old").events[0]
    DocumentStore(database).put("one", "a", "1")
    assert DocumentStore(database).all("one") == {"a": "1"}
    database.dispose()


def test_a_migrated_database_has_the_table_that_the_program_declares(database: sa.Engine) -> None:
    found = {column["name"]: column["nullable"] for column in sa.inspect(database).get_columns("documents")}
    assert found == {column.name: bool(column.nullable) for column in documents.columns}
    unique = sa.inspect(database).get_unique_constraints("documents")
    assert [one["column_names"] for one in unique] == [["collection", "key"]]


def test_postgresql_takes_the_table_and_counts_by_itself() -> None:
    made = " ".join(str(CreateTable(documents).compile(dialect=sa.make_url("postgresql://").get_dialect()())).split())
    assert "number SERIAL NOT NULL" in made
    assert "kept_at TIMESTAMP WITH TIME ZONE NOT NULL" in made
    assert "UNIQUE (collection, key)" in made
