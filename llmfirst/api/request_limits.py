"""Limits on requests: how many a caller may send, and what they may contain.

Pure ASGI, so that nothing stands between a stream and its reader.
"""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llmfirst.api.authentication import area_of, client_address, too_many_requests
from llmfirst.api.caller import owner_in
from llmfirst.api.json_body import strict_json
from llmfirst.api.page_rules import UPLOAD
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.refusals import malformed, refused

BODY_LIMIT: Final = 4 * 1024 * 1024
BODY_SECONDS: Final = 30
_UPLOAD_LIMIT: Final = 11 * 1024 * 1024  # one file of Gradio's own limit, and what is around it


class RequestLimits:
    """Middleware that refuses requests.

    429: too many of one caller; 413: the body is too long; 408: it takes too long; 415 and 422: it goes to the API and
    does not say that it is JSON, or is none.
    """

    def __init__(self, app: ASGIApp, buckets: TokenBuckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._refusal(request)
        is_held = scope["method"] == "POST" and scope["path"] != UPLOAD  # an upload goes on to a file, piece by piece
        if answer is None and is_held:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    messages = await _read_body(receive, request.headers)
            except TimeoutError:
                answer = refused(408, "too_slow", f"The body did not come within {BODY_SECONDS} s: send it again.")
                messages = []
            if messages is None:
                answer = _too_long(BODY_LIMIT)
            elif answer is None:
                receive = replayed(messages, receive)
                answer = _body_refusal(scope["path"], messages)
        await (answer or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        path, method = request.scope["path"], request.method
        area = area_of(path)
        if area != "page" or method == "POST":
            caller = f"at {client_address(request)}" if area == "open" else owner_in(request.scope)
            seconds = self._buckets.take(caller)
            if seconds:
                return too_many_requests(seconds)
        if method == "POST" and _is_api(path) and _media_type(request) != "application/json":
            return refused(415, "no_json", "The body must be JSON: send it with Content-Type: application/json.")
        if path == UPLOAD and not _is_at_most(request.headers, _UPLOAD_LIMIT):
            return _too_long(_UPLOAD_LIMIT)
        return None


def _body_refusal(path: str, messages: list[Message]) -> Response | None:
    if not path.startswith("/api/"):  # A2A and the page tell in their own way what is wrong
        return None
    try:
        strict_json(b"".join(message.get("body", b"") for message in messages))
    except ValueError as error:
        return malformed([f"body: {error}"])
    return None


async def _read_body(receive: Receive, headers: Headers) -> list[Message] | None:
    """Read the body and return its messages; None when it is too long."""
    if "content-length" in headers and not _is_at_most(headers, BODY_LIMIT):
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


def replayed(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that begins with these messages again."""
    waiting = messages[::-1]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _is_at_most(headers: Headers, limit: int) -> bool:
    """Tell whether the content-length of a body is given and within the limit."""
    announced = headers.get("content-length", "")
    return announced.isdecimal() and int(announced) <= limit


def _too_long(limit: int) -> Response:
    return refused(413, "too_long", f"The body is longer than {limit:,} bytes, or does not say how long it is.")


def _is_api(path: str) -> bool:
    return path == "/a2a" or path.startswith("/api/")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
