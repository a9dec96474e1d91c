import asyncio
import logging
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.runs.text_index import index_old_texts
from llmfirst.store import RunFilter, RunStore, open_database
from tests.broken_disk import read_only
from tests.live_runs import opened
from tests.old_database import lay_old_database
from tests.scripted import PerSection


def test_old_runs_become_searchable_while_nobody_asks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_old_database(tmp_path)
    database: sa.Engine = open_database(tmp_path)
    store = RunStore(database)
    wanted = RunFilter(words="계획")

    async def main() -> None:
        async with opened(tmp_path, PerSection(["plan", 0.2])) as runs:
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
            indexing = asyncio.create_task(index_old_texts(runs, store))
            await asyncio.sleep(0.1)
            assert store.count(wanted, "local") == 0
            runs.stop(run_id)
            await indexing

    with caplog.at_level(logging.INFO):
        asyncio.run(main())
    assert store.count(wanted, "local") == 3
    assert "5 runs of an older version can be searched now" in caplog.messages
    store.close()


def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_old_database(tmp_path)
    database = open_database(tmp_path)
    store = RunStore(database)

    async def main() -> None:
        async with opened(tmp_path, PerSection()) as runs:
            with read_only(database):
                indexing = asyncio.create_task(index_old_texts(runs, store, retry_seconds=0.3))
                await asyncio.sleep(0.2)
            await indexing

    asyncio.run(main())
    assert any("is completed later" in message for message in caplog.messages)
    assert store.count(RunFilter(words="계획"), "local") == 3
    store.close()
