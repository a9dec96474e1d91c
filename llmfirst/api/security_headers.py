"""Security headers on every response, and the refusal of requests from other sites' pages.

Pure ASGI, so that nothing stands between a stream and its reader.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llmfirst.api.refusals import refused

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Gradio needs 'unsafe-inline' and 'unsafe-eval' for its own scripts; nothing is fetched from anywhere else, so that
# an image in a model's text cannot carry anything away.
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "form-action 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Gradio's streams say nothing of their own, and a proxy would keep them until a buffer is full.
_UNBUFFERED: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


class SecurityHeaders:
    """Middleware that refuses what another site's page sends and adds the security headers to every response.

    `public_host` is the public host name of a server behind a proxy, with its port if it has one.
    """

    def __init__(self, app: ASGIApp, public_host: str | None = None) -> None:
        self._app = app
        self._public_host = public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it, and no browser checks where it comes from
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts = {headers.get("host"), self._public_host} - {None}
        if _is_foreign(scope["method"], scope["path"], headers, hosts):
            message = "This request comes from another site's page: open llmfirst itself."
            await refused(403, "foreign", message)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                is_stream = response_headers.get("content-type", "").startswith("text/event-stream")
                for name, value in (HEADERS | _UNBUFFERED if is_stream else HEADERS).items():
                    response_headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


def _is_foreign(method: str, path: str, headers: Headers, hosts: set[str | None]) -> bool:
    origin = headers.get("origin")
    if method not in _SAFE_METHODS and origin is not None and _host_of(origin) not in hosts:
        return True
    site, target = headers.get("sec-fetch-site"), headers.get("sec-fetch-dest")
    if path.startswith("/api/"):
        # GET /api/stream starts a run: no image, link or form may reach it, neither another site's nor one that a
        # model wrote into this page.
        return site not in (None, "none") and (site != "same-origin" or target != "empty")
    return path.startswith("/gradio_api/") and site in ("cross-site", "same-site")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return origin
