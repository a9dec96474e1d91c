"""Whose a run is, and that it is unknown to everybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from llmfirst.errors import RunUnknown, TooManyRuns
from llmfirst.runs.runs import Runs
from llmfirst.store import RunStore, open_database
from tests.live_runs import WHOLE, opened
from tests.old_database import lay_old_database
from tests.scripted import PerSection


def with_runs(
    folder: Path, provider: PerSection, check: Callable[[Runs], Awaitable[None]], per_owner: int | None = None
) -> None:
    async def main() -> None:
        async with asyncio.timeout(10), opened(folder, provider, runs_per_owner=per_owner) as runs:
            await check(runs)

    asyncio.run(main())


async def ask(runs: Runs, owner: str) -> str:
    return await runs.start("why?", language="en", model=None, grace_seconds=30, owner=owner)


def test_a_run_is_unknown_to_who_did_not_ask_while_it_is_written_and_afterwards(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE[:3], ["end", 0.1, WHOLE[3][1]])

    async def check(runs: Runs) -> None:
        run_id = await ask(runs, "alice")
        for _ in ("live", "stored"):
            with pytest.raises(RunUnknown):
                await anext(runs.follow(run_id, owner="bob"))
            with pytest.raises(RunUnknown):
                await runs.so_far(run_id, owner="bob")
            with pytest.raises(RunUnknown):
                runs.stop(run_id, owner="bob")
            assert [event async for event in runs.follow(run_id, owner="alice")]
            assert await runs.so_far(run_id, owner="alice") == await runs.so_far(run_id)
            assert not runs.is_running(run_id)

    with_runs(tmp_path, provider, check)


def test_what_an_evaluation_asks_is_its_owners_and_none_of_their_questions(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        how: dict[str, Any] = {"language": "en", "model": None, "grace_seconds": 30, "owner": "alice"}
        asked = [await runs.start("why?", **how, is_background=True) for _ in range(2)]
        for run_id in asked:
            with pytest.raises(RunUnknown):
                runs.stop(run_id, owner="bob")
            with pytest.raises(RunUnknown):
                await runs.so_far(run_id, owner="bob")
        await runs.start("why?", **how)  # a person's question: both give way
        for run_id in asked:
            await runs.ended(run_id)
            assert await runs.so_far(run_id, owner="alice")

    with_runs(tmp_path, PerSection(["plan", 60.0]), check, per_owner=1)


def test_one_owner_has_so_many_runs_at_once_and_another_still_gets_one(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        first = await ask(runs, "alice")
        await ask(runs, "alice")
        with pytest.raises(TooManyRuns, match="2 of your questions"):
            await ask(runs, "alice")
        await ask(runs, "bob")
        runs.stop(first, owner="alice")
        await runs.ended(first)
        await ask(runs, "alice")

    with_runs(tmp_path, PerSection(["plan", 60.0], ["plan", 60.0]), check, per_owner=2)


def test_runs_from_before_there_were_owners_belong_to_the_person_at_the_machine(tmp_path: Path) -> None:
    lay_old_database(
        tmp_path,
        "DROP INDEX ix_runs_owner",
        "ALTER TABLE runs DROP COLUMN owner",
        "UPDATE alembic_version SET version_num = '0003'",
    )
    store = RunStore(open_database(tmp_path))
    assert store.load("failed", "local").events == store.load("failed").events
    with pytest.raises(RunUnknown):
        store.load("failed", "alice")
    store.close()


def test_runs_that_everybody_saw_belong_to_the_person_at_the_machine(tmp_path: Path) -> None:
    lay_old_database(
        tmp_path,
        "UPDATE runs SET owner = '*' WHERE run_id = 'complete'",
        "UPDATE alembic_version SET version_num = '0004'",
    )
    store = RunStore(open_database(tmp_path))
    assert store.load("complete", "local")
    assert store.load("failed", "alice")
    with pytest.raises(RunUnknown):
        store.load("complete", "alice")
    store.close()
