"""What JSON-RPC asks of the endpoint, whatever the method."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmfirst.api.request_limits import BODY_LIMIT
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import asking, call, error, request, task, waiting
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection

JSON = {"Content-Type": "application/json"}
SECRET = "a secret that nobody should send back"


def with_silent_model(folder: Path, check: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Check without a model: what is asked of it fails the test."""

    async def checked(client: httpx.AsyncClient, _: Runs) -> None:
        await check(client)

    with_api(folder, PerSection(), checked)


def test_what_is_no_json_is_a_parse_error_with_no_id(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for body in (b"", b"{", b"\xff\xfe", b'{"a": ' * 100_000, b"nothing", b"1" * 5000):
            reply = await client.post("/a2a", content=body, headers=JSON)
            assert reply.status_code == 200
            answer = reply.json()
            assert answer["error"]["code"] == -32700
            assert answer["id"] is None

    with_silent_model(tmp_path, check)


GOOD = request("tasks/get", {"id": "x"})


MALFORMED: tuple[tuple[Any, int, Any], ...] = (
    ([GOOD], -32600, None),
    ([], -32600, None),
    ("text", -32600, None),
    (7, -32600, None),
    ({**GOOD, "id": True}, -32600, None),
    ({**GOOD, "id": 1.5}, -32600, None),
    ({**GOOD, "id": {}}, -32600, None),
    ({**GOOD, "id": None}, -32600, None),
    ({name: value for name, value in GOOD.items() if name != "id"}, -32600, None),
    ({name: value for name, value in GOOD.items() if name != "jsonrpc"}, -32600, "r1"),
    ({name: value for name, value in GOOD.items() if name != "method"}, -32600, "r1"),
    ({**GOOD, "jsonrpc": "1.0"}, -32600, "r1"),
    ({**GOOD, "jsonrpc": 2.0}, -32600, "r1"),
    ({**GOOD, "method": 5}, -32600, "r1"),
    ({**GOOD, "method": "tasks/unknown"}, -32601, "r1"),
    ({**GOOD, "method": ""}, -32601, "r1"),
    ({"jsonrpc": "2.0", "method": "message/ssend", "params": {}}, -32601, None),
    ({"jsonrpc": "2.0", "method": "message/send", "params": "not_a_dict"}, -32602, None),
    ({"jsonrpc": "2.0", "method": "message/send", "params": asking(parts=[])}, -32602, None),
    ({"jsonrpc": "2.0", "method": "message/send", "params": asking()}, -32600, None),
    ({**GOOD, "id": {}, "method": "tasks/unknown"}, -32600, None),
    ({**GOOD, "id": 0}, -32001, 0),
    ({**GOOD, "id": ""}, -32001, ""),
    ({**GOOD, "id": "\ud800"}, -32602, "\ud800"),
    ({**GOOD, "id": 2**80}, -32001, 2**80),
)


def test_each_malformed_request_has_its_code_and_a_fit_id_comes_back(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for body, code, told_id in MALFORMED:
            reply = await client.post("/a2a", content=json.dumps(body).encode(), headers=JSON)
            assert reply.status_code == 200
            answer = json.loads(reply.content)
            assert (answer["jsonrpc"], answer["error"]["code"], answer["id"]) == ("2.0", code, told_id)

    with_silent_model(tmp_path, check)


def without(params: dict[str, Any], name: str) -> dict[str, Any]:
    return {"message": {key: value for key, value in params["message"].items() if key != name}}


UNFIT: tuple[Any, ...] = (
    None,
    {},
    {"message": None},
    {"message": "why?"},
    asking(parts=[]),
    asking(parts=None),
    asking(parts="why?"),
    asking(parts=["why?"]),
    asking(parts=[{"text": "why?"}]),
    asking(parts=[{"kind": "text"}]),
    asking(parts=[{"kind": "text", "text": 5}]),
    asking(parts=[{"kind": "unknown", "text": "why?"}]),
    without(asking(), "messageId"),
    without(asking(), "role"),
    without(asking(), "parts"),
    asking(role="system"),
    asking(role="agent"),
    asking(messageId=5),
    asking(taskId=5),
    asking(kind="task"),
    asking(metadata={"think": "much"}),
    asking(metadata={"think": ["on"]}),
    asking(referenceTaskIds="one"),
    asking(text="   "),
    asking(text="\x00"),
    asking(text="\ud800"),
    asking(text="x" * 101),
    waiting(asking(), historyLength=-1),
    waiting(asking(), historyLength="5"),
    waiting(asking(), historyLength=1.5),
    waiting(asking(), blocking="yes"),
    waiting(asking(), acceptedOutputModes="text/plain"),
    waiting(asking(), acceptedOutputModes=[5]),
)


@pytest.mark.parametrize("method", ["message/send", "message/stream"])
def test_a_message_that_cannot_be_asked_is_32602_as_json_and_no_model_is_asked(tmp_path: Path, method: str) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for params in UNFIT:
            assert await error(client, method, params) == -32602, params

    with_silent_model(tmp_path, check)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/resubscribe"])
def test_a_task_that_is_not_named_is_32602(tmp_path: Path, method: str) -> None:
    unfit: tuple[Any, ...] = (None, {}, {"id": 5}, {"id": None}, {"id": ["x"]}, [])

    async def check(client: httpx.AsyncClient) -> None:
        for params in unfit:
            assert await error(client, method, params) == -32602, params

    with_silent_model(tmp_path, check)


def test_a_negative_history_length_of_tasks_get_is_32602(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        found = await task(client, "message/send", asking())
        assert await error(client, "tasks/get", {"id": found["id"], "historyLength": -1}) == -32602

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_nothing_that_was_sent_and_no_trace_comes_back_in_an_error(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for params in (asking(role=SECRET), asking(parts=[{"kind": SECRET}]), {"message": SECRET}, {SECRET: 1}):
            answer = json.dumps(await call(client, "message/send", params))
            assert SECRET not in answer
            assert "Traceback" not in answer
            assert len(answer) < 5000
        long = await call(client, "message/send", asking(parts=[5] * 10_000))
        assert len(json.dumps(long)) < 10_000

    with_silent_model(tmp_path, check)


def test_a_body_that_is_too_long_is_413_and_another_content_type_415(tmp_path: Path) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b" " * (BODY_LIMIT // 4)

    async def check(client: httpx.AsyncClient) -> None:
        body = json.dumps(GOOD).encode()
        assert (await client.post("/a2a", content=body)).status_code == 415
        assert (await client.post("/a2a", content=body, headers={"Content-Type": "text/plain"})).status_code == 415
        charset = {"Content-Type": "Application/JSON; charset=utf-8"}
        assert (await client.post("/a2a", content=body, headers=charset)).status_code == 200
        long = await client.post("/a2a", content=b" " * (BODY_LIMIT + 1), headers=JSON)
        assert long.status_code == 413
        assert (await client.post("/a2a", content=chunks(), headers=JSON)).status_code == 413
        megabyte = request("tasks/get", {"id": "x", "metadata": {"long": "x" * 1_000_000}})
        assert (await client.post("/a2a", json=megabyte)).json()["error"]["code"] == -32001
        assert (await client.get("/a2a")).status_code in (404, 405)

    with_silent_model(tmp_path, check)


def test_unknown_fields_are_ignored_and_explicit_nulls_taken(tmp_path: Path) -> None:
    params = {
        **asking(unknown=1, taskId=None, contextId=None, metadata=None, referenceTaskIds=None, extensions=None),
        "configuration": {"acceptedOutputModes": None, "blocking": None, "historyLength": None, "unknown": {}},
        "metadata": None,
        "unknown": [],
    }

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.post("/a2a", json={**request("message/send", params), "unknown": True})
        assert reply.json()["result"]["status"]["state"] == "completed"

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_push_notifications_are_32003_while_the_card_does_not_declare_them(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        push = {"url": "http://127.0.0.1:9/hook"}
        settled = {"taskId": "x", "pushNotificationConfig": push}
        assert await error(client, "tasks/pushNotificationConfig/set", settled) == -32003
        assert await error(client, "tasks/pushNotificationConfig/get", {"id": "x"}) == -32003
        assert await error(client, "message/send", waiting(asking(), pushNotificationConfig=push)) == -32003

    with_silent_model(tmp_path, check)
