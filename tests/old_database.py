"""A database as an older version of the program left it, with runs of several kinds."""

import sqlite3
from contextlib import closing
from pathlib import Path

_DUMP = Path(__file__).with_suffix(".sql")  # of schema 0005


def lay_old_database(folder: Path, *changes: str) -> None:
    """Put the old database into a data directory, after these statements have changed it."""
    with closing(sqlite3.connect(folder / "llmfirst.db")) as old:
        old.executescript(_DUMP.read_text(encoding="utf-8"))
        for change in changes:
            old.execute(change)
        old.commit()
