"""The whole app, page and all, without a socket: what it raises for a request is seen here."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import gradio as gr
import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from evals.run.service import Evaluations
from evals.ui.evaluate_wiring import EvaluatePageTab
from llmfirst.api.app import ServerOptions
from llmfirst.api.server import build_server
from llmfirst.app.services import Services
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.page import build_page
from tests.evals.answering import AnsweringProvider, overhead
from tests.live_runs import opened_with_models
from tests.probing import no_probe

_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Reply:
    """What came back; of a stream, its first piece."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Opened:
    """The app, and Gradio's own object of the page in it."""

    app: FastAPI
    blocks: gr.Blocks


@asynccontextmanager
async def whole_app(folder: Path, options: ServerOptions) -> AsyncGenerator[Opened, None]:
    """Open the app as the program does, on a scripted model."""
    async with opened_with_models(folder, AnsweringProvider()) as (runs, models, documents):
        store = RunStore(open_database(folder))
        services = Services(
            Settings(data_dir=folder), models, runs, store, documents, None, no_probe(models, documents)
        )
        tab = EvaluatePageTab(Evaluations(services, measure_overhead=overhead))

        @asynccontextmanager
        async def lifespan() -> AsyncGenerator[None, None]:
            yield
            await tab.aclose()

        page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=30), [tab])
        app = build_server(runs, models, documents, page, options, lifespan=lifespan)
        async with app.router.lifespan_context(app):
            yield Opened(app, page.blocks)
        store.close()


def routes_of(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the method and the path of each route, also of the apps and routers inside."""
    for route in routes:
        inner = getattr(getattr(route, "original_router", route), "routes", None)
        if inner is not None:
            yield from routes_of(inner, prefix + getattr(route, "path", ""))
        else:
            yield from ((method, f"{prefix}{route.path}") for method in route.methods)


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    until: bytes = b"",
) -> Reply:
    """Send one request; the reader of a stream leaves after a piece that has `until`. What the app raises is raised."""
    path, _, query = target.partition("?")
    sent_headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent_headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }
    requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []
    leaves = asyncio.Event()

    async def receive() -> Message:
        if requests:
            return requests.pop()
        await leaves.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            if not message.get("more_body") or (body and until in body):
                leaves.set()

    async with asyncio.timeout(_PATIENCE_SECONDS):
        await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    return Reply(
        start["status"], httpx.Headers(start["headers"]), b"".join(message.get("body", b"") for message in sent)
    )
