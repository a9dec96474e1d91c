"""Small values kept in files beside the weights."""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from llmfirst.values import Value

Kept = TypeVar("Kept", bound=Value)


def keep(path: Path, value: Value) -> None:
    """Write the value so that a kill leaves the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(value.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def kept(path: Path, shape: type[Kept]) -> Kept | None:
    """Return the value that was kept; None when there is none of this shape."""
    try:
        return shape.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
