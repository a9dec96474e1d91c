"""No file takes the machine: each is read or refused in bounded time and memory, beside the answers."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from evals.report.refusals import suite_refusal
from evals.suite.apart import FileTooHeavy, apart
from evals.suite.cases import open_suite
from evals.suite.problems import SuiteError
from llmfirst.errors import LlmfirstError
from tests.evals.suite.hostile_files import FILES, QUICK
from tests.evals.suite.readings import grow, refuse, think, where


def written(folder: Path, name: str) -> str:
    make, _ = FILES[name]
    path = folder / name
    path.write_text(make(), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", QUICK)
def test_a_file_of_five_megabytes_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    started = time.process_time()
    with pytest.raises(SuiteError) as refused:
        open_suite(path)
    assert time.process_time() - started < 5
    assert refused.value.problems[0].kind == FILES[name][1]
    for language in ("en", "ko"):
        assert name in suite_refusal(refused.value, language).splitlines()[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_within_the_limits_of_a_process_of_its_own(tmp_path: Path, name: str) -> None:
    path, kind = written(tmp_path, name), FILES[name][1]
    found = None
    try:
        asyncio.run(apart(open_suite, path))
    except SuiteError as error:
        found = error.problems[0].kind
    assert found == kind


def test_a_reading_has_a_process_of_its_own_and_what_it_says_comes_back(tmp_path: Path) -> None:
    pid, niceness = asyncio.run(apart(where, "/anywhere"))
    assert pid != os.getpid()
    assert niceness > os.nice(0)
    with pytest.raises(LlmfirstError, match="mine is refused"):
        asyncio.run(apart(refuse, str(tmp_path / "mine")))


def test_a_reading_that_takes_too_much_memory_is_refused() -> None:
    with pytest.raises(FileTooHeavy, match="300 MB of memory were not enough"):
        asyncio.run(apart(grow, "/anywhere"))


@pytest.mark.slow
def test_a_reading_that_takes_too_long_is_refused() -> None:
    with pytest.raises(FileTooHeavy, match="10 seconds of the processor were not enough"):
        asyncio.run(apart(think, "/anywhere"))


def test_a_reading_that_nobody_waits_for_ends() -> None:
    async def main() -> None:
        before = set(psutil.Process().children())
        reading = asyncio.create_task(apart(think, "/anywhere"))
        await asyncio.sleep(0.5)
        children = set(psutil.Process().children()) - before
        assert len(children) == 1
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        assert not any(child.is_running() for child in children)

    asyncio.run(main())
