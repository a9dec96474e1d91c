"""A Python child process that never outlives the process that started it.

This file starts the child and, run as a script, is the child. So it imports nothing of ours.
"""

import asyncio
import errno
import os
import runpy
import signal
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Ended:
    """How a child ended, and what it wrote."""

    code: int
    output: str
    errors: str

    def complaint(self) -> str:
        """Return the last line that it wrote, short enough for a page."""
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        return (lines[-1] if lines else f"exit code {self.code}")[:240]


@asynccontextmanager
async def python_child(
    program: str | Path, *arguments: str, environment: Mapping[str, str]
) -> AsyncIterator[asyncio.Task[Ended]]:
    """Run a module by name or a script by path; the task is its end. Leaving kills the child and waits for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # the folder of this file holds modules with common names
        __file__,
        str(program),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    ending = asyncio.create_task(_ended(process))
    try:
        yield ending
    finally:
        _kill(process)
        if process.stdin is not None:
            process.stdin.close()
        await asyncio.wait({ending})
        await process.wait()


async def watched_child(
    program: str | Path, *arguments: str, environment: Mapping[str, str]
) -> AsyncGenerator[Ended | None, None]:
    """Yield None while the child works and, last, how it ended; OSError when the disk was full.

    Closing it kills the child.
    """
    async with python_child(program, *arguments, environment=environment) as ending:
        while not ending.done():
            yield None
            # Neither pip nor the hub's library offers an event to another process; the file that grows tells.
            await asyncio.wait({ending}, timeout=_POLL_SECONDS)
        ended = ending.result()
    if f"[Errno {errno.ENOSPC}]" in ended.errors:
        raise OSError(errno.ENOSPC, ended.complaint())
    yield ended


async def _ended(process: asyncio.subprocess.Process) -> Ended:
    assert process.stdout is not None
    assert process.stderr is not None
    # Not communicate(): it closes standard input, at whose end the child ends.
    output, errors = await asyncio.gather(process.stdout.read(), process.stderr.read())
    code = await process.wait()
    return Ended(code, output.decode(errors="replace"), errors.decode(errors="replace"))


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _end_with_the_parent() -> None:
    # The pipe closes however the parent ends, kill -9 included.
    while os.read(0, 1024):
        pass
    os._exit(1)


def _run_leashed() -> None:
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    del sys.argv[0]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run_leashed()
