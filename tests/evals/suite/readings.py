"""What a child process does in place of reading a file; it imports little, because the process imports it."""

import os
from pathlib import Path

from llmfirst import LlmfirstError


def think(path: str) -> None:
    while True:
        pass


def grow(path: str) -> None:
    held = []
    while True:
        held.append(bytes(10_000_000))


def refuse(path: str) -> None:
    raise LlmfirstError(f"{Path(path).name} is refused.")


def where(path: str) -> tuple[int, int]:
    return os.getpid(), os.nice(0)
