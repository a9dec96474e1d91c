"""What pyproject.toml says of the package, and what the wheel holds."""

import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from llmfirst.version import llmfirst_version
from tests.package import REPOSITORY, build_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel"))) as opened:
        yield opened


def project() -> dict[str, Any]:
    parsed: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return parsed


def required(name: str) -> list[str]:
    """Return the lines of a requirements file that name a package."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("-", "#"))]


def test_the_package_depends_on_what_the_requirements_list() -> None:
    assert project()["dependencies"] == required("requirements.txt")
    assert project()["optional-dependencies"]["dev"] == required("requirements-dev.txt")


def test_requirements_are_constrained_by_the_lock() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert (REPOSITORY / name).read_text(encoding="utf-8").startswith("-c requirements.lock\n")


def test_the_wheel_holds_every_file_of_both_packages_and_no_other(wheel: zipfile.ZipFile) -> None:
    files = [path for package in ("llmfirst", "evals") for path in (REPOSITORY / package).rglob("*") if path.is_file()]
    expected = {path.relative_to(REPOSITORY).as_posix() for path in files if path.parent.name != "__pycache__"}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected | {"llmfirst_cli.py"}


def test_the_wheel_has_the_version_that_the_code_tells(wheel: zipfile.ZipFile) -> None:
    (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    assert message_from_bytes(wheel.read(metadata))["Version"] == llmfirst_version() == project()["version"]


def test_a_copy_without_metadata_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmfirst.version.__file__", str(tmp_path / "llmfirst" / "version.py"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\nversion = "9.9"\n')
    assert llmfirst_version() != "9.9"
