"""The public address of the server: the one in the settings, whatever a proxy forwards."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.authentication import is_forwarded
from llmfirst.api.public_path import set_public_path

# Each of these headers makes Gradio write another address into its page.
_ADDRESSED_BY: Final = frozenset({b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server"})


class PublicUrl:
    """Middleware that gives a forwarded request the public address, which the page then calls.

    Where that address has a path, a proxy may forward it or leave it out; behind this middleware it is gone.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        address = urlsplit(public_url)
        self._scheme, self._host, self._path = address.scheme, address.netloc.encode(), address.path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_from_proxy = is_forwarded(Headers(scope=scope))
        if self._path and scope["path"] == self._path:  # the page calls its parts from the folder that it lies in
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"{self._path}/{'?' if query else ''}{query}", 308)(scope, receive, send)
            return
        if self._path and scope["path"].startswith(f"{self._path}/"):
            inner = scope["path"].removeprefix(self._path)
            scope = {**scope, "path": inner, "raw_path": scope["raw_path"].removeprefix(self._path.encode())}
            set_public_path(scope, self._path)
        if is_from_proxy:
            others = [(name, value) for name, value in scope["headers"] if name not in _ADDRESSED_BY]
            scope = {**scope, "scheme": self._scheme, "headers": [(b"host", self._host), *others]}
            set_public_path(scope, self._path)
        await self._app(scope, receive, send)
