"""message/stream: what comes, in which order, and that it is what is stored."""

import asyncio
from pathlib import Path

import httpx
import pytest

from llmfirst.events import PHASES
from llmfirst.providers.base import Chunk
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
    waiting,
)
from tests.llmfirst.api.serving import with_api
from tests.scripted import END, PerSection, Reply

ODD: Reply = ["하늘\u2028은", " \x85파\r\n", "랗다\u0000", "🙂\n\n- 줄", END]


def test_a_stream_is_the_task_then_working_then_text_then_one_final_event(tmp_path: Path) -> None:
    provider = PerSection(["pl", "an", END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first, working, *updates, final = await streamed(client, "message/stream", asking())
        assert (first["kind"], first["status"]["state"]) == ("task", "submitted")
        assert [message["messageId"] for message in first["history"]] == ["m1"]
        ids = {"taskId": first["id"], "contextId": first["contextId"]}
        assert (working["kind"], working["status"]["state"], working["final"]) == ("status-update", "working", False)
        assert {update["kind"] for update in updates} == {"artifact-update"}
        assert all(update[name] == value for update in [working, *updates, final] for name, value in ids.items())
        seen: set[str] = set()
        for update in updates:
            name = update["artifact"]["artifactId"]
            assert update["append"] is (name in seen)
            seen.add(name)
        for phase in PHASES:
            ends = [update["lastChunk"] for update in updates if update["artifact"]["name"] == phase]
            assert ends == [*[False] * (len(ends) - 1), True]
        assert (final["kind"], final["status"]["state"], final["final"]) == ("status-update", "completed", True)

    with_api(tmp_path, provider, check)


def test_each_event_is_one_response_with_the_id_of_the_request(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with client.stream("POST", "/a2a", json=request("message/stream", asking(), 7)) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            assert reply.headers["cache-control"] == "no-store"
            assert reply.headers["x-accel-buffering"] == "no"
            lines = [line async for line in reply.aiter_lines() if line]
        assert all(line.startswith("data: {") for line in lines)
        assert all('"jsonrpc": "2.0", "id": 7, "result"' in line for line in lines)

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_the_pieces_joined_are_the_stored_artifacts_and_the_models_text(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        async with client.stream("POST", "/a2a", json=request("message/stream", asking())) as reply:
            raw = await reply.aread()
        assert raw.isascii()
        results = await streamed(client, "message/stream", asking())
        found = await task(client, "tasks/get", {"id": results[0]["id"]})
        assert texts(results) == stored_texts(found)
        assert list(stored_texts(found).values())[1] == "하늘\u2028은 \x85파\r\n랗다\u0000🙂\n\n- 줄"
        assert all(len(artifact["parts"]) == 1 for artifact in found["artifacts"])

    replies: tuple[Reply, ...] = (["plan", END], ODD, ["d", END], ["e", END])
    with_api(tmp_path, PerSection(*replies, *replies), check)


def test_our_own_objects_are_in_the_events(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        _task, working, *updates, final = await streamed(client, "message/stream", asking())
        assert working["metadata"]["event"] == "start"
        assert working["metadata"]["data"]["source"] == "llm_first_engine"
        assert working["status"]["message"]["parts"][1]["data"] == working["metadata"]
        progress = [update["metadata"] for update in updates if "metadata" in update]
        assert [one["event"] for one in progress] == ["progress"] * 4
        assert [one["data"]["chunk_id"] for one in progress] == [1, 2, 3, 4]
        assert [one["data"]["phase"] for one in progress] == list(PHASES)
        assert final["metadata"]["event"] == "complete"
        assert final["metadata"]["data"]["metrics"]["total_time"] >= 0
        assert final["status"]["message"]["parts"][1]["data"] == final["metadata"]

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_the_status_speaks_the_callers_language(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        _task, working, *_updates, final = await streamed(
            client, "message/stream", asking(), headers={"Accept-Language": "ko-KR"}
        )
        assert working["status"]["message"]["parts"][0]["text"] == "LLM 분석을 시작합니다..."
        assert final["status"]["message"]["parts"][0]["text"] == "답변을 마쳤습니다."

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_silence_has_pings_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmfirst.api.streams.PING_SECONDS", 0.1)
    provider = PerSection(["plan", 0.5, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with client.stream("POST", "/a2a", json=request("message/stream", asking())) as reply:
            raw = await reply.aread()
        assert raw.count(b"\r\n: ping") + raw.startswith(b": ping") >= 2

    with_api(tmp_path, provider, check)


def test_a_follow_up_that_waits_its_turn_streams_its_own_answer(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.3, END], *WHOLE[1:], ["second plan", END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with streaming(client, "message/stream", asking()) as first:
            seen = await until_text(first)
            follow_up = asking("and then?", taskId=seen[0]["id"], messageId="m2")
            second = asyncio.create_task(streamed(client, "message/stream", follow_up))
            rest = [result async for result in first]
        assert rest[-1]["final"]
        snapshot, *updates = await second
        assert snapshot["status"]["state"] == "submitted"
        assert updates[-1]["status"]["state"] == "completed"
        found = await task(client, "tasks/get", {"id": snapshot["id"]})
        assert texts([snapshot, *updates]) | texts([*seen, *rest]) == stored_texts(found)
        assert "second plan" in stored_texts(found).values()
        assert [message["messageId"] for message in found["history"] if message["role"] == "user"] == ["m1", "m2"]

    with_api(tmp_path, provider, check)


def test_a_history_length_of_zero_holds_for_the_first_event_too(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first, *_others = await streamed(client, "message/stream", waiting(asking(), historyLength=0))
        assert first["history"] == []

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_thinking_is_a_status_of_its_own_kind_and_in_no_artifact(tmp_path: Path) -> None:
    core: Reply = [Chunk(thought="음, "), Chunk(thought="왜?"), "하늘", END]

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        results = await streamed(client, "message/stream", asking())
        told = [result for result in results if result.get("metadata", {}).get("data", {}).get("kind") == "thought"]
        assert [result["metadata"]["data"]["thought"] for result in told] == ["음, ", "왜?"]
        assert {(result["kind"], result["status"]["state"], result["final"]) for result in told} == {
            ("status-update", "working", False)
        }
        assert not any("message" in result["status"] for result in told)
        found = await task(client, "tasks/get", {"id": results[0]["id"]})
        assert list(texts(results).values()) == list(stored_texts(found).values()) == ["plan", "하늘", "d", "e"]

    with_api(tmp_path, PerSection(["plan", END], core, ["d", END], ["e", END]), check)
