"""Login and logout of the page: two forms that need no script."""

from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from llmfirst.api.authentication import SESSION_COOKIE, AccessState, client_address
from llmfirst.api.public_path import public_path_in
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


def login_routes(state: AccessState, *, is_secure: bool) -> list[Route]:
    """Return the routes; with `is_secure` visitors use HTTPS, and the session cookie is sent over nothing else."""

    async def show_login(request: Request) -> Response:
        return _login_page(request, _on_this_server(request.query_params.get("next", "/")))

    async def log_in(request: Request) -> Response:
        try:
            form = _form(await request.body())
        except ValueError:  # more fields than any form of ours has
            return refused(422, "malformed", "This is not the form of the login: send name and password.")
        target = _on_this_server(form.get("next", "/"))
        address = client_address(request)
        name = form.get("name", "")
        seconds = state.wrong_by_address.take(address)
        if not seconds and state.policy.page.knows(name):
            seconds = state.wrong_by_name.take(name)
        if seconds:
            page = _login_page(request, target, _texts(request).login.wait.format(seconds=seconds), 429)
            page.headers["Retry-After"] = str(seconds)
            return page
        owner = state.policy.page.owner_by_name(name, form.get("password", ""))
        if owner is None:
            return _login_page(request, target, _texts(request).login.wrong, 401)
        state.wrong_by_address.give_back(address)
        state.wrong_by_name.give_back(name)
        path = public_path_in(request.scope)
        response = RedirectResponse(f"{path}{target}", 303)
        response.set_cookie(
            SESSION_COOKIE,
            state.sessions.begin(owner),
            max_age=LASTING_SECONDS,
            path=path or "/",
            secure=is_secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def show_logout(request: Request) -> Response:
        texts = _texts(request)
        leave, log_out = texts.login.leave, texts.page.log_out
        action = f"{public_path_in(request.scope)}/logout"
        body = f'<form method="post" action="{action}"><p>{leave}</p><button>{log_out}</button></form>'
        return _page(request, log_out, body)

    async def log_out(request: Request) -> Response:
        state.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
        path = public_path_in(request.scope)
        response = RedirectResponse(f"{path}/login", 303)
        response.delete_cookie(SESSION_COOKIE, path=path or "/")
        return response

    if state.policy.is_open:  # Gradio would answer otherwise
        return [Route(path, _no_login, methods=["GET", "HEAD", "POST"]) for path in ("/login", "/logout")]
    return [
        Route("/login", show_login, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", show_logout, methods=["GET"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


def _login_page(request: Request, target: str, problem: str = "", status: int = 200) -> Response:
    texts = _texts(request).login
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    body = (
        f'<form method="post" action="{public_path_in(request.scope)}/login"><h1>llmfirst</h1>{alert}'
        f'<label>{texts.name}<input name="name" autocomplete="username" required autofocus></label>'
        f'<label>{texts.password}<input name="password" type="password" autocomplete="current-password" required>'
        f'</label><input type="hidden" name="next" value="{escape(target)}">'
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


def _on_this_server(target: str) -> str:
    """Return where to go after the login: always a place on this server, whatever the form says."""
    is_on_this_server = target.startswith("/?") and target.isprintable() and "\\" not in target
    return target if is_on_this_server else "/"
