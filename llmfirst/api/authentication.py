"""Authentication: a server without credentials serves its own machine only; with credentials, everyone needs some."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.caller import set_owner
from llmfirst.api.public_path import public_path_in
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.refusals import refused
from llmfirst.api.sessions import Sessions
from llmfirst.credentials import Credentials
from llmfirst.loopback import is_loopback
from llmfirst.runs.owners import LOCAL, Owner

Area = Literal["open", "page", "api", "tokens"]

SESSION_COOKIE: Final = "llmfirst_session"
# What anyone may see. A path that neither these nor `area_of` name belongs to the page.
OPEN_PATHS: Final = frozenset(
    {"/.well-known/agent.json", "/.well-known/agent-card.json", "/healthz", "/readyz", "/login", "/logout"}
)
_API_PATHS: Final = frozenset({"/metrics", "/openapi.json"})
_FORWARDED_BY: Final = frozenset(
    {"forwarded", "via", "client-ip", "cf-connecting-ip", "true-client-ip", "fastly-client-ip", "x-real-ip"}
    | {"x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for", "x-envoy-external-address"}
)
_WRONG_LIMIT: Final = 10  # wrong secrets from one address before it has to wait
_WRONG_NAMED_LIMIT: Final = 30  # wrong passwords for one name, from any address
_WRONG_SECONDS: Final = 300.0


@dataclass(frozen=True)
class AccessPolicy:
    """The credentials that page and API require; `is_open` when neither requires any."""

    page: Credentials = field(default_factory=Credentials)
    api: Credentials = field(default_factory=Credentials)

    @property
    def is_open(self) -> bool:
        return not self.page and not self.api


class AccessState:
    """What authentication remembers while the server runs: sessions, and how many wrong secrets came from where."""

    def __init__(self, policy: AccessPolicy, clock: Callable[[], float]) -> None:
        self.policy = policy
        self.sessions = Sessions(clock)
        self.wrong_by_address = TokenBuckets(_WRONG_LIMIT, _WRONG_SECONDS, clock)
        self.wrong_by_name = TokenBuckets(_WRONG_NAMED_LIMIT, _WRONG_SECONDS, clock)


class Authentication:
    """Middleware that sets the owner of each request, or answers it when its credentials do not suffice."""

    def __init__(self, app: ASGIApp, state: AccessState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        area = area_of(scope["path"])
        if area != "open":
            found = self._authenticate(Request(scope), area)
            if isinstance(found, Response):
                await found(scope, receive, send)
                return
            set_owner(scope, found)
        await self._app(scope, receive, send)

    def _authenticate(self, request: Request, area: Area) -> Owner | Response:
        if self._state.policy.is_open:
            return LOCAL if is_local(request) else _no_credentials()
        token = None if area == "page" else _token_in(request.headers)
        if token is not None:
            owner = self._state.policy.api.owner_by_secret(token)
            return self._wrong_token(request) if owner is None else owner
        session = None if area == "tokens" else self._state.sessions.owner(request.cookies.get(SESSION_COOKIE, ""))
        if session is not None:
            return session
        return _no_session(request) if area == "page" else _no_token()

    def _wrong_token(self, request: Request) -> Response:
        seconds = self._state.wrong_by_address.take(client_address(request))
        if seconds:
            return too_many_requests(seconds)
        challenge = {"WWW-Authenticate": 'Bearer realm="llmfirst", error="invalid_token"'}
        return refused(401, "wrong_token", "This token is not one of this server: check it.", challenge)


def is_local(request: Request) -> bool:
    """Tell whether a request was sent from this machine; one that a proxy forwarded counts as sent from elsewhere."""
    if is_forwarded(request.headers):
        return False
    return request.client is not None and is_loopback(request.client.host)


def is_forwarded(headers: Headers) -> bool:
    """Tell whether the headers say that a proxy forwarded the request."""
    return any(name in _FORWARDED_BY or name.startswith("x-forwarded") for name in headers)


def client_address(request: Request) -> str:
    """Return the address that a request comes from.

    A proxy on this machine appends the address of its client to `x-forwarded-for`, so the last one is taken. From any
    other peer the header is not believed.
    """
    peer = "" if request.client is None else request.client.host
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded if forwarded and is_loopback(peer) else peer


def too_many_requests(seconds: int) -> Response:
    """Return the answer to a caller that sends too many requests."""
    message = f"Too many requests: try again in {seconds} s."
    return refused(429, "too_many_requests", message, {"Retry-After": str(seconds)})


def area_of(path: str) -> Area:
    """Return which part of the server a path belongs to; an unknown path belongs to the page."""
    if path in OPEN_PATHS:
        return "open"
    if path == "/a2a":
        return "tokens"
    return "api" if path.startswith("/api/") or path in _API_PATHS else "page"


def _token_in(headers: Headers) -> bytes | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")
    return None if given is None else given.encode("latin-1")


def _no_credentials() -> Response:
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
        return RedirectResponse(f"{public_path_in(request.scope)}/login?next={quote(asked, safe='')}", 303)
    challenge = {"WWW-Authenticate": 'Bearer realm="llmfirst"'}
    return refused(401, "no_session", "You are not logged in: open the page and log in.", challenge)
