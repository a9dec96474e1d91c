"""Work in the background takes turns and gives way."""

import asyncio

from llmfirst.engine.idle import Idle
from tests.clock import run


def test_two_works_in_the_background_take_turns_and_both_give_way() -> None:
    done: list[str] = []

    async def work(name: str) -> str:
        done.append(f"{name} begins")
        await asyncio.sleep(1)
        done.append(f"{name} ends")
        return name

    async def main() -> None:
        idle = Idle()
        assert [*await asyncio.gather(idle.do(work("a")), idle.do(work("b")))] == ["a", "b"]
        assert done == ["a begins", "a ends", "b begins", "b ends"]
        both = [asyncio.create_task(idle.do(work(name))) for name in ("c", "d")]
        await asyncio.sleep(0.5)
        async with idle.used():
            assert [*await asyncio.gather(*both)] == [None, None]
        assert done[4:] == ["c begins"]

    run(main())
