import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmfirst.ui.pacing import in_batches
from tests.clock import run


async def source(*pauses: float) -> AsyncGenerator[int, None]:
    for number, pause in enumerate(pauses):
        await asyncio.sleep(pause)
        yield number


async def timed(*pauses: float) -> list[tuple[float, list[int]]]:
    clock = asyncio.get_running_loop().time
    batches = in_batches(source(*pauses), pause=lambda: 0.1, beat_seconds=0.5)
    return [(round(clock(), 2), batch) async for batch in batches]


def test_the_first_item_comes_at_once_and_the_others_in_batches() -> None:
    assert run(timed(0, 0.03, 0.03, 0.03, 0.03)) == [(0.0, [0]), (0.1, [1, 2, 3]), (0.12, [4])]


def test_a_pause_ends_with_the_source() -> None:
    async def main() -> list[tuple[float, list[int]]]:
        clock = asyncio.get_running_loop().time
        batches = in_batches(source(0, 0.1, 0.1, 0.1), pause=lambda: 60, beat_seconds=0.5)
        return [(round(clock(), 2), batch) async for batch in batches]

    assert run(main()) == [(0.0, [0]), (0.3, [1, 2, 3])]


def test_silence_is_beaten() -> None:
    assert run(timed(1.2)) == [(0.5, []), (1.0, []), (1.2, [0])]


def test_leaving_closes_the_source() -> None:
    closed: list[bool] = []

    async def watched() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def main() -> None:
        batches = in_batches(watched(), pause=lambda: 0.1, beat_seconds=0.5)
        assert await anext(batches) == [1]
        await batches.aclose()

    run(main())
    assert closed == [True]


def test_an_error_comes_after_what_came_before_it() -> None:
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("no more")

    async def main() -> list[int]:
        seen: list[int] = []
        with pytest.raises(RuntimeError, match="no more"):
            async for batch in in_batches(broken(), pause=lambda: 0.1, beat_seconds=0.5):
                seen += batch
        return seen

    assert run(main()) == [1]
