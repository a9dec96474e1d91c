"""Whatever a model writes, the event loop is let go within 5 ms, and the answer ends in time.

Time is the computing time of the thread: what other programs take of the machine does not count.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from llmfirst.events import AnswerEvent, is_end
from llmfirst.proof import verify
from llmfirst.providers.base import Chunk, Request, Usage
from tests.clock import WorkLoop
from tests.hostile_texts import hostile_texts
from tests.loop_watch import watched_loop
from tests.scripted import END, ScriptedProvider, asked, collect, engine, handle, text_of

LONGEST_SECONDS: Final = 0.005
DEADLINE_SECONDS: Final = 0.4
AT_ONCE: Final = 10**9
TEXTS: Final = hostile_texts()
SOME: Final = (
    "quotes on one line",
    "dashes on one line",
    "lines of stars",
    "lines of quotes in lists",
    "lines of nested quotes",
    "only brackets",
    "blocks that begin with 120 equal letters",
    "random characters of the first plane",
)


class Hostile(ScriptedProvider):
    """Answers each request with the same text, without a pause."""

    def __init__(self, text: str, size: int, *, is_counted: bool, thought: str = "") -> None:
        super().__init__()
        self._thought = thought
        self._text, self._size = text, size
        self._usage = Usage(prompt_tokens=10, completion_tokens=1) if is_counted else None
        """The service's count, which never grows; without it each piece is a token, and a section soon has enough."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        for start in range(0, len(self._thought), self._size):
            yield Chunk(thought=self._thought[start : start + self._size])
        for start in range(0, len(self._text), self._size):
            yield Chunk(text=self._text[start : start + self._size], usage=self._usage)
        yield END


@dataclass(frozen=True)
class Seen:
    """What came of one answer."""

    events: list[AnswerEvent]
    longest_seconds: float
    """The longest time for which the event loop was held."""

    @property
    def is_in_time(self) -> bool:
        return is_end(self.events[-1]) and self.events[-1].elapsed_seconds <= DEADLINE_SECONDS


def answered(text: str, size: int, *, is_counted: bool, thought: str = "") -> Seen:
    async def main() -> Seen:
        provider = Hostile(text, size, is_counted=is_counted, thought=thought)
        async with watched_loop() as watch:
            events = await collect(engine(DEADLINE_SECONDS).answer(asked(), handle(provider)))
        return Seen(events, watch.longest_seconds)

    with asyncio.Runner(loop_factory=WorkLoop) as runner:
        return runner.run(main())


def faults(names: Iterator[str], size: int, *, is_counted: bool) -> list[tuple[str, float, float]]:
    """Return the texts that held the loop too long or ended late, each time of three."""
    found = []
    for name in names:
        for _ in range(3):  # an interrupt of the machine counts for the thread that it meets
            seen = answered(TEXTS[name], size, is_counted=is_counted)
            if seen.is_in_time and seen.longest_seconds <= LONGEST_SECONDS:
                break
        else:
            found.append((name, seen.longest_seconds, seen.events[-1].elapsed_seconds))
    return found


@pytest.mark.parametrize("size", [3, 100, AT_ONCE])
def test_a_few_of_the_texts_never_hold_the_loop_and_end_in_time(size: int) -> None:
    assert faults(iter(SOME), size, is_counted=True) == []


@pytest.mark.slow
@pytest.mark.parametrize(("size", "is_counted"), [(3, True), (3, False), (100, True), (AT_ONCE, True)])
def test_no_text_holds_the_loop_or_makes_an_answer_late(size: int, is_counted: bool) -> None:
    assert len(TEXTS) == 200
    assert faults(iter(TEXTS), size, is_counted=is_counted) == []


@pytest.mark.parametrize("size", [1, AT_ONCE])
@pytest.mark.parametrize("text", ["> " * 1000, "- " * 1000 + "a. b", "1. > " * 300, "[" * 2000, "\n- > " * 500])
def test_what_is_shown_of_a_deeply_nested_text_is_its_beginning(text: str, size: int) -> None:
    events = answered(text, size, is_counted=False).events
    assert verify(events).holds
    assert text.startswith(text_of([event for event in events if getattr(event, "phase", "") == "strategy"]))


@pytest.mark.parametrize(("size", "length"), [(1, 3000), (100, 290_000), (AT_ONCE, 290_000), (AT_ONCE, 900_000)])
def test_no_thought_holds_the_loop_or_makes_an_answer_late(size: int, length: int) -> None:
    for _ in range(3):  # an interrupt of the machine counts for the thread that it meets
        seen = answered("Done. ", size, is_counted=False, thought="\0<think>x\n" * (length // 10))
        if seen.is_in_time and seen.longest_seconds <= LONGEST_SECONDS:
            break
    assert seen.is_in_time
    assert seen.longest_seconds <= LONGEST_SECONDS
    assert verify(seen.events).holds
    assert "think" not in text_of(seen.events)
