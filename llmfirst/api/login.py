"""Logging in and out of the page: two forms without a script."""

from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from llmfirst.api.authentication import SESSION_COOKIE, AccessState, address_of
from llmfirst.api.refusals import refused
from llmfirst.api.sessions import LASTING_SECONDS
from llmfirst.events import Language, accepted_language
from llmfirst.texts import Texts, texts_in

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,'Noto Sans KR',sans-serif;display:grid;place-content:center;min-height:100vh;"
    "margin:0}form{display:grid;gap:.75rem;width:18rem}input,button{font:inherit;padding:.5rem}"
    "label{display:grid}p{margin:0}[role=alert]{border-left:.25rem solid #dc2626;padding-left:.5rem}"
)
# The page's own policy allows no form: a model could write one.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def _no_login(_: Request) -> Response:
    return refused(404, "not_found", "Nobody has to log in here.")


def login_routes(keeper: AccessState, *, is_secure: bool) -> list[Route]:
    """Return the routes; `is_secure` says that visitors come by HTTPS, and then the cookie goes by nothing else."""

    async def show_login(request: Request) -> Response:
        return _login_page(request, _inside(request.query_params.get("next", "/")))

    async def log_in(request: Request) -> Response:
        form = _form(await request.body())
        onward = _inside(form.get("next", "/"))
        address = address_of(request)
        name = form.get("name", "")
        seconds = keeper.wrong.take(address)
        if not seconds and keeper.doors.page.knows(name):
            seconds = keeper.wrong_named.take(name)
        if seconds:
            page = _login_page(request, onward, _texts(request).login.wait.format(seconds=seconds), 429)
            page.headers["Retry-After"] = str(seconds)
            return page
        owner = keeper.doors.page.owner_by_name(name, form.get("password", ""))
        if owner is None:
            return _login_page(request, onward, _texts(request).login.wrong, 401)
        keeper.wrong.give_back(address)
        keeper.wrong_named.give_back(name)
        entered = RedirectResponse(onward, 303)
        entered.set_cookie(
            SESSION_COOKIE,
            keeper.sessions.begin(owner),
            max_age=LASTING_SECONDS,
            secure=is_secure,
            httponly=True,
            samesite="lax",
        )
        return entered

    async def show_logout(request: Request) -> Response:
        texts = _texts(request)
        leave, log_out = texts.login.leave, texts.page.log_out
        body = f'<form method="post" action="/logout"><p>{leave}</p><button>{log_out}</button></form>'
        return _page(request, log_out, body)

    async def log_out(request: Request) -> Response:
        keeper.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
        left = RedirectResponse("/login", 303)
        left.delete_cookie(SESSION_COOKIE)
        return left

    if keeper.doors.are_open:  # Gradio would answer otherwise
        return [Route(path, _no_login, methods=["GET", "HEAD", "POST"]) for path in ("/login", "/logout")]
    return [
        Route("/login", show_login, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", show_logout, methods=["GET"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


def _login_page(request: Request, onward: str, problem: str = "", status: int = 200) -> Response:
    texts = _texts(request).login
    told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    body = (
        f'<form method="post" action="/login"><h1>llmfirst</h1>{told}'
        f'<label>{texts.name}<input name="name" autocomplete="username" required autofocus></label>'
        f'<label>{texts.password}<input name="password" type="password" autocomplete="current-password" required>'
        f'</label><input type="hidden" name="next" value="{escape(onward)}">'
        f"<button>{texts.log_in}</button></form>"
    )
    page = _page(request, texts.log_in, body, status)
    if status == 401:
        page.headers["WWW-Authenticate"] = 'Form realm="llmfirst"'
    return page


def _page(request: Request, title: str, body: str, status: int = 200) -> Response:
    language = _language(request)
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title} · llmfirst</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main>{body}</main></html>'
    )
    # Where no referrer is allowed at all, a browser sends a form with the origin "null", as from another site.
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    return HTMLResponse(html, status, headers)


def _texts(request: Request) -> Texts:
    return texts_in(_language(request))


def _language(request: Request) -> Language:
    return accepted_language(request.headers.get("accept-language"))


def _form(body: bytes) -> dict[str, str]:
    fields = parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _inside(onward: str) -> str:
    """Return where to go after the login: a place on this server, whatever the form says."""
    is_inside = onward.startswith("/?") and onward.isprintable() and "\\" not in onward
    return onward if is_inside else "/"
