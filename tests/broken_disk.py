"""What a disk does to the database: locked by another process, full, read-only, or full of what nobody can read."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

_LOCKER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let another process hold the database while the context is open."""
    command = [sys.executable, "-c", _LOCKER, str(folder / "llmfirst.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as locker:
        assert locker.stdout is not None
        assert locker.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            locker.communicate("\n")


def full(database: sa.Engine) -> AbstractContextManager[None]:
    """Leave the database no room while the context is open: SQLite itself answers that the disk is full."""
    # SQLite takes its present size for a limit that is too low.
    return _set(database, "max_page_count", during=1, after=1_073_741_823)


def read_only(database: sa.Engine) -> AbstractContextManager[None]:
    """Let SQLite refuse to write while the context is open."""
    return _set(database, "query_only", during=1, after=0)


@contextmanager
def _set(database: sa.Engine, pragma: str, *, during: int, after: int) -> Iterator[None]:
    values = [after, during]

    def on_checkout(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma} = {values[-1]}")

    sa.event.listen(database, "checkout", on_checkout)  # it stays, because a thread may be going through the listeners
    try:
        yield
    finally:
        values.pop()


def spoil(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the program's back."""
    with closing(sqlite3.connect(folder / "llmfirst.db")) as database, database:
        assert database.execute(statement, values).rowcount > 0


@contextmanager
def moved_away(folder: Path) -> Iterator[None]:
    """Take the database away while the context is open, then put it back."""
    elsewhere = (folder / "llmfirst.db").rename(folder / "elsewhere.db")
    try:
        yield
    finally:
        elsewhere.rename(folder / "llmfirst.db")


def _body(value: str) -> str:
    return f"UPDATE events SET body = {value} WHERE run_id = ? AND position = 1"


PARTLY_READABLE = {
    "no JSON": _body("'no JSON'"),
    "no text": _body("CAST(X'ff00' AS TEXT)"),
    "deep JSON": _body("printf('%.*c', 100000, '[')"),
    "a later kind": _body("""'{"type": "later", "elapsed_seconds": 1}'"""),
    "a later field": _body("json_set(body, '$.later', 1)"),
    "text of no phase": _body("json_set(body, '$.phase', 'details')"),
    "a gap": "DELETE FROM events WHERE run_id = ? AND position = 1",
}
"""Statements that spoil the second event of a stored run."""

UNREADABLE = {
    "no question": "UPDATE events SET body = (SELECT body FROM events WHERE position = 1) WHERE run_id = ?",
    "no first event": "DELETE FROM events WHERE run_id = ? AND position = 0",
    "nothing": "DELETE FROM events WHERE run_id = ?",
}
"""Statements that leave nothing of a stored run that can be shown."""
