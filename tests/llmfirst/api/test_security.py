"""The page's guards: what is open by default in a Gradio app mounted in FastAPI is shut."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import gradio as gr
import httpx

from llmfirst.api.app import Reach
from llmfirst.api.security import HEADERS
from llmfirst.api.server import build_server
from llmfirst.ui.ask_wiring import AskPage
from llmfirst.ui.page import build_page
from tests.llmfirst.api.a2a.calling import asking, task, waiting
from tests.opened import opened_with_models, served
from tests.scripted import ScriptedProvider

REPOSITORY = Path(__file__).parents[3]
Check = Callable[[httpx.AsyncClient], Awaitable[None]]
ELSEWHERE = {"Origin": "http://evil.example"}
FOREIGN_FETCH = {"Sec-Fetch-Site": "cross-site"}


def with_app(folder: Path, check: Check, provider: ScriptedProvider | None = None) -> None:
    """Serve the real app, with a listener beside its own that echoes its input: what an attacker would look for."""

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        yield

    async def main() -> None:
        async with (
            asyncio.timeout(30),
            opened_with_models(folder, provider or ScriptedProvider()) as (runs, models, documents),
        ):
            page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=30))
            with page.blocks:
                box = gr.Textbox()
                box.submit(lambda text: text, box, box, api_name="echo")
            app = build_server(runs, models, documents, page, Reach(), lifespan=lifespan)
            async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
                await check(client)

    asyncio.run(main())


def test_a_file_of_this_machine_cannot_be_read_through_the_page(tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("a secret")

    async def check(client: httpx.AsyncClient) -> None:
        data = [{"path": str(secret), "meta": {"_type": "gradio.FileData"}}]
        joined = await client.post("/gradio_api/call/echo", json={"data": data})
        assert joined.status_code == 200
        told = await client.get(f"/gradio_api/call/echo/{joined.json()['event_id']}")
        assert "event: error" in told.text
        for name in (secret, Path(__file__), Path("/etc/hostname"), REPOSITORY / "app.py"):
            assert (await client.get(f"/gradio_api/file={name}")).status_code in (403, 404)

    with_app(tmp_path, check)


def test_every_response_carries_the_security_headers(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for path in ("/", "/config", "/api/stream?question=", "/nothing"):
            headers = (await client.get(path)).headers
            assert {name: headers[name] for name in HEADERS} == HEADERS

    with_app(tmp_path, check)


def test_neither_another_sites_page_nor_an_image_in_an_answer_can_ask(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        sent = {"question": "why?"}
        assert (await client.post("/api/stream", json=sent, headers=ELSEWHERE)).status_code == 403
        assert (await client.post("/api/stream", json=sent, headers={"Origin": "null"})).status_code == 403
        assert (await client.post("/gradio_api/queue/join", json={}, headers=ELSEWHERE)).status_code == 403
        assert (await client.post("/gradio_api/upload", headers=ELSEWHERE)).status_code == 403
        assert (await client.get("/api/stream", params=sent, headers=FOREIGN_FETCH)).status_code == 403
        for site, wants in (("same-site", "empty"), ("same-origin", "image"), ("same-origin", "document")):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": wants}
            assert (await client.get("/api/stream", params=sent, headers=headers)).status_code == 403
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
        assert (await client.get("/api/stream", params={"question": ""}, headers=own)).status_code == 422
        assert "access-control-allow-origin" not in (await client.get("/config", headers=ELSEWHERE)).headers

    with_app(tmp_path, check)


def test_another_name_for_this_machine_is_refused(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        assert (await client.get("/", headers={"Host": "rebound.example"})).status_code == 400
        assert (await client.get("/", headers={"Host": "localhost:7860"})).status_code == 200

    with_app(tmp_path, check)


def test_what_gradio_opens_by_default_is_shut(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        config = (await client.get("/config")).json()
        assert config["show_error"] is False
        assert config["analytics_enabled"] is False
        assert config["footer_links"] == []
        assert not config.get("run_history")
        assert not config.get("mcp_server")
        assert (await client.get("/monitoring/summary")).status_code == 403
        assert (await client.post("/gradio_api/run/echo", json={"data": ["x"]})).status_code == 404
        big = {"files": ("big.bin", b"x" * 5000)}
        assert (await client.post("/gradio_api/upload", files=big)).status_code == 413

    with_app(tmp_path, check)


def test_an_error_in_a_callback_shows_no_trace(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        joined = await client.post("/gradio_api/call/echo", json={"data": []})
        told = await client.get(f"/gradio_api/call/echo/{joined.json()['event_id']}")
        assert "Traceback" not in told.text
        assert "site-packages" not in told.text

    with_app(tmp_path, check)


def test_the_page_and_its_callbacks_work_while_an_a2a_task_is_answered(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        running = await task(client, "message/send", waiting(asking(), blocking=False))
        assert (await client.get("/")).status_code == 200
        joined = await client.post("/gradio_api/call/echo", json={"data": ["still here"]})
        told = await client.get(f"/gradio_api/call/echo/{joined.json()['event_id']}")
        assert "still here" in told.text
        assert (await task(client, "tasks/cancel", {"id": running["id"]}))["status"]["state"] == "canceled"

    with_app(tmp_path, check, ScriptedProvider(["half ", 60.0]))


def test_many_may_stream_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, ScriptedProvider()) as (runs, models, documents):
            page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=30))

            @asynccontextmanager
            async def lifespan() -> AsyncGenerator[None, None]:
                yield

            build_server(runs, models, documents, page, Reach(), lifespan=lifespan)
            blocks = page.blocks
            assert blocks.has_launched
            assert blocks.max_threads == 200
            assert blocks.state_session_capacity == 500
            assert all(listener.concurrency_limit is None for listener in blocks.fns.values() if listener.queue)

    asyncio.run(main())
