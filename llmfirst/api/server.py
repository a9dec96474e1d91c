"""The server: the API with the page in it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import gradio as gr
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from llmfirst.api.app import ServerOptions, build_api
from llmfirst.api.authentication import OPEN_PATHS
from llmfirst.api.caller import owner_in
from llmfirst.api.first_paint import FirstPaint
from llmfirst.api.listening import OneListener
from llmfirst.api.page_requests import PageRequests
from llmfirst.api.visits import Visits
from llmfirst.models import Models
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore
from llmfirst.ui.answer_file import answer_file
from llmfirst.ui.call_queue import CallQueue
from llmfirst.ui.first_words import language_of
from llmfirst.ui.page import Page

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_VISITS_LIMIT: Final = 500  # of all owners together, while each may still have a few
_FEWEST_VISITS: Final = 20


def build_server(
    runs: Runs,
    models: Models,
    documents: DocumentStore,
    page: Page,
    options: ServerOptions,
    *,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
    probe: BackgroundProbe | None = None,
) -> FastAPI:
    """Put API, A2A and page together; `lifespan` surrounds the time in which the server serves."""
    app = build_api(runs, models, documents, options, lifespan=lifespan, answer_file=answer_file, probe=probe)
    app.router.routes += _unknown_routes(app.router.routes)
    return mount_page(app, page, options)


def _unknown_routes(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Return routes that answer 404 or 405 for unknown paths of the API.

    The page is mounted behind them and would answer those paths with its own HTML.
    """
    routes = tuple(routes)

    async def not_found(request: Request) -> Response:
        is_known_path = any(route.matches(request.scope)[0] is Match.PARTIAL for route in routes)
        raise HTTPException(405 if is_known_path else 404)

    return [Route(path, not_found, methods=_METHODS) for path in ("/api/{rest:path}", "/a2a", "/metrics", *OPEN_PATHS)]


def mount_page(app: FastAPI, page: Page, options: ServerOptions) -> FastAPI:
    """Mount the page; what Gradio opens by default and we do not need is closed, and each has a regression test."""
    blocks = page.blocks
    owners = len(options.access_policy.page.owners) or 1
    visits = max(_VISITS_LIMIT // owners, _FEWEST_VISITS)
    blocks.max_threads = 200
    # Gradio forgets the visit that was not used for longest, whosever it is: it never comes to that.
    blocks.state_session_capacity = visits * owners

    def forget(visit: str) -> None:
        blocks.state_holder.session_data.pop(visit, None)
        blocks.state_holder.time_last_used.pop(visit, None)
        blocks._queue.pending_messages_per_session.pop(visit, None)

    page_requests = Middleware(PageRequests, visits=Visits(visits, forget), calls=page.calls())
    first_paint = Middleware(FirstPaint, script_in=page.first_words, language_of=language_of)
    blocks.api_open = False
    blocks._queue = CallQueue(blocks)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        root_path=options.public_path or None,
        theme=page.theme,
        css=page.css,
        head=page.head,
        run_history=False,
        show_error=False,
        footer_links=[],
        max_file_size="10mb",  # a suite of one's own, an evaluation from another machine
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        allowed_paths=[],
        app_kwargs={"middleware": [page_requests, first_paint]},
        # The page's callbacks learn the owner of a request from it.
        auth_dependency=None if options.access_policy.is_open else lambda request: owner_in(request.scope),
    )
    app.add_middleware(OneListener, listeners=page.listeners)
    blocks.has_launched = True  # without it any file of this process can be read through the page
    return app
