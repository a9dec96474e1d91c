"""The version of llmfirst, which is written once: in pyproject.toml."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def llmfirst_version() -> str:
    """Return the version of the code that runs.

    A checkout has no metadata, or that of another version that is installed too, so its pyproject.toml goes first.
    """
    try:
        return _checkout_version(Path(__file__).parents[1]) or version("llmfirst")
    except PackageNotFoundError:  # copied without pyproject.toml
        return "unknown"


def _checkout_version(root: Path) -> str | None:
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except (FileNotFoundError, NotADirectoryError):
        return None
    return project["version"] if project.get("name") == "llmfirst" else None
