"""The examples of docs/api.md, with another address in them."""

import re
from pathlib import Path

_TEXT = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
_ADDRESS = "http://127.0.0.1:7860"


def examples(kind: str, address: str) -> list[str]:
    """Return the blocks of one language, as they would be run against the server at `address`."""
    return [block.replace(_ADDRESS, address) for block in re.findall(rf"```{kind}\n(.*?)```", _TEXT, re.DOTALL)]
