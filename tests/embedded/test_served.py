"""The whole program on the small real model, reached over HTTP: how it ends, and what it logs."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.server import App

pytestmark = pytest.mark.embedded
_QUESTION = "Tell me everything about the history of Rome, the xylophone of Vercingetorix included."


@pytest.fixture
def app(tmp_path: Path, small_model_home: Path) -> Iterator[App]:
    app = App(tmp_path, small_model_home / "models", "--deadline", "60")
    app.start()
    yield app
    app.kill()


def asking(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def message(text: str) -> dict[str, Any]:
    return {"message": {"role": "user", "messageId": "m", "parts": [{"kind": "text", "text": text}]}}


def got(client: httpx.Client, method: str, params: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = client.post("/a2a", json=asking(method, params)).json()["result"]
    return result


@pytest.mark.slow
def test_asked_to_end_with_open_streams_it_ends_in_seconds_and_says_truthfully_what_became_of_them(app: App) -> None:
    with httpx.Client(base_url=app.url, timeout=60, trust_env=False) as client:
        with client.stream("POST", "/a2a", json=asking("message/stream", message(_QUESTION))) as stream:
            lines = (line for line in stream.iter_lines() if line.startswith("data:"))
            task_id = json.loads(next(lines).removeprefix("data:"))["result"]["id"]
            while "artifact-update" not in next(lines):
                pass
            before = got(client, "tasks/get", {"id": task_id})
            assert before["status"]["state"] == "working"
            began = time.monotonic()
            app.stop()
            assert time.monotonic() - began < 8
        app.start()
        after = got(client, "tasks/get", {"id": task_id})
        assert after["status"]["state"] == "failed"
        assert after["status"]["message"]["parts"][1]["data"]["data"]["metrics"]["outcome"] == "interrupted"
        text = before["artifacts"][0]["parts"][0]["text"]
        assert after["artifacts"][0]["parts"][0]["text"].startswith(text)


@pytest.mark.slow
def test_neither_question_nor_answer_nor_secret_is_logged_at_info(tmp_path: Path, small_model_home: Path) -> None:
    options = ("--deadline", "4", "--log-level", "INFO")
    app = App(tmp_path, small_model_home / "models", *options)
    secrets = {"LLMFIRST_PAGE_USERS": "alice:wonderland-password", "LLMFIRST_API_TOKENS": "alice:token-0123456789"}
    app.start(**secrets)
    try:
        with httpx.Client(base_url=app.url, timeout=90, trust_env=False) as client:
            wrong = {"Authorization": "Bearer guessed-0123456789"}
            assert client.post("/api/stream", json={"question": _QUESTION}, headers=wrong).status_code == 401
            client.headers["Authorization"] = "Bearer token-0123456789"
            answer = got(client, "message/send", message(_QUESTION))
            streamed = client.post("/api/stream", json={"question": _QUESTION}).text
            assert client.get("/api/stream", params={"question": _QUESTION, "run_id": "xylophone"}).status_code == 404
            assert "xylophone" in answer["history"][0]["parts"][0]["text"]
            assert "complete" in streamed
            client.post("/login", data={"name": "alice", "password": "wonderland-password"})
            client.post("/a2a", content=b'{"xylophone":', headers={"Content-Type": "application/json"})
            client.post("/a2a", json=asking("tasks/get", {"xylophone": 1}))
    finally:
        app.kill()
    said = "".join(app.said)
    words = {"xylophone", "wonderland-password", "token-0123456789", "guessed-0123456789"}
    for artifact in answer["artifacts"]:
        text = artifact["parts"][0]["text"].strip()
        words |= {line.strip() for line in text.splitlines() if len(line.strip()) > 20}
    assert len(words) > 4
    assert {word for word in words if word in said} == set()
