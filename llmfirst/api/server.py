"""The server: the API with the page in it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import gradio as gr
from fastapi import FastAPI

from llmfirst.api.app import Reach, build_api
from llmfirst.api.caller import owner_in
from llmfirst.models import Models
from llmfirst.runs import Runs
from llmfirst.store import DocumentStore
from llmfirst.ui.page import Page


def build_server(
    runs: Runs,
    models: Models,
    documents: DocumentStore,
    page: Page,
    reach: Reach,
    *,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """Put API, A2A and page together; `lifespan` surrounds the time in which the server serves."""
    app = build_api(runs, models, documents, reach, lifespan=lifespan)
    return mount_page(app, page, is_open=reach.doors.are_open)


def mount_page(app: FastAPI, page: Page, *, is_open: bool) -> FastAPI:
    """Mount the page with the defaults of notes/gradio made safe; each has a regression test."""
    blocks = page.blocks
    blocks.max_threads = 200
    blocks.state_session_capacity = 500
    blocks.queue(default_concurrency_limit=32, max_size=64, api_open=False)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
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
        # The page's callbacks learn from it who asks.
        auth_dependency=None if is_open else lambda request: owner_in(request.scope),
    )
    blocks.has_launched = True  # without it any file of this process can be read through the page
    return app
