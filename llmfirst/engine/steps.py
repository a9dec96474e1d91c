"""Long work on text, a little at a time, so that the event loop is let go in between."""

import asyncio
from collections.abc import Generator, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Steps = Generator[None, None, Item]
"""Work that yields after each step and returns its result. A step takes a few milliseconds at most."""


def finished(steps: Steps[Item]) -> Item:
    """Return the result of all steps, without a break."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Item = end.value
            return result


async def in_turns(steps: Steps[Item]) -> Item:
    """Return the result of all steps; let the event loop go after each."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Item = end.value
            return result
        finally:
            await asyncio.sleep(0)


def pieces(text: str, length: int) -> Iterator[str]:
    """Yield a text cut into pieces of that length; an empty text is one empty piece."""
    return (text[start : start + length] for start in range(0, max(1, len(text)), length))
