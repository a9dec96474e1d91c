import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmfirst.app.services import open_services, profiles_of
from llmfirst.engine.profile_probe import ProbeSteps, finding
from llmfirst.engine.profiles import model_key
from llmfirst.errors import SetupError
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from tests.evals.made import told
from tests.scripted import PerSection, handle

PROGRAM = """
import asyncio, pathlib, sys
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.settings import Settings
from llmfirst.app.services import open_services

async def main():
    async with open_services(Settings(data_dir=pathlib.Path(sys.argv[1]), provider="embedded")):
        print("open", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a .env, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def settings(data_dir: Path, **given: str) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, "provider": "embedded", **given})


async def opens(data_dir: Path, **given: str) -> None:
    async with open_services(settings(data_dir, **given)):
        pass


def test_a_second_one_on_the_same_directory_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_services(settings(tmp_path / "a")):
            with pytest.raises(SetupError) as caught:
                await opens(tmp_path / "a")
            assert str(tmp_path / "a") in str(caught.value)
            assert "--data-dir" in str(caught.value)
            await opens(tmp_path / "b")  # another directory is free

    asyncio.run(main())


def test_after_the_first_is_closed_the_next_opens(tmp_path: Path) -> None:
    for _ in range(2):
        asyncio.run(opens(tmp_path))


def test_one_that_could_not_be_opened_leaves_the_directory_free(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="--base-url"):
        asyncio.run(opens(tmp_path, provider="openai"))
    with pytest.raises(SetupError, match="--base-url"):
        asyncio.run(opens(tmp_path, judge_provider="openai", judge_model="j"))
    asyncio.run(opens(tmp_path))


def test_one_that_broke_inside_leaves_the_directory_free(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_services(settings(tmp_path)):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    asyncio.run(opens(tmp_path))


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another program with its services on the directory."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        yield program
        program.kill()


def test_another_program_is_refused_until_the_first_is_killed(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    with pytest.raises(SetupError, match="is running already"):
        asyncio.run(opens(tmp_path))
    other.send_signal(signal.SIGKILL)
    other.wait()
    asyncio.run(opens(tmp_path))


def test_runs_that_a_dead_program_left_open_are_ended_and_those_of_a_living_one_are_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_services(settings(tmp_path)) as services:
            assert services.store.load("a" * 16).is_broken
            services.store.append("b" * 16, 0, told("b" * 16)[:-1])
            with pytest.raises(SetupError):
                await opens(tmp_path)
            assert not services.store.load("b" * 16).has_ended

    database = open_database(tmp_path)
    RunStore(database).append("a" * 16, 0, told("a" * 16)[:-1])
    database.dispose()
    asyncio.run(main())


def test_what_it_opens_works_on_the_same_database(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_services(settings(tmp_path)) as services:
            services.documents.put("one", "a", "1")
            assert services.judge is None
        async with open_services(settings(tmp_path, judge_provider="ollama", judge_model="j")) as services:
            assert services.documents.get("one", "a") == "1"
            assert services.judge is not None
            assert services.judge.kind == "ollama"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("given", "name", "because"),
    [
        ({}, "answer_first", "probed"),
        ({"profile": "auto"}, "answer_first", "probed"),
        ({"profile": "direct"}, "direct", "set"),
    ],
)
def test_a_model_is_asked_as_a_trial_of_it_found_unless_a_person_says_otherwise(
    tmp_path: Path, given: dict[str, str], name: str, because: str
) -> None:
    provider = PerSection()

    async def main() -> None:
        async with open_services(settings(tmp_path)) as services:
            archive = ProbeArchive(services.documents)
            assert profiles_of(services.settings, archive).choose(handle(provider)).because == "size_unknown"
            archive.keep(model_key(handle(provider)), finding(ProbeSteps(), "answer_first", datetime.now(UTC)))
            services.documents.put("profiles", "sha256:other", "{}")
        async with open_services(settings(tmp_path, **given)) as services:
            chosen = profiles_of(services.settings, ProbeArchive(services.documents)).choose(handle(provider))
            assert (chosen.name, chosen.because) == (name, because)

    asyncio.run(main())
