import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.schema import CreateTable

from llmfirst import store
from llmfirst.errors import SetupError
from llmfirst.store import RateStore, RunStore, open_database
from llmfirst.store.tables import rates

# As a program of migration 0001 wrote them: a later one has to read these very words.
OLD_EVENTS = (
    '{"elapsed_seconds":0.0,"type":"question_submitted","run_id":"old","question":"왜?","language":"ko",'
    '"provider":"embedded","model":"m","model_digest":null,"deadline_seconds":120.0,'
    '"submitted_at":"2026-11-23T10:00:00Z"}',
    '{"elapsed_seconds":0.1,"type":"state_changed","state":"queued","ahead":0}',
    '{"elapsed_seconds":0.2,"type":"admitted"}',
    '{"elapsed_seconds":0.2,"type":"phase_started","phase":"core"}',
    '{"elapsed_seconds":0.3,"type":"text_added","phase":"core","text":"하늘","call_id":"1"}',
    '{"elapsed_seconds":0.4,"type":"phase_finished","phase":"core","ending":"stop"}',
    '{"elapsed_seconds":0.5,"type":"answer_finished","outcome":"complete","detail":null}',
)


def old_database(data_dir: Path) -> None:
    """Make a database of migration 0001 with one run in it."""
    migrations = Config()
    migrations.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    database = sa.create_engine(f"sqlite:///{data_dir / 'llmfirst.db'}")
    with database.begin() as connection:
        migrations.attributes["connection"] = connection
        command.upgrade(migrations, "0001")
        connection.execute(
            sa.text("INSERT INTO runs VALUES ('old', '2026-11-23 10:00:00.000000', '왜?', 'embedded', 'm', 1)")
        )
        connection.execute(
            sa.text("INSERT INTO events VALUES ('old', :position, :body)"),
            [{"position": position, "body": body} for position, body in enumerate(OLD_EVENTS)],
        )
    database.dispose()


def tables_of(database: sa.Engine) -> set[str]:
    return set(sa.inspect(database).get_table_names())


def test_a_new_database_has_no_rates(database: sa.Engine) -> None:
    assert RateStore(database).load() == {}


def test_rates_are_there_after_reopening(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    RateStore(database).keep("embedded/m/2 threads, 1 slot", '{"decode": 9.5}')
    RateStore(database).keep("ollama/모델/gpu at http://127.0.0.1:11434", '{"decode": 80}')
    database.dispose()
    database = open_database(tmp_path)
    assert RateStore(database).load() == {
        "embedded/m/2 threads, 1 slot": '{"decode": 9.5}',
        "ollama/모델/gpu at http://127.0.0.1:11434": '{"decode": 80}',
    }
    database.dispose()


def test_keeping_again_replaces_and_leaves_the_other_keys_alone(database: sa.Engine) -> None:
    kept = RateStore(database)
    kept.keep("a", "1")
    kept.keep("b", "2")
    kept.keep("a", "3")
    kept.keep("a", "3")
    assert kept.load() == {"a": "3", "b": "2"}


def test_the_instant_of_the_measurement_is_kept_in_utc(database: sa.Engine) -> None:
    RateStore(database).keep("a", "1")
    with database.connect() as connection:
        measured_at = connection.scalars(sa.select(rates.c.measured_at)).one()
    assert abs(datetime.now(UTC) - measured_at.replace(tzinfo=UTC)) < timedelta(minutes=1)  # SQLite keeps no zone


def test_what_was_kept_survives_a_killed_program(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from llmfirst.store import RateStore, open_database;"
        "RateStore(open_database(pathlib.Path(sys.argv[1]))).keep('a', '1'); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == -9
    database = open_database(tmp_path)
    assert RateStore(database).load() == {"a": "1"}
    database.dispose()


def test_a_database_without_rates_is_brought_up_to_date_and_keeps_its_runs(tmp_path: Path) -> None:
    old_database(tmp_path)
    database = open_database(tmp_path)
    assert tables_of(database) >= {"runs", "events", "rates"}
    run = RunStore(database).load("old")
    assert [event.type for event in run.events] == [
        "question_submitted",
        "state_changed",
        "admitted",
        "phase_started",
        "text_added",
        "phase_finished",
        "answer_finished",
    ]
    assert RunStore(database).last_model("embedded") == "m"
    RateStore(database).keep("a", "1")
    assert RateStore(database).load() == {"a": "1"}
    database.dispose()


def test_a_newer_database_with_rates_is_refused(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    RateStore(database).keep("a", "1")
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0003-of-a-later-program'"))
    database.dispose()
    with pytest.raises(SetupError, match="newer llmfirst"):
        open_database(tmp_path)


def test_postgresql_takes_the_table_and_keeps_the_zone() -> None:
    made = " ".join(str(CreateTable(rates).compile(dialect=sa.make_url("postgresql://").get_dialect()())).split())
    assert "key TEXT NOT NULL" in made
    assert "measured_at TIMESTAMP WITH TIME ZONE NOT NULL" in made
