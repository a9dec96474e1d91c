"""Small values in JSON files beside the weights."""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from llmfirst.values import Value

Shape = TypeVar("Shape", bound=Value)


def write_json(path: Path, value: Value) -> None:
    """Write the value; a kill leaves either the old file or the new one."""
    new_path = path.with_name(f"{path.name}.new")
    with new_path.open("w", encoding="utf-8") as file:
        file.write(value.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new_path, path)


def read_json(path: Path, shape: type[Shape]) -> Shape | None:
    """Return the value in the file; None when there is no file, or its content has another shape."""
    try:
        return shape.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
