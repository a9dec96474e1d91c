import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from llmfirst.answer import fold
from llmfirst.api.app import ServerOptions
from llmfirst.api.wire import WireMessage
from llmfirst.errors import ProviderUnavailable
from llmfirst.events import PHASES
from llmfirst.providers.base import Chunk
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.serving import with_api
from tests.scripted import END, PerSection, Reply


async def streamed(client: httpx.AsyncClient, method: str = "GET", **fields: Any) -> list[ServerSentEvent]:
    async with aconnect_sse(client, method, "/api/stream", **fields) as source:
        return [event async for event in source.aiter_sse()]


def test_a_run_is_start_progress_and_complete_in_the_form_of_the_design(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        events = await streamed(client, params={"question": "why?"})
        messages = [WireMessage.model_validate_json(event.data).root for event in events]
        assert [event.event for event in events] == ["start", *["progress"] * 4, "complete"]
        assert [message.event for message in messages] == [event.event for event in events]
        assert [event.id for event in events[1:5]] == ["1", "2", "3", "4"]
        objects = [json.loads(event.data) for event in events]
        assert objects[0]["data"]["source"] == "llm_first_engine"
        assert [item["data"]["phase"] for item in objects[1:5]] == list(PHASES)
        assert objects[1]["data"]["timestamp"] == pytest.approx(1795392000.0, abs=5)
        assert objects[-1]["data"]["final"] is True
        stored = fold([event async for event in runs.follow(objects[0]["data"]["run_id"])])
        assert objects[-1]["data"]["metrics"] == json.loads(stored.metrics().model_dump_json())
        assert objects[-1]["data"]["metrics"]["outcome"] == "complete"

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_the_pieces_of_each_phase_joined_are_the_stored_text(tmp_path: Path) -> None:
    odd: Reply = ["하늘\u2028은", " \x85파\r\n", "랗다\u0000", "🙂", END]

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        events = await streamed(client, "POST", json={"question": "왜?", "model": None, "parent_run_id": None})
        assert all(event.data.isascii() for event in events)
        objects = [json.loads(event.data)["data"] for event in events]
        stored = fold([event async for event in runs.follow(objects[0]["run_id"])])
        joined = "".join(item["content"] for item in objects[1:-1] if item["phase"] == "core")
        assert joined == stored.text("core") == "하늘\u2028은 \x85파\r\n랗다\u0000🙂"

    with_api(tmp_path, PerSection(["plan", END], odd, ["d", END], ["e", END]), check)


def test_thinking_is_a_progress_of_its_own_kind_and_never_content(tmp_path: Path) -> None:
    core: Reply = [Chunk(thought="음, "), Chunk(thought="왜?"), "하늘", END]

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        events = await streamed(client, params={"question": "why?"})
        assert [WireMessage.model_validate_json(event.data).root.event for event in events[1:-1]] == ["progress"] * 6
        told = [json.loads(event.data)["data"] for event in events]
        assert "".join(item["content"] for item in told[1:-1]) == "plan하늘de"  # as a reader from before sees it
        kinds = [(item.get("kind"), item.get("thought"), item["phase"], item["chunk_id"]) for item in told[2:5]]
        assert kinds == [("thought", "음, ", "core", 2), ("thought", "왜?", "core", 3), (None, None, "core", 4)]
        assert (await streamed(client, params={"run_id": told[0]["run_id"], "after": "2"}))[0].id == "3"
        run = (await client.get(f"/api/runs/{told[0]['run_id']}")).json()
        assert (run["text"]["core"], run["thought"]) == ("하늘", {"core": "음, 왜?"})
        assert run["metrics"]["thought_seconds"] is not None
        calls = (await client.get(f"/api/runs/{told[0]['run_id']}/ledger")).json()["calls"]
        assert [(call["thoughts"], call["reply"]) for call in calls][1] == ("음, 왜?", "하늘")

    with_api(tmp_path, PerSection(["plan", END], core, ["d", END], ["e", END]), check)


@pytest.mark.parametrize(("accepts", "message"), [("ko-KR,en", "LLM 분석을 시작합니다..."), ("en", "Starting the LLM")])
def test_the_start_speaks_the_callers_language(tmp_path: Path, accepts: str, message: str) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        events = await streamed(client, params={"question": "why?"}, headers={"Accept-Language": accepts})
        assert json.loads(events[0].data)["data"]["message"].startswith(message)

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_who_comes_back_gets_what_was_missed_and_nothing_twice(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        first = await streamed(client, params={"question": "why?"})
        run_id = json.loads(first[0].data)["data"]["run_id"]
        whole = [event.data for event in first]

        async def again(headers: dict[str, str] | None = None, **params: int) -> list[str]:
            events = await streamed(client, params={"run_id": run_id, **params}, headers=headers or {})
            return [event.data for event in events]

        assert await again(after=2) == whole[3:]
        assert await again({"Last-Event-ID": "3"}) == whole[4:]
        assert await again() == whole

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_silence_has_pings_in_it_and_who_comes_back_into_one_is_answered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmfirst.api.streams.PING_SECONDS", 0.1)
    provider = PerSection(["plan", 0.6, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with client.stream("GET", "/api/stream", params={"question": "why?"}) as first:
            lines = first.aiter_lines()
            start = ""
            async for line in lines:
                start = start or line.removeprefix("data:") * line.startswith("data:")
                if line.startswith("event: progress"):
                    break
            run_id = json.loads(start)["data"]["run_id"]
            params: dict[str, str | int] = {"run_id": run_id, "after": 1}
            async with client.stream("GET", "/api/stream", params=params) as again:
                rest = [line async for line in again.aiter_lines() if line]
            whole = [line async for line in lines if line]
        assert rest[0].startswith(": ping")
        for told in (rest, whole):
            assert sum(line.startswith(": ping") for line in told) >= 2
            assert [line for line in told if line.startswith("id:")] == ["id: 2", "id: 3", "id: 4"]

    with_api(tmp_path, provider, check)


def test_an_event_source_that_connects_again_by_itself_asks_no_second_question(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.get("/api/stream", params={"question": "why?"}, headers={"Last-Event-ID": "4"})
        assert reply.status_code == 204

    with_api(tmp_path, PerSection(), check)


def test_a_caller_that_leaves_stops_the_model_after_the_grace_time(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        async with aconnect_sse(client, "GET", "/api/stream", params={"question": "why?"}) as source:
            first = await anext(source.aiter_sse())
        run_id = json.loads(first.data)["data"]["run_id"]
        await provider.closing.wait()
        events = [event async for event in runs.follow(run_id)]
        assert fold(events).metrics().outcome == "stopped"

    with_api(tmp_path, provider, check, ServerOptions(api_grace_seconds=0.2))


def test_a_model_that_cannot_be_asked_is_one_error_event(tmp_path: Path) -> None:
    gone = ProviderUnavailable("Ollama does not answer: start it.")

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        events = await streamed(client, params={"question": "why?"})
        assert [event.event for event in events] == ["start", "error"]
        data = json.loads(events[-1].data)["data"]
        assert data == {"code": "model_unavailable", "message": "Ollama does not answer: start it.", "final": True}

    with_api(tmp_path, PerSection([gone], [gone], [gone]), check)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": "  "}, 422, "refused"),
        ({"question": "a\u0000b"}, 422, "refused"),
        ({"question": "가" * 20_000}, 413, "too_long"),
        ({"question": "why?", "model": "ollama/none"}, 404, "model_missing"),
    ],
)
def test_what_is_wrong_before_the_start_is_a_status_and_a_sentence(
    tmp_path: Path, body: dict[str, str], status: int, code: str
) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.post("/api/stream", json=body)
        assert (reply.status_code, reply.json()["code"]) == (status, code)
        assert reply.json()["message"].endswith(".")

    with_api(tmp_path, PerSection(), check)


def test_what_is_asked_about_thinking_is_kept_and_a_model_that_cannot_says_so(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        asked: list[dict[str, Any]] = []
        right: dict[str, dict[str, Any]] = {
            "GET": {"params": {"question": "?", "think": "on"}},
            "POST": {"json": {"question": "?"}},
        }
        for method, fields in right.items():
            events = [json.loads(event.data)["data"] for event in await streamed(client, method, **fields)]
            run = (await client.get(f"/api/runs/{events[0]['run_id']}")).json()
            assert run["think_note"] == events[-1]["think_note"]
            asked.append(run)
        assert [run["think"] for run in asked] == ["on", "auto"]
        assert [bool(run["think_note"]) for run in asked] == [True, False]
        assert "choose another model" in asked[0]["think_note"]
        wrong: dict[str, dict[str, Any]] = {
            "GET": {"params": {"question": "?", "think": "x"}},
            "POST": {"json": {"question": "?", "think": 1}},
        }
        for method, fields in wrong.items():
            assert (await client.request(method, "/api/stream", **fields)).status_code == 422

    with_api(tmp_path, PerSection(*WHOLE, *WHOLE), check)


def test_a_fault_is_refused_unless_the_server_offers_it_and_then_told_of_the_run_and_counted_nowhere(
    tmp_path: Path,
) -> None:
    asked = {"question": "why?", "fault": "drop"}

    async def check_refused(client: httpx.AsyncClient, runs: Runs) -> None:
        answer = await client.post("/api/stream", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "refused")
        assert "--faults api" in answer.json()["message"]
        assert (await client.get("/api/stream", params=asked)).status_code == 200  # a parameter that is not known

    with_api(tmp_path, PerSection(*WHOLE), check_refused)

    async def check_told(client: httpx.AsyncClient, runs: Runs) -> None:
        for body, fault in ((asked, "drop"), ({"question": "why?"}, None)):
            start, *_, end = await streamed(client, "POST", json=body)
            assert json.loads(end.data)["data"]["metrics"]["outcome"] == "complete"
            run_id = json.loads(start.data)["data"]["run_id"]
            assert (await client.get(f"/api/runs/{run_id}")).json()["fault"] == fault
        assert 'llmfirst_runs_total{outcome="complete"} 1.0' in (await client.get("/metrics")).text

    provider = PerSection(["plan", END], ["core", END], ["again", END], *WHOLE[2:], *WHOLE)
    with_api(tmp_path / "offered", provider, check_told, ServerOptions(offers_faults=True))


def test_an_unknown_run_and_a_malformed_body_are_refused(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.get("/api/stream", params={"run_id": "nobody"})).status_code == 404
        assert (await client.get("/api/stream")).status_code == 422
        assert (await client.post("/api/stream", json={"question": "why?", "other": 1})).status_code == 422
        json_headers = {"Content-Type": "application/json"}
        assert (await client.post("/api/stream", content=b"{", headers=json_headers)).status_code == 422
        assert (await client.post("/api/stream", content=b"{}")).status_code == 415

    with_api(tmp_path, PerSection(), check)


def test_a_full_line_is_429_and_a_model_that_could_not_be_loaded_503_both_with_retry_after(tmp_path: Path) -> None:
    gone = ProviderUnavailable("Ollama does not answer: start it.")

    async def full(client: httpx.AsyncClient, runs: Runs) -> None:
        await runs.start("why?", language="en", model=None, grace_seconds=5)
        reply = await client.get("/api/stream", params={"question": "why?"})
        assert (reply.status_code, reply.json()["code"]) == (429, "line_full")
        assert int(reply.headers["Retry-After"]) > 0

    async def broken(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.get("/api/stream", params={"question": "why?"})
        assert (reply.status_code, reply.json()["code"]) == (503, "not_ready")
        assert reply.json()["message"] == "Ollama does not answer: start it."
        assert int(reply.headers["Retry-After"]) > 0

    with_api(tmp_path / "full", PerSection(["x", 60.0]), full, line_limit=0)
    with_api(tmp_path / "broken", PerSection(warm_errors=[gone] * 2), broken)


def test_a_question_to_a_model_that_is_not_loaded_waits_for_it(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        events = await streamed(client, params={"question": "why?", "model": "ollama/scripted"})
        assert [event.event for event in events] == ["start", *["progress"] * 4, "complete"]
        metrics = json.loads(events[-1].data)["data"]["metrics"]
        assert metrics["waited"] >= 0.3
        assert metrics["since_submit"] >= metrics["total_time"] + 0.3

    with_api(tmp_path, PerSection(*WHOLE, load_seconds=0.3), check, is_warm=False)
