"""Several programs on one PostgreSQL: each sees what the others write, and takes no running answer for a broken one."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.app.heartbeat import keep_beating, leave
from llmfirst.app.services import Services, open_services
from llmfirst.errors import SetupError, StoreUnavailable
from llmfirst.settings import Settings, load_settings
from llmfirst.store import Replica, RunStore, open_database
from llmfirst.store.tables import replicas
from tests.evals.made import told
from tests.postgres import empty_database, new_database, server

RUN, OTHER = "a" * 16, "b" * 16
OPEN = told(RUN)[:-1]


def settings(data_dir: Path, url: str) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, "database_url": url, "provider": "embedded"})


def both(tmp_path: Path, check: Callable[[Services, Services], object]) -> None:
    """Open two programs on one database, each with a data directory of its own."""

    async def main() -> None:
        url = new_database()
        async with (
            open_services(settings(tmp_path / "one", url)) as one,
            open_services(settings(tmp_path / "two", url)) as two,
        ):
            checking = check(one, two)
            if asyncio.iscoroutine(checking):
                await checking

    asyncio.run(main())


def age(database: sa.Engine, name: str, seconds: float) -> None:
    """Let a replica have said nothing for so long."""
    with database.begin() as connection:
        seen_at = sa.func.now() - sa.text(f"interval '{seconds} seconds'")
        connection.execute(replicas.update().where(replicas.c.name == name).values(seen_at=seen_at))


def test_what_one_writes_the_other_reads_and_does_not_end(tmp_path: Path) -> None:
    def check(one: Services, two: Services) -> None:
        one.store.append(RUN, 0, OPEN)
        assert two.store.end_broken_runs() == 0
        assert two.store.end_own_runs() == 0
        assert list(two.store.load(RUN).events) == OPEN
        assert one.store.end_own_runs() == 1
        assert two.store.load(RUN).is_broken

    both(tmp_path, check)


def test_a_program_that_ends_leaves_the_answers_of_the_others_alone_and_ends_its_own(tmp_path: Path) -> None:
    async def main() -> None:
        url = new_database()
        async with open_services(settings(tmp_path / "one", url)) as one:
            async with open_services(settings(tmp_path / "two", url)) as two:
                one.store.append(RUN, 0, OPEN)
                two.store.append(OTHER, 0, told(OTHER)[:-1])
            assert not one.store.load(RUN).has_ended
            assert len(asked_replicas(url)) == 1

    asyncio.run(main())


def asked_replicas(url: str) -> list[str]:
    database = open_database(Path(), url)
    with database.connect() as connection:
        names = list(connection.scalars(sa.select(replicas.c.name)))
    database.dispose()
    return names


def test_an_answer_of_a_dead_program_is_ended_by_a_living_one() -> None:
    database = open_database(Path(), new_database())
    dead, living = Replica(database), Replica(database)
    for replica in (dead, living):
        replica.beat()
    RunStore(database, dead.name).append(RUN, 0, OPEN)
    store = RunStore(database, living.name)
    age(database, dead.name, 50)
    assert store.end_broken_runs() == 0
    age(database, dead.name, 70)
    assert store.end_broken_runs() == 1
    assert store.load(RUN).is_broken
    database.dispose()


def test_after_the_database_was_away_nothing_is_ended_before_all_could_say_that_they_live() -> None:
    database = open_database(Path(), new_database())
    dead, living = Replica(database), Replica(database)
    RunStore(database, dead.name).append(RUN, 0, OPEN)
    store, beats, found, ended = RunStore(database, living.name), 0, list[bool](), asyncio.Event()

    class AwayAtFirst(Replica):
        def beat(self) -> None:
            if beats <= 3:
                raise StoreUnavailable("The server is away.")
            super().beat()

    async def sleep(_: float) -> None:
        nonlocal beats
        beats += 1
        found.append(store.load(RUN).has_ended)
        if found[-1]:
            ended.set()

    async def main() -> None:
        beating = asyncio.create_task(keep_beating(AwayAtFirst(database), store, sleep))
        async with asyncio.timeout(20):
            await ended.wait()
        await leave(living, beating)

    asyncio.run(main())
    assert found.index(True) > 3 + 6
    database.dispose()


def test_an_answer_that_another_program_writes_is_followed_to_its_end(tmp_path: Path) -> None:
    async def check(one: Services, two: Services) -> None:
        one.store.append(RUN, 0, OPEN[:3])
        seen = []
        async with asyncio.timeout(20), aclosing(two.runs.follow(RUN)) as events:
            async for event in events:
                seen.append(event)
                if len(seen) == 3:
                    one.store.append(RUN, 3, told(RUN)[3:])
        assert seen == told(RUN)

    both(tmp_path, check)


def test_two_programs_that_keep_the_same_key_at_once_both_succeed(tmp_path: Path) -> None:
    async def check(one: Services, two: Services) -> None:
        writes = [
            asyncio.to_thread(each.documents.put, "some", f"key-{number % 3}", str(number))
            for number in range(40)
            for each in (one, two)
        ]
        await asyncio.gather(*writes)
        assert set(one.documents.all("some")) == {"key-0", "key-1", "key-2"}

    both(tmp_path, check)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://who:geheim@127.0.0.1:1/none", "cannot be used"),
        ("mysql://who:geheim@127.0.0.1/none", "only PostgreSQL"),
        ("who:geheim@", "is no address of a database"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_one_sentence_without_its_password(
    tmp_path: Path, url: str, said: str
) -> None:
    with pytest.raises(SetupError, match=said) as caught:
        open_database(tmp_path, url)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    url = new_database()
    database = open_database(tmp_path, url)
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    with pytest.raises(SetupError, match="newer llmfirst"):
        open_database(tmp_path, url)


def test_two_programs_that_start_at_once_migrate_one_after_the_other(tmp_path: Path) -> None:
    program = "import pathlib, sys; from llmfirst.store import open_database as o; o(pathlib.Path(), sys.argv[1])"
    url = empty_database()
    started = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(2)]
    assert [each.wait(timeout=60) for each in started] == [0, 0]
    open_database(tmp_path, url).dispose()


def test_after_a_restart_of_the_server_the_store_works_again(tmp_path: Path) -> None:
    database = open_database(tmp_path, new_database())
    store = RunStore(database)
    store.append(RUN, 0, OPEN)
    with server().connect() as connection:
        connection.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database.url.database}'"
        )
    assert list(store.load(RUN).events) == OPEN
    database.dispose()


def test_the_address_of_the_database_is_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMFIRST_DATABASE_URL", "postgresql://who:geheim@host/name")
    with caplog.at_level(logging.DEBUG):
        given = load_settings([])
    assert "geheim" not in repr(given)
    assert given.database == "postgresql://who:geheim@host/name"
