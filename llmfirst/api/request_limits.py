"""Limits on requests: how many a caller may send, and what they may contain.

Pure ASGI, so that nothing stands between a stream and its reader.
"""

import asyncio
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llmfirst.api.authentication import area_of, client_address, too_many_requests
from llmfirst.api.caller import owner_in
from llmfirst.api.page_rules import Visits, is_used, names_an_address, names_anothers_file, parsed_body, visit_of
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.refusals import refused

BODY_LIMIT: Final = 4 * 1024 * 1024
BODY_SECONDS: Final = 30
_UPLOAD: Final = "/gradio_api/upload"  # read piece by piece, into a file
_UPLOAD_LIMIT: Final = 11 * 1024 * 1024  # one file of Gradio's own limit, and what is around it


class RequestLimits:
    """Middleware that refuses requests.

    429: too many of one caller; 413: the body is too long; 408: it takes too long; 415: it is not JSON and goes to the
    API; 404: our page never sends such a request to Gradio.
    """

    def __init__(self, app: ASGIApp, buckets: TokenBuckets) -> None:
        self._app = app
        self._buckets = buckets
        self._visits = Visits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._refusal(request)
        if answer is None and scope["method"] == "POST" and scope["path"] != _UPLOAD:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    messages = await _read_body(receive, request.headers)
            except TimeoutError:
                answer = refused(408, "too_slow", f"The body did not come within {BODY_SECONDS} s: send it again.")
                messages = []
            if messages is None:
                answer = _too_long(BODY_LIMIT)
            elif answer is None:
                receive = _replayed(messages, receive)
                answer = self._body_refusal(request, messages)
        elif answer is None and area_of(scope["path"]) == "page":
            answer = self._visit_refusal(request, None)
        await (answer or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        path, method = request.scope["path"], request.method
        area = area_of(path)
        if area == "page" and not is_used(method, path, request.url.query):
            return refused(404, "not_found", "There is nothing here.")
        if area != "page" or method == "POST":
            caller = f"at {client_address(request)}" if area == "open" else owner_in(request.scope)
            seconds = self._buckets.take(caller)
            if seconds:
                return too_many_requests(seconds)
        if method == "POST" and _is_api(path) and _media_type(request) != "application/json":
            return refused(415, "no_json", "The body must be JSON: send it with Content-Type: application/json.")
        if path == _UPLOAD and not _is_at_most(request.headers, _UPLOAD_LIMIT):
            return _too_long(_UPLOAD_LIMIT)
        return None

    def _body_refusal(self, request: Request, messages: list[Message]) -> Response | None:
        if area_of(request.scope["path"]) != "page":
            return None
        body = parsed_body(b"".join(message.get("body", b"") for message in messages))
        if names_an_address(body):
            return refused(422, "address", "A file must be uploaded: this server fetches none from an address.")
        return self._visit_refusal(request, body)

    def _visit_refusal(self, request: Request, body: Any) -> Response | None:
        owner, path = owner_in(request.scope), request.scope["path"]
        if names_anothers_file(path, body, owner):
            return refused(404, "not_found", "There is nothing here.")
        visit = visit_of(path, request.url.query, body)
        if visit is None or self._visits.belongs(visit, owner):
            return None
        return refused(404, "visit_unknown", "This visit is over: load the page again.")


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


def _replayed(messages: list[Message], receive: Receive) -> Receive:
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
