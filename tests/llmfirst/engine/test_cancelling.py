"""Wherever an answer is cancelled, nothing goes on: no task, no stream of a model, no slot that stays taken."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from itertools import count

import pytest

from llmfirst.engine.answer_run import Engine
from llmfirst.errors import ProviderUnavailable, StreamTruncated
from llmfirst.events import AnswerEvent, is_end
from llmfirst.providers.base import Chunk, Prefill, Usage
from tests.cancelling import CancelledAt
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle

READING: Sequence[Step] = [Chunk(prefill=Prefill(total=9, processed=4, cached=0)), 0.5]
LONG = Chunk(text="A core.\n\n", usage=Usage(prompt_tokens=5, completion_tokens=150))
LONGER = Chunk(text=" More.\n\n", usage=Usage(prompt_tokens=5, completion_tokens=350))
WHOLE: Sequence[Reply] = (
    ["A plan.", END],
    [*READING, "Core.", 0.1, LENGTH],
    ["Details.", 0.1, LENGTH],
    ["End.", 0.1, END],
)
HANDED_ON: Sequence[Reply] = (
    ["A plan.", END],
    [*READING, LONG, 0.1, "Details.", 0.1, LONGER, 0.1, "The end.", 0.1, END],
)
TROUBLED: Sequence[Reply] = (
    ["A", 9.0],
    ["Half a", StreamTruncated("It broke off.")],
    [" sentence, cut", LENGTH],
    [" short.", END],
    ["Details", 60.0],
    [" at last.", END],
    [END],
    ["End.", END],
)
_TURNS = 40  # of the event loop, in which an answer does all that it does at one instant
AWAY = (None, ProviderUnavailable("It is away."), ProviderUnavailable("It is away."))


async def read(shared: Engine, provider: ScriptedProvider) -> list[AnswerEvent]:
    """Read an answer as its readers must: closing it in any case."""
    async with aclosing(shared.answer(asked(), handle(provider))) as events:
        return [event async for event in events]


@pytest.mark.parametrize(
    "provider_of",
    [
        lambda: ScriptedProvider(*WHOLE, load_seconds=2),
        lambda: ScriptedProvider(*HANDED_ON, load_seconds=2),
        lambda: ScriptedProvider(*TROUBLED, load_seconds=1, warm_errors=AWAY),
    ],
    ids=["whole", "handed on", "troubled"],
)
def test_cancelling_at_any_await_leaves_nothing_behind(provider_of: Callable[[], ScriptedProvider]) -> None:
    for number in count(1):
        provider = provider_of()

        async def main(number: int = number, provider: ScriptedProvider = provider) -> bool:
            shared = engine(line_limit=0)
            work = CancelledAt(read(shared, provider), number)
            reading = asyncio.ensure_future(_awaited(work))
            await asyncio.wait({reading})
            assert reading.cancelled() or is_end(reading.result()[-1])
            assert provider.closed == provider.opened
            assert len(asyncio.all_tasks()) == 1, "a task is left behind"
            after = await collect(shared.answer(asked(), handle(ScriptedProvider(*WHOLE))))
            assert is_end(after[-1]), "the slot stays taken"
            return reading.cancelled()

        if not run(main()):
            break
    assert number > 12


def test_cancelling_in_the_line_leaves_the_line_as_it_was() -> None:
    async def main(number: int) -> bool:
        shared = engine()
        first = asyncio.create_task(
            collect(shared.answer(asked(run_id="1"), handle(ScriptedProvider(*slow(), load_seconds=1))))
        )
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(_awaited(CancelledAt(read(shared, ScriptedProvider(*WHOLE)), number)))
        await asyncio.sleep(0.1)
        third = asyncio.create_task(collect(shared.answer(asked(run_id="3"), handle(ScriptedProvider(*WHOLE)))))
        await asyncio.wait({first, second, third})
        assert is_end(third.result()[-1])
        return second.cancelled()

    number = 1
    while run(main(number)):
        number += 1
    assert number > 5


def slow() -> list[Reply]:
    return [["x.", 3.0, END], ["x.", 3.0, END], ["y.", 3.0, END], ["z.", 3.0, END]]


async def _awaited(work: CancelledAt[list[AnswerEvent]]) -> list[AnswerEvent]:
    return await work


@pytest.mark.parametrize(
    "provider_of",
    [lambda: ScriptedProvider(*HANDED_ON), lambda: ScriptedProvider(*TROUBLED, warm_errors=AWAY)],
    ids=["handed on", "troubled"],
)
def test_an_answer_that_is_closed_between_two_events_stops_the_model_at_once(
    provider_of: Callable[[], ScriptedProvider],
) -> None:
    async def main(number: int) -> bool:
        provider = provider_of()
        events: AsyncGenerator[AnswerEvent, None] = engine().answer(asked(), handle(provider))
        for _ in range(number):
            if is_end(await anext(events)):
                return False
        await events.aclose()
        assert provider.closed == provider.opened
        assert len(asyncio.all_tasks()) == 1
        return True

    number = 1
    while run(main(number)):
        number += 1
    assert number > 20


@pytest.mark.parametrize(
    "provider_of",
    [
        lambda: ScriptedProvider(*WHOLE, load_seconds=2),
        lambda: ScriptedProvider(*HANDED_ON, load_seconds=2),
        lambda: ScriptedProvider(*TROUBLED, load_seconds=1, warm_errors=AWAY),
    ],
    ids=["whole", "handed on", "troubled"],
)
def test_cancelling_at_any_turn_of_the_event_loop_leaves_nothing_behind(
    provider_of: Callable[[], ScriptedProvider],
) -> None:
    instants = {event.elapsed_seconds for event in run(read(engine(), provider_of()))}

    async def main(instant: float, turns: int) -> bool:
        shared, provider, loop = engine(line_limit=0), provider_of(), asyncio.get_running_loop()
        reading = asyncio.create_task(read(shared, provider))

        def cancel_after(left: int) -> None:
            if left:
                loop.call_soon(cancel_after, left - 1)
            else:
                reading.cancel()

        loop.call_later(instant, cancel_after, turns)
        await asyncio.wait({reading})
        assert provider.closed == provider.opened
        assert len(asyncio.all_tasks()) == 1, "a task is left behind"
        after = await collect(shared.answer(asked(), handle(ScriptedProvider(*WHOLE))))
        assert is_end(after[-1]), "the slot stays taken"
        return reading.cancelled()

    found = [run(main(instant, turns)) for instant in instants for turns in range(_TURNS)]
    assert found.count(True) > len(found) / 2
