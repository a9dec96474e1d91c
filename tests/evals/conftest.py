"""An archive in which one person has an evaluation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.records.archive import Archive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import keep_answers
from tests.evals.owned import OF


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[Archive]:
    database = open_database(tmp_path)
    yield Archive(DocumentStore(database), RunStore(database))
    database.dispose()


@pytest.fixture
def alice(everything: Archive) -> Archive:
    """An archive in which alice has a whole evaluation, as she sees it."""
    archive = everything.seen_by("alice")
    keep_answers(archive, OF)
    return archive
