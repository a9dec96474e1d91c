"""Reads a file in a process of its own: no file takes the time, the memory or the end of the program.

Run as a module, this is that process.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from llmfirst import LlmfirstError

Content = TypeVar("Content")
_PROCESSOR_SECONDS: Final = 10
_SECONDS: Final = 30.0  # of the clock: other programs may have the processor
_MEMORY_BYTES: Final = 300_000_000  # above what the process has before it reads
_NO_MEMORY: Final = 3


class FileTooHeavy(LlmfirstError):
    """The file takes more time or memory to read than any file may."""


async def apart(read: Callable[[str], Content], path: str) -> Content:
    """Return `read(path)` of an absolute path, or raise what it raises; above the limits FileTooHeavy.

    Cancelling ends the process.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        cwd=Path(__file__).parents[2],  # where `evals` can be imported from
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl+C is for the parent, which ends its children itself
    )
    try:
        async with asyncio.timeout(_SECONDS):
            reply, _ = await process.communicate(pickle.dumps((read, path)))
    except TimeoutError as error:
        raise _too_heavy(f"{_SECONDS:.0f} seconds were not enough") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    match process.returncode:
        case 0:
            is_content, said = await asyncio.to_thread(pickle.loads, reply)
        case int(code) if code < 0 and code == -signal.SIGKILL:
            raise _too_heavy(f"{_PROCESSOR_SECONDS} seconds of the processor were not enough")
        case int(code) if code == _NO_MEMORY or code < 0:  # native code aborts without memory
            raise _too_heavy(f"{_MEMORY_BYTES // 1_000_000} MB of memory were not enough")
        case code:
            raise RuntimeError(f"the process that reads files ended with code {code}")
    if not is_content:
        raise said
    content: Content = said
    return content


def _too_heavy(reason: str) -> FileTooHeavy:
    return FileTooHeavy(f"The file cannot be read ({reason}): split it, or write it in a simpler form.")


def _limit() -> None:
    """Let the system end this process above the limits. Windows has none, and macOS none of memory."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        os.nice(10)  # answers go first
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        bytes_at_most = pages * resource.getpagesize() + _MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))


def _main() -> int:
    read, path = pickle.load(sys.stdin.buffer)
    _limit()
    try:
        try:
            reply = pickle.dumps((True, read(path)))
        except LlmfirstError as error:
            reply = pickle.dumps((False, error))
    except MemoryError:
        return _NO_MEMORY
    sys.stdout.buffer.write(reply)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
