"""Who may come in: without credentials whoever is at this machine, with credentials whoever has some."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.caller import name_owner
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.refusals import refused
from llmfirst.api.sessions import Sessions
from llmfirst.credentials import Credentials
from llmfirst.loopback import is_loopback
from llmfirst.runs.owners import LOCAL, Owner

Side = Literal["open", "page", "api", "tokens"]

SESSION_COOKIE: Final = "llmfirst_session"
# What anyone may see; everything that is not named here or in `_side` is the page's.
OPEN_PATHS: Final = frozenset(
    {"/.well-known/agent.json", "/.well-known/agent-card.json", "/healthz", "/readyz", "/login", "/logout"}
)
_API_PATHS: Final = frozenset({"/metrics", "/openapi.json"})
_FORWARDED_BY: Final = frozenset(
    {"forwarded", "via", "client-ip", "cf-connecting-ip", "true-client-ip", "fastly-client-ip", "x-real-ip"}
    | {"x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for", "x-envoy-external-address"}
)
_WRONG_LIMIT: Final = 10  # wrong secrets from one address before it has to wait
_WRONG_NAMED_LIMIT: Final = 30  # wrong passwords for one name, from wherever they come
_WRONG_SECONDS: Final = 300.0


@dataclass(frozen=True)
class AccessPolicy:
    """What page and API ask for: credentials for both, or for neither."""

    page: Credentials = field(default_factory=Credentials)
    api: Credentials = field(default_factory=Credentials)

    @property
    def are_open(self) -> bool:
        return not self.page and not self.api


class AccessState:
    """What the doors know while the server runs: sessions, and who gave how many wrong secrets."""

    def __init__(self, doors: AccessPolicy, clock: Callable[[], float]) -> None:
        self.doors = doors
        self.sessions = Sessions(clock)
        self.wrong = TokenBuckets(_WRONG_LIMIT, _WRONG_SECONDS, clock)
        self.wrong_named = TokenBuckets(_WRONG_NAMED_LIMIT, _WRONG_SECONDS, clock)


class Authentication:
    """Writes down who sent each request, and answers those who may not come in."""

    def __init__(self, app: ASGIApp, keeper: AccessState) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        side = side_of(scope["path"])
        if side != "open":
            found = self._asker(Request(scope), side)
            if isinstance(found, Response):
                await found(scope, receive, send)
                return
            name_owner(scope, found)
        await self._app(scope, receive, send)

    def _asker(self, request: Request, side: Side) -> Owner | Response:
        if self._keeper.doors.are_open:
            return LOCAL if is_at_this_machine(request) else _closed()
        token = None if side == "page" else _token_in(request.headers)
        if token is not None:
            owner = self._keeper.doors.api.owner_by_secret(token)
            return self._wrong_token(request) if owner is None else owner
        session = None if side == "tokens" else self._keeper.sessions.owner(request.cookies.get(SESSION_COOKIE, ""))
        if session is not None:
            return session
        return _no_session(request) if side == "page" else _no_token()

    def _wrong_token(self, request: Request) -> Response:
        seconds = self._keeper.wrong.take(address_of(request))
        if seconds:
            return too_many(seconds)
        challenge = {"WWW-Authenticate": 'Bearer realm="llmfirst", error="invalid_token"'}
        return refused(401, "wrong_token", "This token is not one of this server: check it.", challenge)


def is_at_this_machine(request: Request) -> bool:
    """Tell whether a request was sent from here. One that a proxy handed on comes from whoever the proxy serves."""
    if is_handed_on(request.headers):
        return False
    return request.client is not None and is_loopback(request.client.host)


def is_handed_on(headers: Headers) -> bool:
    """Tell whether a proxy says that it has passed a request on."""
    return any(name in _FORWARDED_BY or name.startswith("x-forwarded") for name in headers)


def address_of(request: Request) -> str:
    """Return where a request comes from: of a proxy on this machine what it wrote down itself, the last address.

    Anyone else may write there what they like.
    """
    peer = "" if request.client is None else request.client.host
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded if forwarded and is_loopback(peer) else peer


def too_many(seconds: int) -> Response:
    """Return the answer to who comes too often."""
    message = f"Too many requests: try again in {seconds} s."
    return refused(429, "too_many_requests", message, {"Retry-After": str(seconds)})


def side_of(path: str) -> Side:
    """Return which side of the server a path is on; what nobody has heard of is the page's."""
    if path in OPEN_PATHS:
        return "open"
    if path == "/a2a":
        return "tokens"
    return "api" if path.startswith("/api/") or path in _API_PATHS else "page"


def _token_in(headers: Headers) -> bytes | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")
    return None if given is None else given.encode("latin-1")


def _closed() -> Response:
    return refused(
        403,
        "no_credentials",
        "This server is for its own machine alone, because it has no credentials: to serve others, "
        "set LLMFIRST_PAGE_USERS and LLMFIRST_API_TOKENS.",
    )


def _no_token() -> Response:
    challenge = {"WWW-Authenticate": 'Bearer realm="llmfirst"'}
    return refused(401, "no_token", "Send a token: Authorization: Bearer, or X-API-Key.", challenge)


def _no_session(request: Request) -> Response:
    if request.method == "GET" and request.url.path == "/":
        asked = f"/?{request.url.query}" if request.url.query else "/"
        return RedirectResponse(f"/login?next={quote(asked, safe='')}", 303)
    challenge = {"WWW-Authenticate": 'Bearer realm="llmfirst"'}
    return refused(401, "no_session", "You are not logged in: open the page and log in.", challenge)
