"""JSON-RPC as a client sends it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
from httpx_sse import aconnect_sse


def asking(text: str = "why?", **more: Any) -> dict[str, Any]:
    """Return the params of a message; `more` goes into the message."""
    message = {"kind": "message", "role": "user", "messageId": "m1", "parts": [{"kind": "text", "text": text}]}
    return {"message": {**message, **more}}


def waiting(params: dict[str, Any], **configuration: Any) -> dict[str, Any]:
    """Return the params with a configuration."""
    return {**params, "configuration": {"acceptedOutputModes": [], **configuration}}


def request(method: str, params: dict[str, Any] | None = None, request_id: str | int = "r1") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


async def call(
    client: httpx.AsyncClient, method: str, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Any:
    """Send a request and return the whole response."""
    body = json.dumps(request(method, params)).encode()
    reply = await client.post("/a2a", content=body, headers={"Content-Type": "application/json", **(headers or {})})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("application/json")
    answer = reply.json()
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", "r1")
    return answer


async def task(client: httpx.AsyncClient, method: str, params: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Send a request and return the task in its result."""
    answer = await call(client, method, params, **fields)
    assert "result" in answer, answer
    found: dict[str, Any] = answer["result"]
    assert found["kind"] == "task"
    return found


async def error(client: httpx.AsyncClient, method: str, params: dict[str, Any], **fields: Any) -> int:
    """Send a request and return the code of its error."""
    code: int = (await call(client, method, params, **fields))["error"]["code"]
    return code


@asynccontextmanager
async def streaming(
    client: httpx.AsyncClient, method: str, params: dict[str, Any], **fields: Any
) -> AsyncGenerator[AsyncGenerator[dict[str, Any], None], None]:
    """Open a stream; yields the results of its events. Leaving the context leaves the stream."""
    async with aconnect_sse(client, "POST", "/a2a", json=request(method, params), **fields) as source:

        async def results() -> AsyncGenerator[dict[str, Any], None]:
            async for event in source.aiter_sse():
                told = json.loads(event.data)
                assert (told["jsonrpc"], told["id"]) == ("2.0", "r1")
                yield told["result"]

        async with aclosing(results()) as opened:
            yield opened


async def streamed(client: httpx.AsyncClient, method: str, params: dict[str, Any], **fields: Any) -> list[Any]:
    """Return every result of a stream, to its end."""
    async with streaming(client, method, params, **fields) as results:
        return [result async for result in results]


async def until_text(results: AsyncGenerator[dict[str, Any], None]) -> list[dict[str, Any]]:
    """Read a stream to the first text, and return what came."""
    seen: list[dict[str, Any]] = []
    async for result in results:
        seen.append(result)
        if result["kind"] == "artifact-update":
            break
    return seen


def texts(results: list[Any]) -> dict[str, str]:
    """Return the texts of a stream by artifact, put together as the protocol says; a snapshot comes first if any."""
    found: dict[str, str] = {}
    for result in results:
        if result["kind"] == "task":
            found = stored_texts(result)
        elif result["kind"] == "artifact-update":
            artifact = result["artifact"]
            piece = "".join(part["text"] for part in artifact["parts"])
            found[artifact["artifactId"]] = found[artifact["artifactId"]] + piece if result["append"] else piece
    return found


def stored_texts(found: dict[str, Any]) -> dict[str, str]:
    """Return the texts of a task by artifact."""
    return {
        artifact["artifactId"]: "".join(part["text"] for part in artifact["parts"])
        for artifact in found.get("artifacts", [])
    }


async def got_until(client: httpx.AsyncClient, name: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask for a task again and again until it is as expected."""
    found = await task(client, "tasks/get", {"id": name})
    while not is_so(found):
        await asyncio.sleep(0.02)
        found = await task(client, "tasks/get", {"id": name})
    return found
