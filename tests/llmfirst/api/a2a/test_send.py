"""message/send: the task that comes back, when it comes back, and what follows it."""

import asyncio
import json
import math
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from llmfirst.api.app import ServerOptions
from llmfirst.errors import ProviderUnavailable
from llmfirst.events import PHASES
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import asking, call, error, got_until, request, stored_texts, task, waiting
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection


def test_a_message_without_ids_becomes_a_task_with_ids_of_ours_and_the_whole_answer(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert found["id"]
        assert found["contextId"]
        assert found["status"]["state"] == "completed"
        assert [artifact["name"] for artifact in found["artifacts"]] == list(PHASES)
        assert list(stored_texts(found).values()) == ["plan", "core", "details", "end"]
        assert [message["taskId"] for message in found["history"]] == [found["id"]]
        assert found["status"]["message"]["parts"][0] == {"kind": "text", "text": "The answer is complete."}
        metrics = found["status"]["message"]["parts"][1]["data"]["data"]["metrics"]
        assert metrics["outcome"] == "complete"
        assert await task(client, "tasks/get", {"id": found["id"]}) == found

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_the_metadata_of_a_message_say_how_much_to_think(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking(metadata={"think": "high"}))
        told = found["status"]["message"]["parts"][1]["data"]["data"]
        assert "choose another model" in told["think_note"]

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_context_of_the_clients_is_kept(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking(contextId="ours"))
        assert found["contextId"] == "ours"
        assert found["history"][0]["contextId"] == "ours"

    with_api(tmp_path, PerSection(*WHOLE), check)


@pytest.mark.parametrize("blocking", [True, None])
def test_who_waits_gets_the_end(tmp_path: Path, blocking: bool | None) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", waiting(asking(), blocking=blocking))
        assert found["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_who_does_not_wait_gets_the_task_at_once_and_it_goes_on(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.3, WHOLE[0][1]], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", waiting(asking(), blocking=False))
        assert found["status"]["state"] in ("submitted", "working")
        while found["status"]["state"] == "working":
            await asyncio.sleep(0.05)
            found = await task(client, "tasks/get", {"id": found["id"]})
        assert found["status"]["state"] == "completed"

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0))


def test_a_task_that_nobody_waits_for_ends_when_nobody_has_asked_for_it_for_a_while(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", waiting(asking(), blocking=False))
        began = time.monotonic()
        while time.monotonic() < began + 2.5:  # longer than it may be left alone
            await asyncio.sleep(0.1)
            found = await task(client, "tasks/get", {"id": found["id"]})
            assert found["status"]["state"] == "working"
        await asyncio.wait_for(provider.closing.wait(), 5)
        ended = await got_until(client, found["id"], lambda one: one["status"]["state"] != "working")
        assert ended["status"]["state"] == "canceled"

    options = ServerOptions(api_grace_seconds=0.1, a2a_poll_grace_seconds=1.5)
    with_api(tmp_path, provider, check, options, arrival_seconds=0.1)


def test_who_waits_too_long_gets_the_task_as_it_stands_and_it_goes_on(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.5, WHOLE[0][1]], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert found["status"]["state"] == "working"
        while found["status"]["state"] == "working":
            await asyncio.sleep(0.05)
            found = await task(client, "tasks/get", {"id": found["id"]})
        assert found["status"]["state"] == "completed"

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0, a2a_wait_seconds=0.1))


def test_a_follow_up_keeps_the_ids_and_the_history_grows(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first = await task(client, "message/send", asking())
        second = await task(client, "message/send", asking("and then?", taskId=first["id"], messageId="m2"))
        assert (second["id"], second["contextId"]) == (first["id"], first["contextId"])
        assert second["status"]["state"] == "completed"
        roles = [(message["role"], message["messageId"]) for message in second["history"]]
        assert roles[0] == ("user", "m1")
        assert roles[-1] == ("user", "m2")
        assert [role for role, _ in roles] == ["user", "agent", "user"]
        assert len(second["artifacts"]) == 2 * len(PHASES)
        last = await task(client, "tasks/get", {"id": first["id"], "historyLength": 1})
        assert [message["messageId"] for message in last["history"]] == ["m2"]
        none = await task(client, "tasks/get", {"id": first["id"], "historyLength": 0})
        assert none["history"] == []

    with_api(tmp_path, PerSection(*WHOLE, *WHOLE), check)


def test_the_history_length_of_a_message_limits_what_comes_back(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", waiting(asking(), historyLength=0))
        assert found["history"] == []

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_an_unknown_task_is_32001_and_a_context_of_another_task_32602_and_neither_changes_anything(
    tmp_path: Path,
) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for unknown in ("non-existent-task-id", "", "x" * 200, f"{'x' * 200}{uuid4()}"):
            assert await error(client, "message/send", asking(taskId=unknown)) == -32001
        found = await task(client, "message/send", asking())
        assert await error(client, "message/send", asking(taskId=found["id"], contextId="another")) == -32602
        assert await task(client, "tasks/get", {"id": found["id"]}) == found

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_client_may_name_a_new_task_by_a_uuid(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for name in (str(uuid4()), f"test-{uuid4()}"):
            assert (await task(client, "message/send", asking(taskId=name)))["id"] == name

    with_api(tmp_path, PerSection(*WHOLE, *WHOLE), check)


def test_output_that_we_do_not_write_is_32005_and_so_are_files_and_data(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for modes in (["image/png"], ["audio/*"], ["video/mp4", "image/*"]):
            assert await error(client, "message/send", waiting(asking(), acceptedOutputModes=modes)) == -32005
        data = {"kind": "data", "data": {"a": 1}}
        file = {"kind": "file", "file": {"uri": "http://127.0.0.1:9/x"}}
        for part in (data, file):
            parts = [{"kind": "text", "text": "why?"}, part]
            assert await error(client, "message/send", asking(parts=parts)) == -32005

    with_api(tmp_path, PerSection(), check)


def test_every_way_to_say_text_is_taken(tmp_path: Path) -> None:
    modes = (["text"], ["text/plain"], ["image/png", "text/*"], ["*/*"], ["application/json"], ["TEXT/Plain; q=1"])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for accepted in modes:
            found = await task(client, "message/send", waiting(asking(), acceptedOutputModes=accepted))
            assert found["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE * len(modes)), check)


def test_references_to_other_tasks_are_taken(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking(referenceTaskIds=["nobody's"]))
        assert found["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_several_text_parts_are_one_question(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE)

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        parts = [{"kind": "text", "text": "Why is"}, {"kind": "text", "text": "the sky blue?"}]
        await task(client, "message/send", asking(parts=parts))
        assert "Why is\nthe sky blue?" in provider.requests[0].model_dump_json().replace("\\n", "\n")

    with_api(tmp_path, provider, check)


def test_a_model_that_cannot_be_asked_is_a_failed_task(tmp_path: Path) -> None:
    gone = ProviderUnavailable("Ollama does not answer: start it.")

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert found["status"]["state"] == "failed"
        assert "artifacts" not in found
        data = found["status"]["message"]["parts"][1]["data"]
        assert (data["event"], data["data"]["code"]) == ("error", "model_unavailable")

    with_api(tmp_path, PerSection([gone], [gone], [gone]), check)


def test_a_bug_is_a_failed_task_and_nothing_of_it_is_shown(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert found["status"]["state"] == "failed"
        assert "secret" not in json.dumps(found)
        assert "Traceback" not in json.dumps(found)

    with_api(tmp_path, PerSection([RuntimeError("/home/secret/path")]), check)


def test_a_client_that_leaves_stops_the_model_after_the_grace_time(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])
    name = str(uuid4())

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        sending = asyncio.create_task(client.post("/a2a", json=request("message/send", asking(taskId=name))))
        await provider.opening.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await asyncio.wait_for(provider.closing.wait(), 10)
        found = await task(client, "tasks/get", {"id": name})
        while found["status"]["state"] == "working":
            await asyncio.sleep(0.02)
            found = await task(client, "tasks/get", {"id": name})
        assert found["status"]["state"] == "canceled"

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0.2), arrival_seconds=0.2)


def test_a_full_line_is_429_with_retry_after_and_a_model_that_could_not_be_loaded_503(tmp_path: Path) -> None:
    async def full(client: httpx.AsyncClient, runs: Runs) -> None:
        await runs.start("why?", language="en", model=None, grace_seconds=5)
        reply = await client.post("/a2a", json=request("message/send", asking()))
        assert reply.status_code == 429
        assert int(reply.headers["Retry-After"]) > 0
        assert reply.json()["id"] == "r1"
        assert reply.json()["error"]["data"] == {"code": "line_full"}

    async def broken(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.post("/a2a", json=request("message/stream", asking()))
        assert reply.status_code == 503
        assert reply.json()["error"]["data"] == {"code": "not_ready"}
        assert reply.json()["error"]["message"] == "Ollama does not answer: start it."

    with_api(tmp_path / "full", PerSection(["x", 60.0]), full, line_limit=0)
    gone = ProviderUnavailable("Ollama does not answer: start it.")
    with_api(tmp_path / "broken", PerSection(warm_errors=[gone] * 2), broken)


def test_a_question_to_a_model_that_is_not_loaded_waits_for_it(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert found["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE, load_seconds=0.3), check, is_warm=False)


def test_the_figures_are_numbers_that_json_has(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        answer = await call(client, "message/send", asking())
        metrics = answer["result"]["status"]["message"]["parts"][1]["data"]["data"]["metrics"]
        assert all(math.isfinite(metrics[name]) for name in ("ttft", "total_time", "since_submit"))

    with_api(tmp_path, PerSection(*WHOLE), check)
