"""What the API, A2A and the page say of what is stored and cannot be read, and of a database that is gone."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmfirst.events import Language
from llmfirst.runs.runs import Runs
from llmfirst.texts import texts_in
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.render import notice
from llmfirst.ui.run_views import AskView
from tests.broken_disk import PARTLY_READABLE, UNREADABLE, moved_away, spoil
from tests.live_runs import WHOLE, opened_with_models
from tests.llmfirst.api.a2a.calling import asking, request, stored_texts, task
from tests.llmfirst.api.serving import with_api
from tests.llmfirst.api.test_queries import asked
from tests.scripted import PerSection


async def problem_of(client: httpx.AsyncClient, method: str, params: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post("/a2a", json=request(method, params))
    problem: dict[str, Any] = reply.json()["error"]
    return problem


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_run_that_cannot_be_read_is_refused_with_a_sentence_wherever_it_is_asked_for(
    tmp_path: Path, how: str
) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        run_id, other = await asked(client), await asked(client)
        spoil(tmp_path, UNREADABLE[how], run_id)
        for path in (f"/api/runs/{run_id}", f"/api/runs/{run_id}/ledger", f"/api/stream?run_id={run_id}"):
            reply = await client.get(path)
            assert (reply.status_code, reply.json()["code"]) == (422, "run_unreadable")
            assert f"The run {run_id} cannot be read" in reply.json()["message"]
        assert (await client.get(f"/api/runs/{other}")).json()["text"]["core"] == "core"

    with_api(tmp_path, PerSection(*WHOLE * 2), check)


@pytest.mark.parametrize("how", ["no JSON", "a later kind", "a gap"])
def test_what_can_be_read_of_a_run_is_answered_with_how_much_is_missing(tmp_path: Path, how: str) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        run_id = await asked(client)
        spoil(tmp_path, PARTLY_READABLE[how], run_id)
        run = (await client.get(f"/api/runs/{run_id}")).json()
        assert run["text"] == {"strategy": "plan", "core": "core", "details": "details", "conclusion": "end"}
        assert (run["metrics"]["outcome"], run["error"]["code"]) == ("interrupted", "partly_read")
        assert "1 of its events" in run["error"]["message"]
        assert len((await client.get(f"/api/runs/{run_id}/ledger")).json()["calls"]) == 4
        replayed = (await client.get(f"/api/stream?run_id={run_id}")).text
        assert "event: complete" in replayed

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_task_whose_answer_or_record_cannot_be_read_says_so_and_the_others_work(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        one, two, three, four = [await task(client, "message/send", asking()) for _ in range(4)]

        def run_of(found: dict[str, object]) -> str:
            return str(found["artifacts"][0]["artifactId"]).partition("-")[0]  # type: ignore[index]

        spoil(tmp_path, UNREADABLE["no first event"], run_of(one))
        spoil(tmp_path, "UPDATE documents SET body = 'no JSON' WHERE key = ?", two["id"])
        spoil(tmp_path, "DELETE FROM documents WHERE key = ?", run_of(three))
        found = await task(client, "tasks/get", {"id": one["id"]})
        assert found["status"]["state"] == "failed"
        assert found["status"]["message"]["parts"][0]["text"] == texts_in("en").api.unreadable
        for broken in (two, three):
            for method, params in (("tasks/get", {"id": broken["id"]}), ("message/send", asking(taskId=broken["id"]))):
                problem = await problem_of(client, method, params)
                assert problem["data"] == {"code": "task_unreadable"}
                assert broken["id"] in problem["message"]
        assert stored_texts(await task(client, "tasks/get", {"id": four["id"]})) == stored_texts(four)

    with_api(tmp_path, PerSection(*WHOLE * 4), check)


def test_without_its_database_the_api_says_what_to_do_and_answers_all_the_same(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        before = await asked(client)
        with moved_away(tmp_path):
            during = await asked(client)
            run = (await client.get(f"/api/runs/{during}")).json()
            assert (run["text"]["core"], run["is_stored"]) == ("core", False)
            assert not (await client.get(f"/api/runs/{during}/ledger")).json()["is_stored"]
            reply = await client.get(f"/api/runs/{before}")
            assert (reply.status_code, reply.json()["code"]) == (503, "store_unavailable")
            assert "put it back" in reply.json()["message"]
            assert "Retry-After" in reply.headers
            for method, params in (
                ("message/send", asking()),
                ("message/stream", asking()),
                ("tasks/get", {"id": "a"}),
            ):
                problem = await problem_of(client, method, params)
                assert problem["data"] == {"code": "store_unavailable"}
                assert "put it back" in problem["message"]
            await runs.quiet()  # what nobody can ask for again is stopped
        assert await runs.stored(during, within_seconds=5)
        for run_id in (before, during):
            assert (await client.get(f"/api/runs/{run_id}")).json()["is_stored"]

    with_api(tmp_path, PerSection(*WHOLE * 2, ["half", 60.0], ["half", 60.0]), check)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_says_in_its_language_what_cannot_be_read_or_stored(tmp_path: Path, language: Language) -> None:
    texts = texts_in(language)

    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection(*WHOLE * 4)) as (runs, models, _):
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30)

            async def ask() -> AskView:
                return [view async for view in page.ask("why?", None, language, "local")][-1]

            async def opened(run_id: str) -> str:
                view = [view async for view in page.open(run_id, language, "local")][-1]
                return view.problem or notice(view.answer, language, is_stored=view.is_stored)

            def run_of(view: AskView) -> str:
                assert view.answer.submitted is not None
                return view.answer.submitted.run_id

            one, two = run_of(await ask()), run_of(await ask())
            spoil(tmp_path, UNREADABLE["no question"], one)
            spoil(tmp_path, PARTLY_READABLE["no JSON"], two)
            assert texts.refusals.run_unreadable in await opened(one)
            assert await page.asked(one, "local") is None
            assert texts.notice.partly_read.format(count=1) in await opened(two)
            with moved_away(tmp_path):
                view = await ask()
                assert texts.notice.not_stored in notice(view.answer, language, is_stored=view.is_stored)
                assert texts.refusals.store_unavailable in await opened(one)
                assert await page.asked(one, "local") is None
            assert await runs.stored(run_of(view), within_seconds=5)
            assert await opened(run_of(view)) == ""
            with moved_away(tmp_path):
                views = page.open(run_of(await ask()), language, "local")
                shown = [(await anext(views)).is_stored]
            shown += [view.is_stored async for view in views]
            assert shown == [False, True]

    asyncio.run(main())
