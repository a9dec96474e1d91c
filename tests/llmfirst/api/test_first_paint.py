import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from llmfirst.api.first_paint import FirstPaint
from llmfirst.ui.first_words import language_of

PAGE = '<html\n lang="en"><script>window.gradio_config = {};</script><script data-gradio-mode>boot()</script></html>'


def page(_: Request) -> Response:
    return HTMLResponse(PAGE)


SERVED = Starlette(
    routes=[Route("/", page), Route("/other", page)],
    middleware=[Middleware(FirstPaint, script_in="put({!r})".format, language_of=language_of)],
)


@pytest.mark.parametrize(
    ("accepted", "cookie", "language"),
    [("ko-KR,ko;q=0.9", None, "ko"), ("fr", None, "en"), ("ko", "en", "en"), ("en", "ko", "ko"), ("ko", "xx", "ko")],
)
def test_the_page_is_sent_in_the_language_chosen_last_or_that_of_the_browser(
    accepted: str, cookie: str | None, language: str
) -> None:
    with TestClient(SERVED, cookies=None if cookie is None else {"llmfirst-language": cookie}) as client:
        told = client.get("/", headers={"Accept-Language": accepted})
        assert f'<html\n lang="{language}">' in told.text
        assert f"<script>put('{language}')</script><script data-gradio-mode>" in told.text
        assert told.headers["vary"] == "Accept-Language, Cookie"
        assert int(told.headers["content-length"]) == len(told.content)
        assert client.get("/other").text == PAGE
