import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from llmfirst.answer import fold
from llmfirst.errors import LineFull, RunUnknown
from llmfirst.events import AnswerEvent, AnswerFailed, AnswerFinished, StateChanged, TextAdded
from llmfirst.runs.runs import Runs
from llmfirst.store import RunStore, open_database
from tests.live_runs import WHOLE, opened
from tests.scripted import END, PerSection, text_of


async def start(runs: Runs, grace_seconds: float = 30) -> str:
    return await runs.start("why?", language="en", model=None, grace_seconds=grace_seconds)


async def followed(runs: Runs, run_id: str, after: int = 0) -> list[AnswerEvent]:
    return [event async for event in runs.follow(run_id, after=after)]


def within_ten_seconds(folder: Path, provider: PerSection, check: Callable[[Runs], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10), opened(folder, provider) as runs:
            await check(runs)

    asyncio.run(main())


def is_waiting(work: Coroutine[Any, Any, None]) -> bool:
    """Take one step of a piece of work and tell whether it waits."""
    try:
        work.send(None)
    except StopIteration:
        return False
    work.close()
    return True


def test_two_followers_and_the_store_see_the_same_events(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        run_id = await start(runs)
        one, two = await asyncio.gather(followed(runs, run_id), followed(runs, run_id))
        assert one == two == await followed(runs, run_id)
        assert fold(one).metrics().outcome == "complete"
        assert await followed(runs, run_id, after=5) == one[5:]

    within_ten_seconds(tmp_path, PerSection(*WHOLE), check)


def test_stop_ends_the_run_and_keeps_its_text(tmp_path: Path) -> None:
    provider = PerSection(["plan", END], ["half ", 60.0])

    async def check(runs: Runs) -> None:
        run_id = await start(runs)
        async for event in runs.follow(run_id):
            if isinstance(event, TextAdded) and event.phase == "core":
                runs.stop(run_id)
            if isinstance(event, AnswerFinished):
                assert event.outcome == "stopped"
        assert text_of(await followed(runs, run_id)) == "planhalf "
        with pytest.raises(RunUnknown):
            runs.stop(run_id)

    within_ten_seconds(tmp_path, provider, check)
    assert provider.closed == provider.opened


def test_a_run_that_everyone_left_is_stopped_after_the_grace_time(tmp_path: Path) -> None:
    provider = PerSection(["half ", 60.0])

    async def check(runs: Runs) -> None:
        run_id = await start(runs, grace_seconds=0.2)
        events = runs.follow(run_id)
        await anext(events)
        await events.aclose()
        await provider.closing.wait()
        end = (await followed(runs, run_id))[-1]
        assert isinstance(end, AnswerFinished)
        assert end.outcome == "stopped"

    within_ten_seconds(tmp_path, provider, check)


def test_without_any_grace_who_has_just_asked_still_gets_the_answer(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.2, END], *WHOLE[1:])

    async def check(runs: Runs) -> None:
        run_id = await start(runs, grace_seconds=0)
        await asyncio.sleep(0.05)  # the time in which a response would begin
        assert fold(await followed(runs, run_id)).metrics().outcome == "complete"

    within_ten_seconds(tmp_path, provider, check)


def test_who_comes_back_within_the_grace_time_gets_what_was_missed(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.4, END], *WHOLE[1:])

    async def check(runs: Runs) -> None:
        run_id = await start(runs, grace_seconds=0.2)
        events = runs.follow(run_id)
        seen = [await anext(events)]
        await events.aclose()
        rest = await followed(runs, run_id, after=1)
        assert fold([*seen, *rest]).metrics().outcome == "complete"

    within_ten_seconds(tmp_path, provider, check)


def test_a_full_line_refuses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])

    async def main() -> None:
        async with asyncio.timeout(10), opened(tmp_path, provider, line_limit=0) as runs:
            person = await start(runs)
            with pytest.raises(LineFull):
                await start(runs)
            assert is_waiting(runs.quiet())
            runs.stop(person)
            await runs.quiet()

    asyncio.run(main())


def test_a_bug_ends_the_run_with_a_message_and_not_with_a_hang(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def check(runs: Runs) -> None:
        end = (await followed(runs, await start(runs)))[-1]
        assert isinstance(end, AnswerFailed)
        assert end.code == "internal"
        assert "ZeroDivisionError" not in end.message

    within_ten_seconds(tmp_path, PerSection([ZeroDivisionError("a bug")]), check)
    assert "ZeroDivisionError" in caplog.text


def test_an_answer_goes_on_when_the_disk_does_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def check(runs: Runs) -> None:
        run_id = await start(runs)
        events = runs.follow(run_id)
        seen = [await anext(events)]
        database = open_database(tmp_path)
        with database.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        database.dispose()
        seen += [event async for event in events]
        assert fold(seen).metrics().outcome == "complete"
        assert not runs.is_stored(run_id)
        assert text_of(await followed(runs, run_id)) == "plancoredetailsend"

    provider = PerSection([0.3, "plan", END], *WHOLE[1:])

    async def main() -> None:
        async with asyncio.timeout(10), opened(tmp_path, provider) as runs:
            await check(runs)

    asyncio.run(main())
    assert "could not be stored" in caplog.text
    assert "coredetails" not in caplog.text
    assert '"text":"core"' not in caplog.text


def test_a_closing_program_ends_its_runs_as_interrupted(tmp_path: Path) -> None:
    provider = PerSection(["plan", END], ["half ", 60.0])
    ids: list[str] = []

    async def check(runs: Runs) -> None:
        ids.append(await start(runs))
        async for event in runs.follow(ids[0]):
            if isinstance(event, TextAdded) and event.phase == "core":
                return

    within_ten_seconds(tmp_path, provider, check)
    store = RunStore(open_database(tmp_path))
    told = fold(store.load(ids[0]).events)
    store.close()
    assert told.text("core") == "half "
    assert told.metrics().outcome == "interrupted"
    assert provider.closed == provider.opened


def test_a_question_to_a_model_that_is_not_loaded_waits_for_it_and_that_is_stored_and_counted(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE, load_seconds=0.3)

    async def main() -> None:
        async with asyncio.timeout(10), opened(tmp_path, provider, is_warm=False) as runs:
            told = await followed(runs, await start(runs))
            states = [event.state for event in told if isinstance(event, StateChanged)]
            assert states[0] == "loading_model"
            metrics = fold(told).metrics()
            assert metrics.outcome == "complete"
            assert metrics.cold
            assert metrics.waited is not None
            assert metrics.since_submit is not None
            assert metrics.total_time is not None
            assert metrics.waited >= 0.3
            assert metrics.since_submit - metrics.total_time >= 0.3

    asyncio.run(main())


def test_who_has_waited_for_a_load_as_long_as_allowed_is_told_so(tmp_path: Path) -> None:
    async def main() -> None:
        opening = opened(tmp_path, PerSection(load_seconds=60), is_warm=False, wait_limit_seconds=0.2)
        async with asyncio.timeout(10), opening as runs:
            end = (await followed(runs, await start(runs)))[-1]
            assert isinstance(end, AnswerFailed)
            assert end.code == "waited_too_long"

    asyncio.run(main())


async def start_in_background(runs: Runs, run_id: str | None = None) -> str:
    return await runs.start("why?", language="en", model=None, grace_seconds=30, run_id=run_id, is_background=True)


async def until_text(runs: Runs, run_id: str) -> None:
    async with aclosing(runs.follow(run_id)) as events:
        async for event in events:
            if isinstance(event, TextAdded):
                return


def test_a_run_in_the_background_is_stopped_as_soon_as_a_person_asks(tmp_path: Path) -> None:
    provider = PerSection(["half ", 60.0], *WHOLE)

    async def check(runs: Runs) -> None:
        background = await start_in_background(runs, "a1")
        assert background == "a1"
        await until_text(runs, background)
        person = await start(runs)
        assert fold(await followed(runs, person)).metrics().outcome == "complete"
        stopped = fold(await followed(runs, background))
        assert stopped.metrics().outcome == "stopped"
        assert stopped.text("strategy") == "half "

    within_ten_seconds(tmp_path, provider, check)
    assert provider.closed == provider.opened


def test_no_run_in_the_background_gets_between_the_questions_of_a_person_who_is_there(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE)

    async def check(runs: Runs) -> None:
        with runs.attended():
            assert fold(await followed(runs, await start(runs))).metrics().outcome == "complete"
            background = await start_in_background(runs)
            assert fold(await followed(runs, background)).metrics().outcome == "stopped"
            waiting = asyncio.create_task(runs.quiet())
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting

    within_ten_seconds(tmp_path, provider, check)


def test_a_run_in_the_background_that_a_person_overtook_ends_without_asking_the_model(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])

    async def check(runs: Runs) -> None:
        person = await start(runs)
        await until_text(runs, person)
        background = await start_in_background(runs)
        assert fold(await followed(runs, background)).metrics().outcome == "stopped"
        runs.stop(person)
        assert text_of(await followed(runs, person)) == "plan"

    within_ten_seconds(tmp_path, provider, check)
    assert provider.opened == 1


def test_questions_of_people_and_runs_in_the_background_do_not_stop_their_own_kind(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        for begin in (start, start_in_background):
            ids = [await begin(runs), await begin(runs)]
            for told in await asyncio.gather(*[followed(runs, run_id) for run_id in ids]):
                assert fold(told).metrics().outcome == "complete"
            await runs.quiet()

    within_ten_seconds(tmp_path, PerSection(*WHOLE * 4), check)


def test_it_is_busy_while_a_person_is_answered_and_then_quiet(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        assert not is_waiting(runs.quiet())
        background = await start_in_background(runs)
        assert is_waiting(runs.busy())
        await followed(runs, background)
        person = await start(runs)
        await runs.busy()
        assert is_waiting(runs.quiet())
        runs.stop(person)
        await runs.quiet()
        assert is_waiting(runs.busy())

    within_ten_seconds(tmp_path, PerSection(*WHOLE, ["plan", 60.0]), check)
