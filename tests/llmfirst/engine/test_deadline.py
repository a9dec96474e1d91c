import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmfirst.engine.deadline import CLOSE_LIMIT_SECONDS, Deadline, Halt, until, within
from llmfirst.errors import DeadlineExceeded, Halted
from tests.clock import run


class Source:
    """Numbers with pauses before them; remembers whether it was closed."""

    def __init__(self, *pauses: float) -> None:
        self.pauses = pauses
        self.closed = 0

    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            for number, pause in enumerate(self.pauses):
                await asyncio.sleep(pause)
                yield number
        finally:
            self.closed += 1


def test_items_pass_until_the_deadline_and_the_source_is_closed() -> None:
    source = Source(1, 1, 10)

    async def main() -> list[int]:
        seen: list[int] = []
        with pytest.raises(DeadlineExceeded):
            async for item in until(Deadline.after(5), Halt(), source.numbers(), beat_seconds=100):
                if item is not None:
                    seen.append(item)
        assert asyncio.get_running_loop().time() == pytest.approx(5)
        return seen

    assert run(main()) == [0, 1]
    assert source.closed == 1


def test_a_source_with_everything_ready_is_stopped_by_the_deadline_too() -> None:
    async def endless() -> AsyncGenerator[int, None]:
        while True:
            yield 1
            await asyncio.sleep(0)

    async def main() -> None:
        with pytest.raises(DeadlineExceeded):
            async for _ in until(Deadline.after(0.05), Halt(), endless(), beat_seconds=1):
                pass

    asyncio.run(main())


def test_silence_is_told_in_beats() -> None:
    async def main() -> list[int | None]:
        source = Source(1.0)
        return [item async for item in until(Deadline.after(5), Halt(), source.numbers(), beat_seconds=0.4)]

    assert run(main()) == [None, None, 0]


def test_halt_ends_a_silent_source_at_once() -> None:
    source = Source(60)

    async def main() -> float:
        halt = Halt()
        asyncio.get_running_loop().call_later(2, halt.ask)
        with pytest.raises(Halted):
            async for _ in until(Deadline.after(100), halt, source.numbers(), beat_seconds=30):
                pass
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(2)
    assert source.closed == 1


def test_a_reader_that_leaves_closes_the_source() -> None:
    source = Source(1, 1)

    async def main() -> None:
        items = until(Deadline.after(100), Halt(), source.numbers(), beat_seconds=30)
        assert await anext(items) == 0
        await items.aclose()

    run(main())
    assert source.closed == 1


def test_a_source_that_will_not_close_does_not_hold_the_reader_up() -> None:
    async def stubborn() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(30)

    async def main() -> float:
        with pytest.raises(DeadlineExceeded):
            async for _ in until(Deadline.after(5), Halt(), stubborn(), beat_seconds=30):
                pass
        ended = asyncio.get_running_loop().time()
        await asyncio.sleep(60)
        return ended

    assert run(main()) <= 5 + CLOSE_LIMIT_SECONDS + 0.01


def test_the_error_of_a_source_reaches_the_reader() -> None:
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("no more")

    async def main() -> list[int | None]:
        seen: list[int | None] = []
        with pytest.raises(RuntimeError, match="no more"):
            async for item in until(Deadline.after(5), Halt(), broken(), beat_seconds=1):
                seen.append(item)
        return seen

    assert run(main()) == [1]


def test_a_wait_ends_with_its_result_the_deadline_or_halt() -> None:
    async def answer() -> int:
        await asyncio.sleep(1)
        return 7

    async def main() -> None:
        halt = Halt()
        assert await within(Deadline.after(5), halt, answer()) == 7
        with pytest.raises(DeadlineExceeded):
            await within(Deadline.after(0.5), halt, answer())
        asyncio.get_running_loop().call_later(0.5, halt.ask)
        with pytest.raises(Halted):
            await within(Deadline.after(5), halt, answer())

    run(main())
