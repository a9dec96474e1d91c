"""tasks/get and tasks/cancel, and what a restart makes of a task."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import httpx

from llmfirst.api.a2a.handler import REST_LIMIT
from llmfirst.api.app import ServerOptions
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import (
    asking,
    call,
    error,
    got_until,
    request,
    stored_texts,
    streamed,
    streaming,
    task,
    texts,
    until_text,
    waiting,
)
from tests.llmfirst.api.serving import api_served, with_api
from tests.scripted import END, PerSection, Reply


def test_a_task_can_be_got_at_any_time(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.3, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as results:
            seen = await until_text(results)
            during = await task(client, "tasks/get", {"id": seen[0]["id"]})
            assert during["status"]["state"] == "working"
            assert during["status"]["message"]["parts"][1]["data"]["event"] == "start"
            assert texts(seen) == stored_texts(during)
            rest = [result async for result in results]
        after = await task(client, "tasks/get", {"id": seen[0]["id"]})
        assert after["status"] == rest[-1]["status"]
        assert await task(client, "tasks/get", {"id": after["id"], "historyLength": 5}) == after

    with_api(tmp_path, provider, check)


def test_an_unknown_task_is_32001_for_get_and_cancel(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for method in ("tasks/get", "tasks/cancel"):
            for unknown in ("nobody", "", str(uuid4())):
                assert await error(client, method, {"id": unknown}) == -32001

    with_api(tmp_path, PerSection(), check)


def test_cancel_stops_the_model_and_every_stream_gets_the_final_event(tmp_path: Path) -> None:
    provider = PerSection(["half ", 60.0])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as results:
            seen = await until_text(results)
            name = seen[0]["id"]
            other = asyncio.create_task(streamed(client, "tasks/resubscribe", {"id": name}))
            waits = asyncio.create_task(task(client, "tasks/get", {"id": name}))
            await waits
            canceled = await task(client, "tasks/cancel", {"id": name})
            assert provider.closed == provider.opened == 1
            assert canceled["status"]["state"] == "canceled"
            rest = [result async for result in results]
        assert (rest[-1]["status"]["state"], rest[-1]["final"]) == ("canceled", True)
        assert (await other)[-1]["status"]["state"] == "canceled"
        found = await task(client, "tasks/get", {"id": name})
        assert found == canceled
        assert list(stored_texts(found).values()) == ["half "]
        assert not runs.is_running(seen[1]["metadata"]["data"]["run_id"])

    with_api(tmp_path, provider, check)


def test_a_task_that_has_ended_cannot_be_cancelled_nor_one_that_was_cancelled(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        ended = await task(client, "message/send", asking())
        assert await error(client, "tasks/cancel", {"id": ended["id"]}) == -32002
        assert await task(client, "tasks/get", {"id": ended["id"]}) == ended
        running = await task(client, "message/send", waiting(asking(), blocking=False))
        answers = await asyncio.gather(*[client.post("/a2a", json=request("tasks/cancel", running)) for _ in range(3)])
        told = [answer.json() for answer in answers]
        assert sorted("error" in answer for answer in told) == [False, True, True]
        assert {answer["error"]["code"] for answer in told if "error" in answer} == {-32002}

    with_api(tmp_path, PerSection(*WHOLE, ["half ", 60.0]), check)


def test_a_turn_that_waits_is_cancelled_with_the_one_before_it(tmp_path: Path) -> None:
    provider = PerSection(["half ", 60.0])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first = await task(client, "message/send", waiting(asking(), blocking=False))
        name = first["id"]
        follow_ups = [asking("next?", taskId=name, messageId=f"m{number}") for number in (2, 3)]
        streams = [asyncio.create_task(streamed(client, "message/stream", one)) for one in follow_ups]
        await got_until(client, name, lambda found: len(found["history"]) == 3)
        sent = asyncio.create_task(task(client, "message/send", asking("last?", taskId=name, messageId="m4")))
        await got_until(client, name, lambda found: len(found["history"]) == 4)
        canceled = await task(client, "tasks/cancel", {"id": name})
        assert canceled["status"]["state"] == "canceled"
        for stream in streams:
            results = await stream
            assert [result["kind"] for result in results] == ["task", "status-update"]
            assert (results[-1]["status"]["state"], results[-1]["final"]) == ("canceled", True)
        assert (await sent)["status"]["state"] == "canceled"
        assert await error(client, "tasks/cancel", {"id": name}) == -32002
        assert provider.opened == provider.closed == 1

    with_api(tmp_path, provider, check)


def test_a_turn_that_is_cancelled_the_moment_it_is_queued_does_not_keep_the_task_open(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        name = (await task(client, "message/send", waiting(asking(), blocking=False)))["id"]
        following = request("message/send", waiting(asking("next?", taskId=name), blocking=False))
        await asyncio.gather(
            client.post("/a2a", json=following), client.post("/a2a", json=request("tasks/cancel", {"id": name}))
        )
        await client.post("/a2a", json=request("tasks/cancel", {"id": name}))
        assert await error(client, "tasks/cancel", {"id": name}) == -32002

    with_api(tmp_path, PerSection(["half ", 60.0], ["half ", 60.0]), check)


def test_no_more_than_eight_messages_of_a_task_wait(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first = await task(client, "message/send", waiting(asking(), blocking=False))
        following = waiting(asking("next?", taskId=first["id"]), blocking=False)
        for _number in range(8):
            await task(client, "message/send", following)
        assert (await client.post("/a2a", json=request("message/send", following))).status_code == 429
        await task(client, "tasks/cancel", {"id": first["id"]})

    with_api(tmp_path, PerSection(["half ", 60.0]), check)


def test_an_end_that_comes_before_the_cancel_stays(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for _number in range(5):
            running = await task(client, "message/send", waiting(asking(), blocking=False))
            reply = (await client.post("/a2a", json=request("tasks/cancel", {"id": running["id"]}))).json()
            found = await task(client, "tasks/get", {"id": running["id"]})
            expected = "canceled" if "result" in reply else "completed"
            assert found["status"]["state"] == expected
            assert reply.get("result", found) == found

    replies: list[Reply] = [["plan", 0.02, END], *WHOLE[1:]]
    with_api(tmp_path, PerSection(*replies * 5), check)


def test_tasks_survive_a_restart_and_say_truthfully_what_became_of_them(tmp_path: Path) -> None:
    async def main() -> None:
        before = PerSection(*WHOLE, ["half ", 60.0])
        async with api_served(tmp_path, before, ServerOptions()) as (url, _), httpx.AsyncClient(base_url=url) as client:
            whole = await task(client, "message/send", asking())
            half = await task(client, "message/send", waiting(asking(), blocking=False))
            queued = asking("next?", taskId=half["id"], messageId="m2")
            await task(client, "message/send", waiting(queued, blocking=False))
            await before.opening.wait()
            await got_until(client, half["id"], lambda found: "artifacts" in found)
        store = RunStore(open_database(tmp_path))
        assert store.end_broken_runs() == 0
        store.close()
        after = PerSection(*WHOLE)
        async with api_served(tmp_path, after, ServerOptions()) as (url, _), httpx.AsyncClient(base_url=url) as client:
            assert await task(client, "tasks/get", {"id": whole["id"]}) == whole
            found = await task(client, "tasks/get", {"id": half["id"]})
            assert found["status"]["state"] == "failed"
            assert list(stored_texts(found).values()) == ["half "]
            assert await error(client, "tasks/cancel", {"id": half["id"]}) == -32002
            assert [one["kind"] for one in await streamed(client, "tasks/resubscribe", {"id": half["id"]})] == ["task"]
            again = await task(client, "message/send", asking("again?", taskId=half["id"], messageId="m3"))
            assert again["status"]["state"] == "completed"

    asyncio.run(asyncio.wait_for(main(), 20))


def test_too_much_metadata_is_32602_with_the_limit_in_words_and_nothing_is_asked(tmp_path: Path) -> None:
    long = {"long": "x" * REST_LIMIT}
    parts = [{"kind": "text", "text": "why?", "metadata": long}]

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for params in (asking(metadata=long), asking(parts=parts), asking(messageId="x" * REST_LIMIT)):
            told = (await call(client, "message/send", params))["error"]
            assert told["code"] == -32602
            assert "the limit is 16,384" in told["message"]
            assert "xxx" not in str(told)

    with_api(tmp_path, PerSection(), check)


def test_a_task_grows_by_what_is_new_and_a_reply_has_the_metadata_of_its_own_message_only(tmp_path: Path) -> None:
    count = 6

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        name = str(uuid4())
        written: list[int] = []
        for number in range(count):
            metadata = {"number": number, "long": "x" * (REST_LIMIT - 2000)}
            found = await task(client, "message/send", asking(taskId=name, messageId=f"m{number}", metadata=metadata))
            carrying = [message["messageId"] for message in found["history"] if "metadata" in message]
            assert carrying == [f"m{number}"]
            assert len(json.dumps(found["history"])) < 2 * REST_LIMIT
            written.append(sum(len(body) for body in stored_documents(tmp_path)))
        assert written[-1] < (count + 1) * REST_LIMIT
        assert len([body for body in stored_documents(tmp_path) if '"number":0,' in body]) == 1
        assert max(len(body) for body in stored_documents(tmp_path)) < REST_LIMIT + 1000

    with_api(tmp_path, PerSection(*WHOLE * count), check)


def stored_documents(folder: Path) -> list[str]:
    database = open_database(folder)
    documents = DocumentStore(database)
    bodies = [*documents.all("a2a_task").values(), *documents.all("a2a_turn").values()]
    database.dispose()
    return bodies


def test_a_task_that_an_earlier_version_stored_whole_is_read_and_goes_on(tmp_path: Path) -> None:
    name = str(uuid4())
    message = {"kind": "message", "role": "user", "messageId": "m0", "parts": [{"kind": "text", "text": "why?"}]}
    turn = {
        "run_id": "0" * 16,
        "message": message,
        "question": "why?",
        "language": "en",
        "asked_at": "2026-11-23T00:00:00Z",
        "unasked": {"cause": "canceled", "message": "Canceled.", "at": "2026-11-23T00:00:01Z"},
    }
    record = {"task_id": name, "context_id": "c", "owner": "local", "turns": [turn]}

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        database = open_database(tmp_path)
        DocumentStore(database).put("a2a_task", name, json.dumps(record))
        database.dispose()
        assert (await task(client, "tasks/get", {"id": name}))["status"]["state"] == "canceled"
        found = await task(client, "message/send", asking(taskId=name))
        assert [one["messageId"] for one in found["history"] if one["role"] == "user"] == ["m0", "m1"]
        assert await task(client, "tasks/get", {"id": name}) == found

    with_api(tmp_path, PerSection(*WHOLE), check)
