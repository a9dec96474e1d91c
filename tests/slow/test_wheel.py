"""The wheel, installed into an environment of its own and used from an empty folder."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from llmfirst.version import llmfirst_version
from tests.package import REPOSITORY, build_wheel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a virtual environment with the wheel; what it depends on is that of the running environment."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=60)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    wheel = build_wheel(folder / "dist")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "venv"), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=120)
    asked = [str(scripts / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout.strip())
    shared = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "shared.pth").write_text("".join(f"{path}\n" for path in shared), encoding="utf-8")
    return scripts


def use(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment in a folder, with nothing of the checkout in reach."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LLMFIRST_", "PYTHON"))}
    return subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_code_that_runs_is_that_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    ended = use(installed, tmp_path, "python", "-c", "import evals, llmfirst; print(evals.__file__, llmfirst.__file__)")
    assert ended.stdout.count(str(installed.parent)) == 2
    assert str(REPOSITORY) not in ended.stdout


def test_the_version_is_told_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    assert use(installed, tmp_path, "llmfirst", "--version").stdout == f"llmfirst {llmfirst_version()}\n"
    assert list(tmp_path.iterdir()) == []


def test_the_suites_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    ended = use(installed, tmp_path, "llmfirst", "evals", "suites")
    assert ended.returncode == 0, ended.stderr
    assert "review: 검토 · Review, 20 items" in ended.stdout


def test_the_catalogue_and_the_migrations_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    given = ("--provider", "embedded", "--model", "no-such-model", "--port", "0", "--data-dir", str(tmp_path / "data"))
    ended = use(installed, tmp_path, "llmfirst", *given)
    assert ended.returncode == 1
    assert "qwen2.5-1.5b" in ended.stderr
    assert "Traceback" not in ended.stderr
