"""An answer whose program is killed: what somebody has seen is in the store, to the letter."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmfirst.store import RunStore, open_database
from tests.scripted import text_of

_KILLS = 12
_PROGRAM = """
import asyncio, pathlib, sys
from llmfirst.events import TextAdded
from tests.live_runs import opened
from tests.scripted import END, PerSection

PIECES = [step for number in range(2000) for step in (f"{number} ", 0.002)]

async def main(folder):
    async with opened(folder, PerSection([*PIECES, END], *[PIECES] * 9)) as runs:
        run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
        print(run_id, flush=True)
        async for event in runs.follow(run_id):
            if isinstance(event, TextAdded):
                sys.stdout.write(event.text)
                sys.stdout.flush()

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    chance = random.Random(18)
    for number in range(_KILLS):
        folder = tmp_path / str(number)
        command = [sys.executable, "-c", _PROGRAM, str(folder)]
        with subprocess.Popen(command, text=True, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            run_id = program.stdout.readline().strip()
            time.sleep(chance.uniform(0.1, 1.5))
            program.kill()
            shown = program.stdout.read()
        database = open_database(folder)
        stored = text_of(RunStore(database).load(run_id).events)
        assert shown
        assert stored.startswith(shown)
        assert RunStore(database).end_broken_runs() == 1
        database.dispose()
