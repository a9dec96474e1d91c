"""Whether a file is the one in the catalogue: its SHA-256, computed once and stored while the file is unchanged."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

from llmfirst.values import Value

_POLL_SECONDS = 0.25


class Stamp(Value):
    """What identified a file when it was checked."""

    path: str
    size_bytes: int
    mtime_ns: int
    sha256: str


class Hashing:
    """Computes the SHA-256 of one file; `sha256` is set when `progress` has ended."""

    def __init__(self, path: Path) -> None:
        self.sha256: str | None = None
        self._path = path
        self._done_bytes = 0
        self._stop = threading.Event()

    async def progress(self) -> AsyncGenerator[int, None]:
        """Yield the bytes read so far; closing it stops the reading."""
        worker = asyncio.create_task(asyncio.to_thread(self._read))
        try:
            while not worker.done():
                yield self._done_bytes
                await asyncio.wait({worker}, timeout=_POLL_SECONDS)
            self.sha256 = worker.result()
            yield self._done_bytes
        finally:
            self._stop.set()
            await asyncio.wait({worker})

    def _read(self) -> str:
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while not self._stop.is_set() and (piece := file.read(1024 * 1024)):
                digest.update(piece)
                self._done_bytes += len(piece)
        return digest.hexdigest()


def stamp_of(path: Path, sha256: str) -> Stamp:
    """Describe a file as it is now."""
    status = path.stat()
    return Stamp(path=str(path.resolve()), size_bytes=status.st_size, mtime_ns=status.st_mtime_ns, sha256=sha256)


def stamp_path(folder: Path, file: str) -> Path:
    """Return the path of a file's stamp: in our own folder, because that of the file may be read-only."""
    return folder / f"{file}.checked"


def is_stamped(path: Path, stamp: Stamp | None) -> bool:
    """Tell whether the file is still the one that was checked, without reading it."""
    try:
        return stamp is not None and stamp == stamp_of(path, stamp.sha256)
    except OSError:
        return False
