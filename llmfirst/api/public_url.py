"""The public address of the server: the one in the settings, whatever a proxy forwards."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.authentication import is_forwarded

# Each of these headers makes Gradio write another address into its page.
_ADDRESSED_BY: Final = frozenset({b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server"})


class PublicUrl:
    """Middleware that gives a forwarded request the public address, which the page then calls."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        address = urlsplit(public_url)
        self._scheme, self._host = address.scheme, address.netloc.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_forwarded(Headers(scope=scope)):
            others = [(name, value) for name, value in scope["headers"] if name not in _ADDRESSED_BY]
            scope = {**scope, "scheme": self._scheme, "headers": [(b"host", self._host), *others]}
        await self._app(scope, receive, send)
