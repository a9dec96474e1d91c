"""Bodies in JSON, read strictly: what passes can be stored, shown and sent on. Pure."""

import math
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json


def strict_json(body: bytes) -> Any:
    """Return the value in a body.

    Raises ValueError, which repeats nothing of it: no JSON, half a surrogate pair, no finite number, or too deep.
    """
    value = from_json(body, allow_inf_nan=False)
    if any(isinstance(part, float) and not math.isfinite(part) for part in parts_of(value)):
        raise ValueError("number out of range")  # such as 1e999
    return value


def parts_of(value: Any) -> Iterator[Any]:
    """Yield a value and everything in it."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
