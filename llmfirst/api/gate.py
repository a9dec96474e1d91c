"""What a request may carry, and how many one caller may send; pure ASGI, so that nothing sits in front of a stream."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llmfirst.api.access import OPEN_PATHS, address_of, too_many
from llmfirst.api.caller import owner_in
from llmfirst.api.limits import Buckets
from llmfirst.api.refusals import refused

BODY_LIMIT: Final = 4 * 1024 * 1024
_UPLOAD: Final = "/gradio_api/upload"  # it has a limit of its own, and is read piece by piece


class Gate:
    """Refuses who comes too often (429), bodies that are too long (413), and to the API what is no JSON (415)."""

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_api = scope["path"] == "/a2a" or scope["path"].startswith("/api/")
        if is_api or scope["method"] == "POST":
            caller = f"at {address_of(Request(scope))}" if scope["path"] in OPEN_PATHS else owner_in(scope)
            seconds = self._buckets.take(caller)
            if seconds:
                await too_many(seconds)(scope, receive, send)
                return
        if scope["method"] != "POST" or scope["path"].startswith(_UPLOAD):
            await self._app(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
        if is_api and kind != "application/json":
            message = "The body must be JSON: send it with Content-Type: application/json."
            await refused(415, "no_json", message)(scope, receive, send)
            return
        body = await _whole(receive, Headers(scope=scope))
        if body is None:
            message = f"The body is longer than {BODY_LIMIT:,} bytes: send less."
            await refused(413, "too_long", message)(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)


async def _whole(receive: Receive, headers: Headers) -> list[Message] | None:
    """Read the body, as the messages that it came in; None when it is too long."""
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > BODY_LIMIT:
        return None
    messages: list[Message] = []
    length = 0
    while True:
        message = await receive()
        messages.append(message)
        length += len(message.get("body", b""))
        if length > BODY_LIMIT:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    waiting = messages[::-1]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
