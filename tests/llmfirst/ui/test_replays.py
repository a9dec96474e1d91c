"""Replays on virtual time: what is to be seen at which second of the clock."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from importlib import resources
from pathlib import Path

from llmfirst.events import AnswerEvent
from llmfirst.recordings.shipped import Recordings
from llmfirst.runs.owners import LOCAL
from llmfirst.texts import texts_in
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.playhead import Command
from llmfirst.ui.replays import Playback, Replays, begun
from llmfirst.ui.run_views import AskView
from tests.clock import run
from tests.live_runs import WHOLE, opened_with_models
from tests.run_events import added
from tests.scripted import PerSection

EVENTS: list[AnswerEvent] = [
    added("core", letter, "1").model_copy(update={"elapsed_seconds": at})
    for letter, at in (("a", 0.0), ("b", 2.0), ("c", 2.0), ("d", 10.0))
]
Seen = list[tuple[float, str]]


async def drawn(text: str, batch: Sequence[AnswerEvent], _: Playback) -> str:
    return text + "".join(event.text for event in batch if event.type == "text_added")


def playing(replays: Replays, *, at_end: bool = False, is_there: bool = True) -> AsyncGenerator[str, None]:
    replay = begun("r", EVENTS, asyncio.get_running_loop().time(), at_end=at_end)
    return replays.play("v", replay, "", drawn, pause_seconds=lambda _: 0.1, is_there=lambda: is_there)


def seen(*acts: tuple[float, Callable[[Replays], Awaitable[object] | None]], at_end: bool = False) -> Seen:
    """Return each new text and when it was seen, while `acts` happen at their times; the replay is closed at 100 s."""

    async def main() -> Seen:
        replays, shown = Replays(), list[tuple[float, str]]()
        now = asyncio.get_running_loop().time

        async def act() -> None:
            for at, one in (*acts, (100.0, lambda replays: replays.close("v"))):
                await asyncio.sleep(at - now())
                if (doing := one(replays)) is not None:
                    await doing

        acting = asyncio.create_task(act())
        async with aclosing(playing(replays, at_end=at_end)) as texts:
            async for text in texts:
                if not shown or shown[-1][1] != text:
                    shown.append((round(now(), 2), text))
        await acting
        assert now() < 101
        return shown

    return run(main())


def telling(**command: object) -> Callable[[Replays], None]:
    return lambda replays: replays.tell("v", Command.model_validate(command))


def test_the_events_come_at_their_times() -> None:
    assert seen() == [(0.0, "a"), (2.0, "abc"), (10.0, "abcd")]


def test_four_times_as_fast_they_come_in_a_quarter_of_the_time() -> None:
    assert seen((0.0, telling(speed="4"))) == [(0.0, "a"), (0.5, "abc"), (2.5, "abcd")]


def test_an_instant_replay_shows_the_end_at_once() -> None:
    assert seen((1.0, telling(speed="instant"))) == [(0.0, "a"), (1.0, "abcd")]


def test_a_pause_holds_everything_back() -> None:
    acts = (1.0, telling(is_playing=False)), (50.0, telling(is_playing=True))
    assert seen(*acts) == [(0.0, "a"), (51.0, "abc"), (59.0, "abcd")]


def test_a_moved_handle_is_followed_at_once_forwards_and_backwards() -> None:
    acts = (1.0, telling(is_playing=False)), (2.0, telling(seconds=9.9)), (3.0, telling(seconds=0.5))
    assert seen(*acts) == [(0.0, "a"), (2.0, "abc"), (3.0, "a")]


def test_at_its_end_it_waits_and_plays_again() -> None:
    assert seen((40.0, telling(is_playing=True)), at_end=True)[:3] == [(0.0, "abcd"), (40.0, "a"), (42.0, "abc")]


def test_a_closed_replay_shows_nothing_more_and_takes_no_commands() -> None:
    acts = (1.0, lambda replays: replays.close("v")), (2.0, telling(seconds=9))
    assert seen(*acts) == [(0.0, "a")]


def test_another_replay_of_the_same_visit_ends_the_first() -> None:
    async def main() -> None:
        replays, texts = Replays(), list[str]()

        async def first() -> None:
            async with aclosing(playing(replays)) as views:
                texts.extend([text async for text in views])

        watching = asyncio.create_task(first())
        await asyncio.sleep(1)
        async with aclosing(playing(replays, at_end=True)) as second:
            assert await anext(second) == "abcd"
            assert watching.done()
        assert set(texts) == {"a"}

    run(main())


def test_a_replay_that_stands_ends_when_its_visitor_is_gone() -> None:
    async def main() -> float:
        async with aclosing(playing(Replays(), at_end=True, is_there=False)) as views:
            assert [view async for view in views] == ["abcd"]
        return asyncio.get_running_loop().time()

    assert run(main()) <= 10


def test_a_damaged_recording_is_told_in_the_language_of_the_page_and_not_shown(tmp_path: Path) -> None:
    whole = resources.files("llmfirst.recordings").joinpath("recording-en.jsonl").read_text(encoding="utf-8")
    (tmp_path / "recording-en.jsonl").write_text(whole[: len(whole) // 2], encoding="utf-8")

    async def main() -> list[AskView]:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, _):
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30, recordings=Recordings(tmp_path))
            return [view async for view in page.replay("recording-en", "ko", LOCAL, "v")]

    (view,) = run(main())
    assert texts_in("ko").refusals.recording_damaged in view.problem
    assert (view.playback, view.answer.submitted) == (None, None)


def test_another_owners_run_is_not_replayed(tmp_path: Path) -> None:
    async def main() -> list[AskView]:
        async with opened_with_models(tmp_path, PerSection(*WHOLE)) as (runs, models, _):
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=30, owner="alice")
            await runs.ended(run_id)
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30)
            return [view async for view in page.replay(run_id, "en", "bob", "v")]

    (view,) = run(main())
    assert texts_in("en").refusals.run_unknown in view.problem
    assert view.answer.submitted is None


def test_a_replay_that_ends_while_it_is_drawn_is_drawn_to_its_end() -> None:
    async def main() -> None:
        replays = Replays()

        async def slowly(text: str, batch: Sequence[AnswerEvent], playback: Playback) -> str:
            await asyncio.sleep(20)
            return await drawn(text, batch, playback)

        replay = begun("r", EVENTS, asyncio.get_running_loop().time())
        texts = replays.play("v", replay, "", slowly, pause_seconds=lambda _: 0.1, is_there=lambda: True)
        async with aclosing(texts):
            assert [await anext(texts), await anext(texts)] == ["a", "abcd"]
        assert asyncio.get_running_loop().time() == 40

    run(main())
