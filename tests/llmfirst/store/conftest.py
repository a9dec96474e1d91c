"""The store on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.store import RunStore, open_database
from tests.postgres import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    opened = open_database(tmp_path, new_database() if request.param == "postgresql" else None)
    yield opened
    opened.dispose()


@pytest.fixture
def store(database: sa.Engine) -> RunStore:
    return RunStore(database)
