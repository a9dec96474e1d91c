"""A bug in one run ends neither another run nor the next question, and the run that had it keeps its text."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.events import AnswerEvent, AnswerFinished, TextAdded
from llmfirst.proof import verify
from llmfirst.providers.base import Chunk
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE, opened_with_models
from tests.scripted import END, LENGTH, PerSection, Reply

BUG: Final = "a bug of ours"


class Half:
    """A reply that stops in the middle until it may go on."""

    def __init__(self, *end: Chunk | Exception) -> None:
        self._end = end
        self.may_go_on = asyncio.Event()

    async def __call__(self) -> AsyncGenerator[Chunk, None]:
        yield Chunk(text="before ")
        await self.may_go_on.wait()
        yield Chunk(text="after.")
        for step in self._end:
            if isinstance(step, Exception):
                raise step
            yield step


class Scripted(PerSection):
    def script(self, *replies: Reply) -> None:
        """Answer from now on with these replies."""
        self._replies = [*replies]


def breaks(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError(BUG)


async def answer_of(runs: Runs, run_id: str) -> tuple[list[AnswerEvent], Answer]:
    events = [event async for event in runs.follow(run_id)]
    return events, fold(events)


async def begun(runs: Runs, provider: Scripted, core: Half) -> str:
    """Ask a question, and wait until its core stands still in the middle."""
    provider.script(WHOLE[0], core)
    run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
    async for event in runs.follow(run_id):
        if isinstance(event, TextAdded) and event.text == "before ":
            break
    return run_id


def broken_beside_another(
    folder: Path, place: str | None, monkeypatch: pytest.MonkeyPatch, *end: Chunk | Exception
) -> tuple[list[AnswerEvent], Answer]:
    """Let something break in the middle of one of two answers; return the events of this one, and what it is.

    The other answer, and one to a later question, are whole.
    """

    async def main() -> tuple[list[AnswerEvent], Answer]:
        provider, cores = Scripted(), (Half(END), Half(*end))
        async with asyncio.timeout(10), opened_with_models(folder, provider, slots=2) as (runs, _, _):
            other = await begun(runs, provider, cores[0])
            broken = await begun(runs, provider, cores[1])
            provider.script(*WHOLE[2:])
            with monkeypatch.context() as patched:
                if place is not None:
                    patched.setattr(place, breaks)
                cores[1].may_go_on.set()
                found = await answer_of(runs, broken)
                await asyncio.sleep(0.05)  # what follows its end breaks too
            provider.script(*WHOLE[2:])
            cores[0].may_go_on.set()
            _, told = await answer_of(runs, other)
            assert (told.text("core"), told.metrics().outcome) == ("before after.", "complete")
            provider.script(*WHOLE)
            later = await runs.start("why?", language="en", model=None, grace_seconds=30)
            _, told = await answer_of(runs, later)
            assert told.metrics().outcome == "complete"
            assert (runs.load().writing, runs.load().waiting) == (0, 0)
            return found

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("place", "core", "end"),
    [
        (None, "before after.", (ZeroDivisionError(BUG),)),  # the reading of a chunk
        ("llmfirst.engine.pace.Pace.decision", "before ", (END,)),
        ("llmfirst.engine.repetition.RepetitionGuard.add", "before ", (END,)),
        ("llmfirst.engine.next_step.ends_whole", "before after.", (LENGTH,)),  # landing
        ("llmfirst.engine.review.Review.write", "before after.", (END,)),
    ],
    ids=["chunk", "pace", "repetition", "landing", "review"],
)
def test_a_bug_in_an_answer_ends_this_answer_with_its_text(
    place: str | None,
    core: str,
    end: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    events, answer = broken_beside_another(tmp_path, place, monkeypatch, *end)
    assert (answer.text("strategy"), answer.text("core")) == ("plan", core)
    assert isinstance(answer.end, AnswerFinished)
    assert answer.end.outcome == "interrupted"
    assert "internal error" in (answer.end.detail or "")
    assert verify(events).holds
    assert caplog.text.count(f"ZeroDivisionError: {BUG}") == 1


@pytest.mark.parametrize("place", ["llmfirst.store.runs.RunStore.append", "llmfirst.engine.call.OpenCall.sealed"])
def test_a_bug_beside_an_answer_costs_none_of_its_text(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, answer = broken_beside_another(tmp_path, place, monkeypatch, END)
    assert (answer.text("strategy"), answer.text("core")) == ("plan", "before after.")
    assert isinstance(answer.end, AnswerFinished)
    assert f"ZeroDivisionError: {BUG}" in caplog.text


@pytest.mark.parametrize("place", ["llmfirst.engine.rates.RateBook.learn", "llmfirst.store.rates.RateStore.keep"])
def test_a_bug_in_the_rates_costs_no_slot(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with asyncio.timeout(10), opened_with_models(tmp_path, PerSection(*WHOLE, *WHOLE)) as (runs, _, _):
            monkeypatch.setattr(place, breaks)
            for _ in range(2):
                run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
                events, answer = await answer_of(runs, run_id)
                assert answer.metrics().outcome == "complete"
                await asyncio.sleep(0.05)  # for what follows the end
                assert await runs.so_far(run_id) == tuple(events)

    asyncio.run(main())
    assert caplog.text.count(f"ZeroDivisionError: {BUG}") == 2


def test_a_watcher_that_breaks_keeps_nobody_from_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Answer] = []

    async def main() -> None:
        async with asyncio.timeout(10), opened_with_models(tmp_path, PerSection(*WHOLE)) as (runs, _, _):
            runs.watch(breaks)
            runs.watch(seen.append)
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
            _, answer = await answer_of(runs, run_id)
            assert answer.metrics().outcome == "complete"
            await asyncio.sleep(0.05)
            assert not runs.is_running(run_id)

    asyncio.run(main())
    assert len(seen) == 1
    assert caplog.text.count(f"ZeroDivisionError: {BUG}") == 1


def test_a_provider_that_cancels_itself_has_broken_off_and_is_asked_again(tmp_path: Path) -> None:
    async def main() -> None:
        provider = PerSection(WHOLE[0], ["half ", asyncio.CancelledError()], ["more.", END], *WHOLE[2:])
        async with asyncio.timeout(10), opened_with_models(tmp_path, provider) as (runs, _, _):
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=30)
            _, answer = await answer_of(runs, run_id)
            assert (answer.text("core"), answer.metrics().outcome) == ("half more.", "complete")

    asyncio.run(main())
