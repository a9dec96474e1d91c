"""A disk that is late: the answer is not, nothing is lost that can be kept, and whoever reads it is told."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.answer import fold
from llmfirst.events import AnswerFinished, is_end
from llmfirst.store import RunStore, open_database
from tests.broken_disk import full, locked, moved_away, read_only
from tests.live_runs import WHOLE, opened_on
from tests.llmfirst.runs.test_runs import followed, start
from tests.scripted import END, PerSection, Step, text_of

_BUSY_MACHINE_SECONDS = 0.5  # an end that waits for the lock comes seconds later

Broken = Callable[[Path, sa.Engine], AbstractContextManager[None]]


BROKEN: dict[str, Broken] = {
    "locked by another process": lambda folder, _: locked(folder),
    "full": lambda _, database: full(database),
    "read-only": lambda _, database: read_only(database),
    "moved away": lambda folder, _: moved_away(folder),
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_answer_is_shown_while_the_disk_is_broken_and_stored_when_it_works_again(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        database = open_database(tmp_path)
        async with asyncio.timeout(20), opened_on(database, PerSection(*WHOLE)) as (runs, _, _):
            with BROKEN[how](tmp_path, database):
                run_id = await start(runs)
                seen = await followed(runs, run_id)
                assert not runs.is_stored(run_id)
                assert await followed(runs, run_id, after=3) == seen[3:]
            assert await runs.stored(run_id, within_seconds=10)
            assert list(RunStore(database).load(run_id).events) == seen
            assert await followed(runs, run_id) == seen
        assert fold(seen).metrics().outcome == "complete"
        database.dispose()

    asyncio.run(main())
    assert "plancore" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)
    said = [record.levelno for record in caplog.records if record.name == "llmfirst.runs.backlog"]
    assert said in ([], [logging.ERROR, logging.WARNING])


def test_a_lock_over_the_end_of_a_run_keeps_its_end_from_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        database = open_database(tmp_path)
        halves: list[list[Step]] = [["half ", 30.0]] * 6
        provider = PerSection(["plan ", END], *halves)
        async with asyncio.timeout(20), opened_on(database, provider, deadline_seconds=1.5) as (runs, _, _):
            began = asyncio.get_running_loop().time()
            run_id = await start(runs)
            with locked(tmp_path):
                end = (await followed(runs, run_id))[-1]
                assert asyncio.get_running_loop().time() - began <= 1.5 + _BUSY_MACHINE_SECONDS
                assert isinstance(end, AnswerFinished)
                assert end.outcome == "deadline"
            assert await runs.stored(run_id, within_seconds=10)
            assert is_end(RunStore(database).load(run_id).events[-1])
        database.dispose()

    asyncio.run(main())


def test_many_questions_on_a_locked_database_wait_for_it_once_each(tmp_path: Path) -> None:
    async def main() -> None:
        database = open_database(tmp_path)
        async with asyncio.timeout(20), opened_on(database, PerSection(*WHOLE * 12), slots=1) as (runs, _, _):
            with locked(tmp_path):
                ids = [await start(runs) for _ in range(6)]
                told = await asyncio.gather(*[followed(runs, run_id) for run_id in ids])
            for run_id, seen in zip(ids, told, strict=True):
                assert await runs.stored(run_id, within_seconds=10)
                assert list(RunStore(database).load(run_id).events) == seen
        database.dispose()

    asyncio.run(main())


def test_what_the_disk_has_not_taken_is_stored_when_the_program_ends(tmp_path: Path) -> None:
    async def main() -> str:
        database = open_database(tmp_path)
        async with asyncio.timeout(20), opened_on(database, PerSection(*WHOLE)) as (runs, _, _):
            with full(database):
                run_id = await start(runs)
                await followed(runs, run_id)
        return run_id

    run_id = asyncio.run(main())
    database = open_database(tmp_path)
    assert text_of(RunStore(database).load(run_id).events) == "plancoredetailsend"
    database.dispose()


def test_a_disk_that_stays_broken_does_not_keep_the_program_from_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> str:
        database = open_database(tmp_path)
        async with asyncio.timeout(20):
            with locked(tmp_path):
                async with opened_on(database, PerSection(*WHOLE)) as (runs, _, _):
                    run_id = await start(runs)
                    await followed(runs, run_id)
                    ending = asyncio.get_running_loop().time()
                assert asyncio.get_running_loop().time() - ending < 5
        return run_id

    run_id = asyncio.run(main())
    assert f"run {run_id} could not be stored in time and is given up" in caplog.text


_LIMITED = """
import asyncio, pathlib, resource, sys
from llmfirst.store import open_database
from tests.live_runs import WHOLE, opened_on
from tests.llmfirst.runs.test_runs import followed, start
from tests.scripted import PerSection

async def main(folder):
    database = open_database(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "llmfirst.db-wal").stat().st_size, resource.RLIM_INFINITY))
    async with opened_on(database, PerSection(*WHOLE * 2)) as (runs, _, _):
        run_id = await start(runs)
        print(run_id, (await followed(runs, run_id))[-1].outcome, runs.is_stored(run_id), flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        while not runs.is_stored(run_id):
            await asyncio.sleep(0.05)
        print("stored", flush=True)
        sys.stdin.readline()

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_what_a_limit_of_the_system_kept_from_the_disk_survives_a_kill_once_it_is_stored(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LIMITED, str(tmp_path)]
    root, pipe = Path(__file__).parents[3], subprocess.PIPE
    with subprocess.Popen(command, text=True, cwd=root, stdin=pipe, stdout=pipe) as program:
        assert program.stdout is not None
        run_id, *said = program.stdout.readline().split()
        assert said == ["complete", "False"]
        assert program.stdout.readline() == "stored\n"
        program.kill()
    database = open_database(tmp_path)
    assert text_of(RunStore(database).load(run_id).events) == "plancoredetailsend"
    database.dispose()
