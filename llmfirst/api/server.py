"""The server: one FastAPI app with the API and the page, and the guards before both."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import gradio as gr
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from llmfirst.api.security import Guard
from llmfirst.api.sse import on_llmfirst_error, stream_routes
from llmfirst.errors import LlmfirstError
from llmfirst.runs import Runs
from llmfirst.ui.page import Page

_LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")


def build_server(
    runs: Runs,
    page: Page,
    *,
    api_grace_seconds: float,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """Put API and page together; `lifespan` surrounds the time in which the server serves."""

    @asynccontextmanager
    async def spanned(_: FastAPI) -> AsyncGenerator[None, None]:
        async with lifespan():
            yield

    app = FastAPI(title="llmfirst", lifespan=spanned, docs_url=None, redoc_url=None)
    app.include_router(stream_routes(runs, grace_seconds=api_grace_seconds))
    app.add_exception_handler(LlmfirstError, on_llmfirst_error)
    # A parent with a CORS policy of its own keeps Gradio from answering any origin with credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(_LOOPBACK_HOSTS))
    return mount_page(app, page)


def mount_page(app: FastAPI, page: Page) -> FastAPI:
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
        max_file_size="1kb",
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        allowed_paths=[],
    )
    blocks.has_launched = True  # without it any file of this process can be read through the page
    return app
