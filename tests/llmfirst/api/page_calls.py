"""The page's callbacks called as its own script calls them, on a page with one callback more that echoes its input."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import gradio as gr
import httpx

from llmfirst.api.app import ServerOptions
from llmfirst.api.server import build_server
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.page import build_page
from tests.live_runs import opened_with_models, served
from tests.llmfirst.api.serving import nothing_around
from tests.scripted import PerSection

Check = Callable[[httpx.AsyncClient], Awaitable[None]]


def with_page(
    folder: Path, check: Check, provider: PerSection | None = None, options: ServerOptions | None = None
) -> None:
    """Serve the real app, with a listener beside its own that echoes its input: what an attacker would look for."""

    async def main() -> None:
        opening = opened_with_models(folder, provider or PerSection())
        async with asyncio.timeout(30), opening as (runs, models, documents):
            page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=30))
            with page.blocks:
                box = gr.Textbox()
                box.submit(lambda text: "" + text, box, box, api_name="echo")
            app = build_server(runs, models, documents, page, options or ServerOptions(), lifespan=nothing_around)
            async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
                await check(client)

    asyncio.run(main())


async def joined(client: httpx.AsyncClient, data: list[Any], visit: str = "visit") -> httpx.Response:
    """Call the echo."""
    config = (await client.get("/config")).json()
    number = next(one["id"] for one in config["dependencies"] if one["api_name"] == "echo")
    body = {"data": data, "fn_index": number, "session_hash": visit}
    return await client.post("/gradio_api/queue/join", json=body)


async def echoed(client: httpx.AsyncClient, data: list[Any], visit: str = "visit") -> str:
    """Call the echo and return everything that its stream says."""
    reply = await joined(client, data, visit)
    assert reply.status_code == 200, reply.text
    told = ""
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visit}) as stream:
        async for line in stream.aiter_lines():
            told += line
            if "process_completed" in line:
                break
    return told
