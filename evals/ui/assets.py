"""The styles and scripts of the tabs, read from the package."""

from importlib import resources


def asset(name: str, package: str = "evals.ui") -> str:
    """Return the text of a file that came with a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
