"""Middleware that knows who reads the page's streams, and lets each visit have one reader."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.page_rules import STREAM, visit_of
from llmfirst.api.refusals import refused
from llmfirst.runs.listeners import Listeners


class OneListener:
    """409: another request reads the stream of this visit; everything that the visit asked is told there."""

    def __init__(self, app: ASGIApp, listeners: Listeners) -> None:
        self._app = app
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = None
        if scope["type"] == "http" and scope["path"] == STREAM:
            visit = visit_of(scope["path"], Request(scope).url.query)
        if visit is None:
            await self._app(scope, receive, send)
            return
        async with self._listeners.listening(visit) as is_alone:
            answer = None if is_alone else refused(409, "visit_listened", "The answers of this visit are read already.")
            await (answer or self._app)(scope, receive, send)
