"""Open and migrate the database."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from llmfirst.errors import SetupError

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(data_dir: Path) -> sa.Engine:
    """Open `llmfirst.db` in the data directory, create it if it is missing, and migrate it to the newest schema.

    Raises SetupError if it cannot be used or was written by a newer version of the program.
    """
    path = data_dir / "llmfirst.db"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        url = sa.URL.create("sqlite", database=str(path))  # in a written URL ? and % mean something else
        database = sa.create_engine(url, connect_args={"timeout": 10}, hide_parameters=True)
        sa.event.listen(database, "connect", _prepare)
        _migrate(database, path)
    except OSError as error:
        raise SetupError(
            f"The data directory {data_dir} is not writable ({error.strerror or error}): "
            "choose another one with --data-dir or LLMFIRST_DATA_DIR."
        ) from error
    except sa.exc.DatabaseError as error:
        raise SetupError(
            f"The database {path} cannot be used ({error.orig}): free disk space, correct its permissions, "
            "or move the file away."
        ) from error
    return database


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    # WAL: readers never wait for the writer. With NORMAL a killed process loses nothing.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(database: sa.Engine, path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    with database.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise SetupError(
                f"The database {path} was written by a newer llmfirst: update the program, "
                "or start with another --data-dir."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
