import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from llmfirst.answer import fold
from llmfirst.engine.admission import Admission
from llmfirst.errors import LineFull, NotReady, QuestionRefused, QuestionTooLong, RunUnknown
from llmfirst.events import AnswerEvent, AnswerFailed, AnswerFinished, TextAdded
from llmfirst.models import Models
from llmfirst.runs import Runs, check_question
from llmfirst.store import RunStore, open_database
from tests.opened import WHOLE, opened
from tests.scripted import END, ScriptedProvider, text_of


async def start(runs: Runs, grace_seconds: float = 30) -> str:
    return await runs.start("why?", language="en", model=None, grace_seconds=grace_seconds)


async def followed(runs: Runs, run_id: str, after: int = 0) -> list[AnswerEvent]:
    return [event async for event in runs.follow(run_id, after=after)]


def within_ten_seconds(folder: Path, provider: ScriptedProvider, check: Callable[[Runs], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10), opened(folder, provider) as runs:
            await check(runs)

    asyncio.run(main())


def test_two_followers_and_the_store_see_the_same_events(tmp_path: Path) -> None:
    async def check(runs: Runs) -> None:
        run_id = await start(runs)
        one, two = await asyncio.gather(followed(runs, run_id), followed(runs, run_id))
        assert one == two == await followed(runs, run_id)
        assert fold(one).metrics().outcome == "complete"
        assert await followed(runs, run_id, after=5) == one[5:]

    within_ten_seconds(tmp_path, ScriptedProvider(*WHOLE), check)


def test_stop_ends_the_run_and_keeps_its_text(tmp_path: Path) -> None:
    provider = ScriptedProvider(["plan", END], ["half ", 60.0])

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
    provider = ScriptedProvider(["half ", 60.0])

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
    provider = ScriptedProvider(["plan", 0.2, END], *WHOLE[1:])

    async def check(runs: Runs) -> None:
        run_id = await start(runs, grace_seconds=0)
        await asyncio.sleep(0.05)  # the time in which a response would begin
        assert fold(await followed(runs, run_id)).metrics().outcome == "complete"

    within_ten_seconds(tmp_path, provider, check)


def test_who_comes_back_within_the_grace_time_gets_what_was_missed(tmp_path: Path) -> None:
    provider = ScriptedProvider(["plan", 0.4, END], *WHOLE[1:])

    async def check(runs: Runs) -> None:
        run_id = await start(runs, grace_seconds=0.2)
        events = runs.follow(run_id)
        seen = [await anext(events)]
        await events.aclose()
        rest = await followed(runs, run_id, after=1)
        assert fold([*seen, *rest]).metrics().outcome == "complete"

    within_ten_seconds(tmp_path, provider, check)


def test_a_full_line_refuses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    provider = ScriptedProvider(["plan", 60.0])

    async def main() -> None:
        async with asyncio.timeout(10), opened(tmp_path, provider, line_limit=0) as runs:
            await start(runs)
            with pytest.raises(LineFull):
                await start(runs)

    asyncio.run(main())


def test_a_bug_ends_the_run_with_a_message_and_not_with_a_hang(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def check(runs: Runs) -> None:
        end = (await followed(runs, await start(runs)))[-1]
        assert isinstance(end, AnswerFailed)
        assert end.code == "internal"
        assert "ZeroDivisionError" not in end.message

    within_ten_seconds(tmp_path, ScriptedProvider([ZeroDivisionError("a bug")]), check)
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

    provider = ScriptedProvider([0.3, "plan", END], *WHOLE[1:])

    async def main() -> None:
        async with asyncio.timeout(10), opened(tmp_path, provider) as runs:
            await check(runs)

    asyncio.run(main())
    assert "cannot be stored" in caplog.text
    assert "coredetails" not in caplog.text
    assert '"text":"core"' not in caplog.text


def test_a_closing_program_ends_its_runs_as_interrupted(tmp_path: Path) -> None:
    provider = ScriptedProvider(["plan", END], ["half ", 60.0])
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


def test_a_model_that_is_not_ready_is_not_asked(tmp_path: Path) -> None:
    async def main() -> None:
        provider = ScriptedProvider()
        admission = Admission(slots=1, line_limit=1)
        models = Models({"ollama": provider}, admission)
        await models.choose(None, lambda _: None)
        with pytest.raises(NotReady):
            models.seat(None)

    asyncio.run(main())


@pytest.mark.parametrize("question", ["", "   \n\t", "\u200b\u2060", "\x07"])
def test_a_blank_question_is_refused_with_a_message(question: str) -> None:
    with pytest.raises(QuestionRefused, match="empty"):
        check_question(question, 100)


@pytest.mark.parametrize("question", ["a\x00b", "half \ud800 pair"])
def test_what_is_no_text_is_refused_with_a_message(question: str) -> None:
    with pytest.raises(QuestionRefused, match="remove"):
        check_question(question, 100)


def test_a_long_question_is_refused_and_the_message_names_the_limit() -> None:
    with pytest.raises(QuestionTooLong, match="4,000"):
        check_question("가" * 20_000, 4000)


@pytest.mark.parametrize("question", ["🙂🙃", "\u202eשלום عالم", "<script>alert(1)</script>", "왜?"])
def test_unusual_text_is_a_question(question: str) -> None:
    assert check_question(f" {question}\n", 100) == question
