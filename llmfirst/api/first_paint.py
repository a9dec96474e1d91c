"""Middleware that sends the page in the language of its visitor, so that its first paint is right."""

from collections.abc import Callable, Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llmfirst.events import Language

_BOOT: Final = b"<script data-gradio-mode>"  # what the page is made of stands before it
_LANG: Final = b'lang="en"'


class FirstPaint:
    """Puts a script with the first words of a language before Gradio's own, and names the language of the document."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        script_in: Callable[[Language], str],
        language_of: Callable[[Mapping[str, str], str], Language],
    ) -> None:
        """`language_of` chooses by the cookies and the Accept-Language header of a request."""
        self._app = app
        self._script_in = script_in
        self._language_of = language_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        language = self._language_of(request.cookies, request.headers.get("accept-language", ""))
        start: Message | None = None
        body = b""

        async def send_page(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body", False) or start is None:
                return
            page = self._in(language, body)
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(page))
            headers.add_vary_header("Accept-Language, Cookie")
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, send_page)

    def _in(self, language: Language, page: bytes) -> bytes:
        named = page.replace(_LANG, f'lang="{language}"'.encode(), 1)
        script = f"<script>{self._script_in(language)}</script>".encode()
        return named.replace(_BOOT, script + _BOOT, 1)
