"""Who may come in, by which door, and what each sees."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from httpx_sse import aconnect_sse
from starlette.requests import Request

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy, client_address
from llmfirst.api.request_limits import BODY_LIMIT
from llmfirst.credentials import parse_credentials
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import asking, error, request, task, waiting
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection

USERS = parse_credentials("alice:wonderland bob:builder-bob", shortest=8)
TOKENS = parse_credentials("alice:alice-0123456789 bob:bob-0123456789ab", shortest=16)
CLOSED = ServerOptions(access_policy=AccessPolicy(USERS, TOKENS))
ALICE = {"Authorization": "Bearer alice-0123456789"}
BOB = {"X-API-Key": "bob-0123456789ab"}
ASKED = {"question": "why?"}
FORWARDED = (
    {"X-Forwarded-For": "203.0.113.7"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "llm.example.org"},
    {"X-Real-IP": "203.0.113.7"},
    {"Forwarded": "for=203.0.113.7"},
    {"Via": "1.1 proxy"},
    {"CF-Connecting-IP": "203.0.113.7"},
)


def test_on_loopback_without_credentials_nothing_is_asked_for(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.post("/api/stream", json=ASKED)).status_code == 200
        assert (await client.get("/login")).status_code == 404

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_without_credentials_what_a_proxy_hands_on_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for headers in FORWARDED:
            for path in ("/", "/api/stream", "/gradio_api/queue/join", "/config", "/openapi.json"):
                reply = await client.get(path, headers=headers)
                assert reply.status_code == 403, (headers, path)
                assert "set LLMFIRST_PAGE_USERS and LLMFIRST_API_TOKENS" in reply.json()["message"]
            assert (await client.post("/a2a", json=request("tasks/get"), headers=headers)).status_code == 403
            assert (await client.get("/.well-known/agent.json", headers=headers)).status_code == 200

    with_api(tmp_path, PerSection(), check)


@pytest.mark.parametrize("path", ["/api/stream", "/a2a"])
def test_without_a_token_or_with_a_wrong_one_the_answer_is_401_before_any_work(tmp_path: Path, path: str) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        body = ASKED if path == "/api/stream" else request("message/stream", asking())
        missing = await client.post(path, json=body)
        assert missing.status_code == 401
        assert missing.headers["WWW-Authenticate"] == 'Bearer realm="llmfirst"'
        for headers in (
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer alice"},
            {"Authorization": "Bearer wonderland"},
            {"X-API-Key": "alice-0123456789 "[:-2]},
            {"X-API-Key": ""},
        ):
            wrong = await client.post(path, json=body, headers=headers)
            assert wrong.status_code == 401
            assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
        basic = await client.post(path, json=body, headers={"Authorization": "Basic YWxpY2U6d29uZGVybGFuZA=="})
        assert basic.status_code == 401
        too_long = await client.post(path, content=b" " * (BODY_LIMIT + 1), headers={"Content-Type": "text/plain"})
        assert too_long.status_code == 401

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_bearer_and_api_key_are_taken_whatever_the_case_of_the_scheme(tmp_path: Path) -> None:
    forms = ({"Authorization": "bearer alice-0123456789"}, ALICE, {"x-api-key": "alice-0123456789"})

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for headers in forms:
            assert (await client.post("/api/stream", json=ASKED, headers=headers)).status_code == 200
            found = await task(client, "message/send", asking(), headers=headers)
            assert found["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE * 6), check, CLOSED)


def test_no_spelling_of_a_path_gets_past_the_door(tmp_path: Path) -> None:
    paths = ["//a2a", "/a2a/", "/a2a/.", "/A2A", "/./a2a", "/a2a%2f", "/api//stream", "/API/stream", "/api/stream/"]
    paths += ["/login/../api/stream", "/login/../a2a", "/healthz/../a2a", "/.well-known/agent.json/../../a2a", "/a2a;x"]

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        host = client.base_url.netloc.decode()
        body = json.dumps(request("message/send", asking()))
        for path in paths:  # as it is: a client would tidy it up
            reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            status = int((await reader.readline()).split()[1])
            writer.close()
            assert status in (400, 401, 404, 405), (path, status)

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_a_run_and_a_task_are_unknown_to_everybody_but_their_owner(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async with aconnect_sse(client, "POST", "/api/stream", json=ASKED, headers=ALICE) as source:
            events = [json.loads(event.data) async for event in source.aiter_sse()]
        params = {"run_id": events[0]["data"]["run_id"]}
        assert (await client.get("/api/stream", params=params, headers=BOB)).status_code == 404
        assert (await client.get("/api/stream", params=params, headers=ALICE)).status_code == 200

        running = await task(client, "message/send", waiting(asking(), blocking=False), headers=ALICE)
        name = {"id": running["id"]}
        assert await error(client, "tasks/get", name, headers=BOB) == -32001
        assert await error(client, "tasks/cancel", name, headers=BOB) == -32001
        assert await error(client, "message/send", asking(taskId=running["id"]), headers=BOB) == -32001
        stolen = await client.post("/a2a", json=request("tasks/resubscribe", name), headers=BOB)
        assert "-32001" in stolen.text
        assert (await task(client, "tasks/get", name, headers=ALICE))["status"]["state"] == "working"
        assert (await task(client, "tasks/cancel", name, headers=ALICE))["status"]["state"] == "canceled"

    with_api(tmp_path, PerSection(*WHOLE, ["half ", 60.0]), check, CLOSED)


def test_one_caller_has_so_many_runs_at_once_and_is_told_when_to_come_back(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for _number in range(2):
            await task(client, "message/send", waiting(asking(), blocking=False), headers=ALICE)
        refused = await client.post("/api/stream", json=ASKED, headers=ALICE)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_runs")
        assert int(refused.headers["Retry-After"]) > 0
        again = await client.post("/a2a", json=request("message/send", asking()), headers=ALICE)
        assert (again.status_code, again.json()["id"]) == (429, "r1")
        await task(client, "message/send", waiting(asking(), blocking=False), headers=BOB)

    with_api(tmp_path, PerSection(["half ", 60.0]), check, CLOSED, runs_per_owner=2)


def test_who_sends_too_many_requests_is_429_and_nobody_else_is(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for _number in range(5):
            assert await error(client, "tasks/get", {"id": "x"}, headers=ALICE) == -32001
        refused = await client.post("/a2a", json=request("tasks/get", {"id": "x"}), headers=ALICE)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 12
        assert (await client.get("/api/stream?run_id=x", headers=ALICE)).status_code == 429
        assert await error(client, "tasks/get", {"id": "x"}, headers=BOB) == -32001

    with_api(
        tmp_path, PerSection(), check, ServerOptions(access_policy=AccessPolicy(USERS, TOKENS), requests_per_minute=5)
    )


def test_who_sends_a_body_drop_by_drop_is_408(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmfirst.api.request_limits.BODY_SECONDS", 0.2)

    async def drops() -> AsyncGenerator[bytes, None]:
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.post("/a2a", content=drops(), headers={"Content-Type": "application/json"})
        assert (reply.status_code, reply.json()["code"]) == (408, "too_slow")

    with_api(tmp_path, PerSection(), check)


def test_a_websocket_is_refused(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        assert (await client.get("/gradio_api/queue/join", headers=upgrade)).status_code in (400, 401, 403, 404)

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_only_a_proxy_on_this_machine_may_say_where_a_request_comes_from() -> None:
    def came(peer: str, *forwarded: str) -> str:
        headers = [(b"x-forwarded-for", address.encode()) for address in forwarded]
        return client_address(Request({"type": "http", "client": (peer, 1), "headers": headers}))

    assert came("203.0.113.7", "198.51.100.1") == "203.0.113.7"
    assert came("127.0.0.1", "6.6.6.6, 198.51.100.1") == "198.51.100.1"
    assert came("127.0.0.1") == "127.0.0.1"
