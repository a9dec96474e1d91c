import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from llmfirst.errors import RunUnknown, SetupError
from llmfirst.events import AnswerEvent, AnswerFinished, PhaseStarted, QuestionSubmitted, TextAdded
from llmfirst.store import RunStore, open_database
from llmfirst.store.tables import metadata


def begun(run_id: str, *, model: str = "m", minute: int = 0) -> list[AnswerEvent]:
    submitted = QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question="왜 \u202eאבג 🙂?",
        language="ko",
        provider="embedded",
        model=model,
        model_digest=None,
        deadline_seconds=120,
        submitted_at=datetime(2026, 11, 23, 10, minute, tzinfo=UTC),
    )
    started = PhaseStarted(elapsed_seconds=0.1, phase="core")
    return [submitted, started, TextAdded(elapsed_seconds=0.2, phase="core", text="하늘\u0000\u2028", call_id="1")]


def test_events_come_back_as_they_were(store: RunStore) -> None:
    events = begun("a")
    store.append("a", 0, events[:2])
    store.append("a", 2, events[2:])
    assert list(store.load("a").events) == events


def test_an_unknown_run_is_an_error(store: RunStore) -> None:
    with pytest.raises(RunUnknown):
        store.load("nobody")


def test_a_run_that_a_dead_program_left_open_is_ended_and_keeps_its_text(store: RunStore) -> None:
    store.append("a", 0, begun("a"))
    store.append("b", 0, [*begun("b"), AnswerFinished(elapsed_seconds=1, outcome="complete")])
    assert store.end_broken_runs() == 1
    *kept, end = store.load("a").events
    assert kept == begun("a")
    assert isinstance(end, AnswerFinished)
    assert end.outcome == "interrupted"
    assert store.end_broken_runs() == 0


def test_the_last_model_is_that_of_the_newest_question(store: RunStore) -> None:
    store.append("a", 0, begun("a", model="old", minute=1))
    store.append("b", 0, begun("b", model="new", minute=2))
    assert store.last_model("embedded") == "new"
    assert store.last_model("ollama") is None


def test_what_was_stored_survives_a_killed_program(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from tests.llmfirst.store.test_runs import begun;"
        "from llmfirst.store import RunStore, open_database;"
        "RunStore(open_database(pathlib.Path(sys.argv[1]))).append('a', 0, begun('a')); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == -9
    store = RunStore(open_database(tmp_path))
    assert list(store.load("a").events) == begun("a")
    store.close()


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    database = open_database(tmp_path)

    def is_described(name: str | None, *_: object) -> bool:
        return not str(name).startswith(("run_search", "run_terms"))  # virtual tables

    with database.connect() as connection:
        migrated = MigrationContext.configure(connection, opts={"include_name": is_described})
        differences = compare_metadata(migrated, metadata)
    database.dispose()
    assert differences == []


def test_a_database_newer_than_the_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    before = (tmp_path / "llmfirst.db").read_bytes()
    with pytest.raises(SetupError, match="newer llmfirst"):
        open_database(tmp_path)
    assert (tmp_path / "llmfirst.db").read_bytes() == before


@pytest.mark.parametrize("name", ["a%b", "a%20b", "a?b", "a#b", "a b", "한글", "a%(x)s"])
def test_the_database_lies_in_the_data_directory_whatever_its_name(tmp_path: Path, name: str) -> None:
    open_database(tmp_path / name).dispose()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "llmfirst.db").is_file()


def test_a_data_directory_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SetupError, match="--data-dir"):
        open_database(tmp_path / "file" / "below")


def test_a_file_that_is_no_database_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "llmfirst.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(SetupError, match=r"llmfirst\.db cannot be used"):
        open_database(tmp_path)
