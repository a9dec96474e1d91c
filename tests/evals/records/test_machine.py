import os
import platform
import subprocess
from pathlib import Path

import pytest

from evals.records import machine
from evals.records.evaluation import Machine
from evals.records.machine import load_average, this_machine
from llmfirst import llmfirst_version

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_this_machine_tells_what_the_system_tells() -> None:
    told = this_machine()
    assert (told.cores, told.python) == (os.cpu_count(), platform.python_version())
    assert told.system.startswith(platform.system())
    assert told.packages["httpx"]
    assert told.packages["llmfirst"] == llmfirst_version()
    assert told.name
    assert Machine.model_validate_json(told.model_dump_json()) == told


@pytest.mark.skipif(platform.system() != "Linux", reason="reads what Linux tells")
def test_memory_is_that_of_the_system_in_bytes() -> None:
    (line,) = [one for one in Path("/proc/meminfo").read_text().splitlines() if one.startswith("MemTotal")]
    assert this_machine().memory_bytes == pytest.approx(int(line.split()[1]) * 1024, rel=0.01)


def test_the_load_is_that_of_the_last_minute() -> None:
    load = load_average()
    assert load is None or load >= 0


def revision_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(machine, "__file__", str(root / "evals" / "records" / "machine.py"))
    return this_machine().revision


@pytest.fixture
def git(tmp_path: Path) -> Path:
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return tmp_path / ".git"


def test_the_revision_is_the_commit_of_the_branch(git: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (git / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")
    assert revision_in(git.parent, monkeypatch) == COMMIT[:12]


def test_the_revision_is_found_where_git_has_packed_its_branches(git: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (git / "packed-refs").write_text(f"# pack-refs\n{'f' * 40} refs/heads/other/refs\n{COMMIT} refs/heads/main\n")
    assert revision_in(git.parent, monkeypatch) == COMMIT[:12]


def test_the_revision_is_found_where_no_branch_is_checked_out(git: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (git / "HEAD").write_text(f"{COMMIT}\n")
    assert revision_in(git.parent, monkeypatch) == COMMIT[:12]


def test_the_revision_of_a_worktree_is_that_of_its_own_branch(
    git: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (git / "refs" / "heads" / "main").write_text(f"{'f' * 40}\n")
    (git / "refs" / "heads" / "side").write_text(f"{COMMIT}\n")
    own = git / "worktrees" / "side"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/side\n")
    (own / "commondir").write_text("../..\n")
    tree = tmp_path / "side"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {own}\n")
    assert revision_in(tree, monkeypatch) == COMMIT[:12]


def test_outside_of_a_checkout_and_before_its_first_commit_there_is_no_revision(
    git: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revision_in(git.parent, monkeypatch) is None
    assert revision_in(git, monkeypatch) is None


def test_the_revision_is_what_git_says() -> None:
    here = Path(__file__).parents[3]
    try:
        said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout")
    assert this_machine().revision == said.stdout[:12]
