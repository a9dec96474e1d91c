"""Reads the description of this machine from the system."""

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from evals.records.evaluation import Machine
from llmfirst import llmfirst_version

_PACKAGES: Final = ("xllamacpp", "ollama", "httpx", "gradio")


def this_machine() -> Machine:
    """Return the description of this machine."""
    return Machine(
        name=platform.node() or "unnamed",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_bytes=_memory(),
        python=platform.python_version(),
        packages={"llmfirst": llmfirst_version(), **_installed(_PACKAGES)},
        revision=_revision(Path(__file__).parents[2]),
    )


def load_average() -> float | None:
    """Return the load average over the last minute; None if the system does not report it."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _processor() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _installed(names: Sequence[str]) -> dict[str, str]:
    versions = {}
    for name in names:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _revision(root: Path) -> str | None:
    """Return the first 12 digits of the commit that is checked out; None if `root` is no checkout and no worktree."""
    try:
        own = _git_folder(root)
        head = (own / "HEAD").read_text(encoding="utf-8").strip()
        name = head.removeprefix("ref: ")
        if name == head:  # a detached HEAD holds the commit itself
            return head[:12]
        shared = own / "commondir"  # a worktree shares the branches of its checkout
        folder = own / shared.read_text(encoding="utf-8").strip() if shared.is_file() else own
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()[:12]
        packed_refs = (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line[:12] for line in packed_refs if line.endswith(f" {name}")), None)


def _git_folder(root: Path) -> Path:
    """Return the git folder of a checkout; in a worktree, `.git` is a file that contains its path."""
    folder = root / ".git"
    if not folder.is_file():
        return folder
    return root / folder.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
