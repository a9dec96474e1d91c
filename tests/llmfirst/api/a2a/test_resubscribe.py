"""tasks/resubscribe, and what becomes of a run when those who follow it leave."""

import asyncio
import json
from pathlib import Path

import httpx

from llmfirst.api.app import ServerOptions
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import (
    asking,
    request,
    stored_texts,
    streamed,
    streaming,
    task,
    texts,
    until_text,
)
from tests.llmfirst.api.serving import with_api
from tests.scripted import END, PerSection


def slowly(pieces: int, pause_seconds: float = 0.01) -> list[str | float]:
    return [step for number in range(pieces) for step in (f"word{number} ", pause_seconds)]


def test_who_comes_back_gets_a_snapshot_and_then_the_rest_with_nothing_lost_or_doubled(tmp_path: Path) -> None:
    provider = PerSection([*slowly(40), END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as results:
            name = (await until_text(results))[0]["id"]
        back = await streamed(client, "tasks/resubscribe", {"id": name})
        assert (back[0]["kind"], back[0]["status"]["state"]) == ("task", "working")
        assert back[-1]["status"]["state"] == "completed"
        found = await task(client, "tasks/get", {"id": name})
        assert texts(back) == stored_texts(found)
        assert next(iter(texts(back).values())).split() == [f"word{number}" for number in range(40)]

    with_api(tmp_path, provider, check)


def test_five_followers_see_the_same_and_one_that_leaves_or_never_reads_harms_nobody(tmp_path: Path) -> None:
    provider = PerSection([*slowly(200, 0.002), END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as results:
            seen = await until_text(results)
            name = {"id": seen[0]["id"]}
            others = [asyncio.create_task(streamed(client, "tasks/resubscribe", name)) for _ in range(3)]
            async with (
                client.stream("POST", "/a2a", json=request("tasks/resubscribe", name)),  # it is never read
                streaming(client, "tasks/resubscribe", name) as leaving,
            ):
                await until_text(leaving)
            seen += [result async for result in results]
        found = await task(client, "tasks/get", name)
        assert texts(seen) == stored_texts(found)
        for other in others:
            assert texts(await other) == stored_texts(found)

    with_api(tmp_path, provider, check)


def test_a_task_that_has_ended_is_a_snapshot_and_the_end(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert await streamed(client, "tasks/resubscribe", {"id": found["id"]}) == [found]

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_an_unknown_task_is_one_error_event(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for method, params in (("tasks/resubscribe", {"id": "x"}), ("message/stream", asking(taskId="x"))):
            async with client.stream("POST", "/a2a", json=request(method, params)) as reply:
                assert reply.status_code == 200
                assert reply.headers["content-type"].startswith("text/event-stream")
                lines = [line async for line in reply.aiter_lines() if line]
            told = [json.loads(line.removeprefix("data: ")) for line in lines]
            assert [(one["id"], one["error"]["code"]) for one in told] == [("r1", -32001)]

    with_api(tmp_path, PerSection(), check)


def test_when_all_have_left_the_model_stops_after_the_grace_time_and_nothing_leaks(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE, ["half ", 60.0])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        await streamed(client, "message/stream", asking())  # what the server itself keeps is there from now on
        await asyncio.sleep(0.1)
        before = len(asyncio.all_tasks())
        async with streaming(client, "message/stream", asking()) as results:
            seen = await until_text(results)
            provider.closing.clear()
        started = asyncio.get_running_loop().time()
        await provider.closing.wait()
        assert asyncio.get_running_loop().time() - started >= 0.2
        run_id = seen[1]["metadata"]["data"]["run_id"]
        await runs.ended(run_id)
        found = await task(client, "tasks/get", {"id": seen[0]["id"]})
        assert found["status"]["state"] == "canceled"
        await asyncio.sleep(0.3)
        assert len(asyncio.all_tasks()) <= before
        assert provider.opened == provider.closed

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0.3))


def test_who_comes_back_within_the_grace_time_keeps_the_run(tmp_path: Path) -> None:
    provider = PerSection(["half ", 0.8, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as results:
            name = (await until_text(results))[0]["id"]
        back = await streamed(client, "tasks/resubscribe", {"id": name})
        assert back[-1]["status"]["state"] == "completed"

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0.4))


def test_a_follow_up_that_everyone_left_before_its_turn_is_never_asked(tmp_path: Path) -> None:
    provider = PerSection(["half ", 0.6, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as first:
            seen = await until_text(first)
            follow_up = asking("and then?", taskId=seen[0]["id"], messageId="m2")
            async with streaming(client, "message/stream", follow_up) as second:
                assert (await anext(second))["status"]["state"] == "submitted"
                await asyncio.sleep(0.1)
            async for _result in first:
                pass
        found = await task(client, "tasks/get", {"id": seen[0]["id"]})
        while found["status"]["state"] == "submitted":
            await asyncio.sleep(0.02)
            found = await task(client, "tasks/get", {"id": seen[0]["id"]})
        assert found["status"]["state"] == "canceled"
        assert provider.opened == 4

    with_api(tmp_path, provider, check)
