"""Open the database: a file of SQLite in the data directory, or PostgreSQL by its URL."""

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from llmfirst.errors import SetupError, StoreUnavailable
from llmfirst.store.migrating import NewerDatabase, migrate
from llmfirst.store.postgres import open_postgres
from llmfirst.store.tables import metadata

_LOCKED_SECONDS: Final = 1.0
"""How long one statement waits for another process that has locked the database."""


def open_database(data_dir: Path, url: str | None = None) -> sa.Engine:
    """Open PostgreSQL by its URL or, without one, `llmfirst.db` in the data directory; migrate it to the newest schema.

    The file is created if it is missing. Raises SetupError if the database cannot be used or was written by a newer
    version of the program. Later errors of the database are raised as StoreUnavailable.
    """
    return _open_file(data_dir) if url is None else open_postgres(url)


def _open_file(data_dir: Path) -> sa.Engine:
    path = data_dir / "llmfirst.db"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        url = sa.URL.create("sqlite", database=str(path))  # in a written URL ? and % mean something else
        database = sa.create_engine(url, connect_args={"timeout": _LOCKED_SECONDS}, hide_parameters=True)
        sa.event.listen(database, "connect", _prepare)
        # Python's driver would begin after the first new tables
        migrate(database, "BEGIN IMMEDIATE")
    except NewerDatabase as error:
        raise SetupError(
            f"The database {path} was written by a newer llmfirst: update the program, "
            "or start with another --data-dir."
        ) from error
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
    _watch_file(database, path)
    _translate_errors(database, path)
    return database


def open_memory_database() -> sa.Engine:
    """Open a database that is empty and gone with the program, on one connection for all threads."""
    database = sa.create_engine(
        "sqlite://", connect_args={"check_same_thread": False}, poolclass=sa.StaticPool, hide_parameters=True
    )
    metadata.create_all(database)
    return database


def _watch_file(database: sa.Engine, path: Path) -> None:
    """Refuse the database when its file was deleted or replaced: SQLite would write on to what nobody finds again."""
    opened = path.stat()

    def check(*_: Any) -> None:
        try:
            is_there = os.path.samestat(path.stat(), opened)
        except OSError:
            is_there = False
        if not is_there:
            raise StoreUnavailable(
                f"The database {path} was deleted or replaced while llmfirst was running: put it back, or end "
                "llmfirst and start it again."
            )

    sa.event.listen(database, "do_connect", check)  # before SQLite would make a new file
    sa.event.listen(database, "checkout", check)


def _translate_errors(database: sa.Engine, path: Path) -> None:
    @sa.event.listens_for(database, "handle_error")
    def translate(context: sa.ExceptionContext) -> None:
        raise StoreUnavailable(
            f"The database {path} cannot be used ({context.original_exception}): free disk space, correct its "
            "permissions, or end the program that has locked it."
        ) from context.original_exception


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    # WAL: readers never wait for the writer. With NORMAL a killed process loses nothing.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
