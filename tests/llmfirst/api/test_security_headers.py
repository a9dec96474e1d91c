"""The page's guards: what is open by default in a Gradio app mounted in FastAPI is shut."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import gradio
import httpx
import pytest
from gradio.utils import get_upload_folder

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.api.security_headers import HEADERS
from llmfirst.api.server import build_server
from llmfirst.credentials import parse_credentials
from llmfirst.runs.owners import folder_of
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.page import build_page
from tests.browser.elsewhere import elsewhere
from tests.live_runs import opened_with_models
from tests.llmfirst.api.a2a.calling import asking, task, waiting
from tests.llmfirst.api.page_calls import echoed, joined, with_page
from tests.llmfirst.api.serving import nothing_around
from tests.scripted import PerSection

REPOSITORY = Path(__file__).parents[3]
ELSEWHERE = {"Origin": "http://evil.example"}
FOREIGN_FETCH = {"Sec-Fetch-Site": "cross-site"}
USERS = parse_credentials("alice:wonderland bob:builder-bob", shortest=8)
CLOSED = ServerOptions(access_policy=AccessPolicy(USERS, parse_credentials("alice:alice-0123456789", shortest=16)))


def file_named(path: str) -> dict[str, object]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_a_file_of_this_machine_cannot_be_read_through_the_page(tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("a secret")

    async def check(client: httpx.AsyncClient) -> None:
        for given in (file_named(str(secret)), [file_named(str(secret))], {"deep": [file_named(str(secret))]}):
            refused = await joined(client, [given])
            assert refused.status_code == 404
            assert "a secret" not in refused.text
        own = Path(gradio.__file__).parent
        for name in (secret, Path(__file__), Path("/etc/hostname"), REPOSITORY / "app.py", own / "routes.py"):
            for spelled in (f"{name}", f"/proc/self/root{name}", f"/tmp/../{name}"):
                reply = await client.get(f"/gradio_api/file={spelled}")
                assert reply.status_code in (403, 404), spelled
        for path in ("/static/..%2f..%2froutes.py", "/assets/..%2f..%2f..%2froutes.py", "/svelte/..%2froutes.py"):
            assert "import" not in (await client.get(path)).text

    with_page(tmp_path, check)


def test_this_server_fetches_no_address_whoever_names_one(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        with elsewhere() as there:
            for path in (
                f"/gradio_api/file={there.url}/image.png?secret=1",
                f"/gradio_api/file=HTTP{there.url.removeprefix('http')}/image.png",
                f"/gradio_api/file=http%3A%2F%2F{there.url.removeprefix('http://')}/image.png",
                f"/gradio_api/proxy={there.url}/image.png",
            ):
                assert (await client.get(path)).status_code == 404, path
            for given in (file_named(f"{there.url}/x"), {"a": [{"path": f"{there.url}/x", "url": there.url}]}):
                assert (await joined(client, [given])).status_code == 422
            assert there.asked == []

    with_page(tmp_path, check)


def test_what_the_page_never_asks_of_gradio_is_not_there(tmp_path: Path) -> None:
    own = "/gradio_api"
    read = (
        *(f"{own}/{name}" for name in ("info", "openapi.json", "user", "token", "app_id", "runs", "dev/reload")),
        *(f"{own}/{name}" for name in ("startup-events", "login_check", "queue/status", "deep_link", "vibe-code")),
        *(f"{own}/{name}" for name in ("call/echo/x", "stream/a/b/1/playlist.m3u8", "custom_component/1/x/y/z.js")),
        *("/monitoring", "/monitoring/summary", "/pwa_icon", "/docs", "/redoc", "/logout", "/login", "/?deep_link=x"),
    )
    written = (
        *(f"{own}/{name}" for name in ("call/echo", "call/v2/echo", "run/echo", "api/echo", "reset", "vibe-edit")),
        *(f"{own}/{name}" for name in ("component_server", "process_recording", "stream/x", "undo-vibe-edit")),
        *("/login", "/logout", "/"),
    )

    async def check(client: httpx.AsyncClient) -> None:
        for path in read:
            assert (await client.get(path)).status_code == 404, path
        for path in written:
            assert (await client.post(path, json={"data": ["x"]})).status_code in (404, 405), path
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert (await client.request(method, "/")).status_code in (404, 405)

    with_page(tmp_path, check)


def test_a_visit_belongs_to_who_began_it(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        alice = await client.post("/login", data={"name": "alice", "password": "wonderland"})
        assert "hers" in await echoed(client, ["hers"], "a-visit")
        client.cookies.clear()
        assert (await client.get("/gradio_api/queue/data?session_hash=a-visit")).status_code == 401
        await client.post("/login", data={"name": "bob", "password": "builder-bob"})
        for path in ("/gradio_api/queue/data?session_hash=a-visit", "/gradio_api/heartbeat/a-visit"):
            assert (await client.get(path)).status_code == 404
        assert (await joined(client, ["his"], "a-visit")).status_code == 404
        cancel = {"session_hash": "a-visit", "fn_index": 0, "event_id": "x"}
        assert (await client.post("/gradio_api/cancel", json=cancel)).status_code == 404
        assert "his" in await echoed(client, ["his"], "another-visit")
        assert alice.status_code == 303

    with_page(tmp_path, check, options=CLOSED)


def test_a_file_that_was_written_for_one_is_fetched_and_given_by_nobody_else(tmp_path: Path) -> None:
    own = Path(get_upload_folder()) / folder_of("alice") / "test_security"
    own.mkdir(parents=True, exist_ok=True)
    (own / "export.csv").write_text("hers")
    hers = f"{own}/export.csv"
    ways = (
        hers,
        hers.replace("owned-by", "OWNED-by"),
        hers.replace(f"/{folder_of('alice')}", f"//{folder_of('alice')}"),
    )
    through = hers.replace(folder_of("alice"), f"{folder_of('bob')}/../{folder_of('alice')}")

    async def check(client: httpx.AsyncClient) -> None:
        for name, password, is_hers in (("alice", "wonderland", True), ("bob", "builder-bob", False)):
            await client.post("/login", data={"name": name, "password": password})
            reply = await client.get(f"/gradio_api/file={hers}")
            assert (reply.status_code, reply.text == "hers") == ((200, True) if is_hers else (404, False))
            for way in (*ways, through) if not is_hers else ():
                assert (await client.get(f"/gradio_api/file={way}")).status_code == 404, way
                assert (await joined(client, [file_named(way)], "his")).status_code == 404, way
            encoded = await client.get(f"/gradio_api/file={hers.replace('owned-by', '%6fwned%2Dby')}")
            assert (encoded.status_code == 200) == is_hers
            client.cookies.clear()

    try:
        with_page(tmp_path, check, options=CLOSED)
    finally:
        shutil.rmtree(own)


def test_with_credentials_nothing_of_the_page_is_seen_without_a_login_and_no_other_site_is_answered(
    tmp_path: Path,
) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for path in ("/config", "/theme.css", "/assets/index.js", "/gradio_api/file=/x", "/gradio_api/heartbeat/x"):
            assert (await client.get(path)).status_code == 401, path
        for path in ("queue/join", "upload", "cancel"):
            assert (await client.post(f"/gradio_api/{path}", json={})).status_code == 401
        token = {"Authorization": "Bearer alice-0123456789"}
        assert (await client.get("/config", headers=token)).status_code == 401
        await client.post("/login", data={"name": "alice", "password": "wonderland"})
        named = {"Host": "llm.example.org", **ELSEWHERE, "Cookie": f"llmfirst_session={client.cookies.popitem()[1]}"}
        reply = await client.get("/config", headers=named)
        assert reply.status_code == 200
        assert "access-control-allow-origin" not in reply.headers
        assert "access-control-allow-credentials" not in reply.headers

    with_page(tmp_path, check, options=CLOSED)


def test_every_response_carries_the_security_headers(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for path in ("/", "/config", "/api/stream?question=", "/nothing", "/healthz", "/.well-known/agent.json"):
            headers = (await client.get(path)).headers
            assert {name: headers[name] for name in HEADERS} == HEADERS

    with_page(tmp_path, check)


def test_neither_another_sites_page_nor_an_image_in_an_answer_can_ask(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        sent = {"question": "why?"}
        assert (await client.post("/api/stream", json=sent, headers=ELSEWHERE)).status_code == 403
        assert (await client.post("/api/stream", json=sent, headers={"Origin": "null"})).status_code == 403
        assert (await client.post("/a2a", json=sent, headers=ELSEWHERE)).status_code == 403
        assert (await client.post("/gradio_api/queue/join", json={}, headers=ELSEWHERE)).status_code == 403
        assert (await client.post("/gradio_api/upload", headers=ELSEWHERE)).status_code == 403
        assert (await client.get("/api/stream", params=sent, headers=FOREIGN_FETCH)).status_code == 403
        for site, wants in (("same-site", "empty"), ("same-origin", "image"), ("same-origin", "document")):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": wants}
            assert (await client.get("/api/stream", params=sent, headers=headers)).status_code == 403
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
        assert (await client.get("/api/stream", params={"question": ""}, headers=own)).status_code == 422
        assert "access-control-allow-origin" not in (await client.get("/config", headers=ELSEWHERE)).headers

    with_page(tmp_path, check)


def test_another_name_for_this_machine_is_refused(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        assert (await client.get("/", headers={"Host": "rebound.example"})).status_code == 400
        assert (await client.get("/", headers={"Host": "localhost:7860"})).status_code == 200

    with_page(tmp_path, check)


def test_what_gradio_opens_by_default_is_shut(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        config = (await client.get("/config")).json()
        assert config["show_error"] is False
        assert config["analytics_enabled"] is False
        assert config["footer_links"] == []
        assert not config.get("run_history")
        assert not config.get("mcp_server")

    with_page(tmp_path, check)


def test_the_callbacks_of_the_page_are_limited_too(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for number in range(3):
            assert (await joined(client, ["x"], f"visit-{number}")).status_code == 200
        refused = await joined(client, ["x"], "visit-4")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert (await client.get("/")).status_code == 200

    with_page(tmp_path, check, options=ServerOptions(requests_per_minute=3))


def test_gradios_switches_in_the_environment_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUN_HISTORY", "MCP_SERVER", "VIBE_MODE", "SSR_MODE", "SHARE", "LOCAL_DEV_MODE", "DEBUG"):
        monkeypatch.setenv(f"GRADIO_{name}", "1" if name == "DEBUG" else "True")
    monkeypatch.setenv("GRADIO_ALLOWED_PATHS", "/")
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("a secret")

    async def check(client: httpx.AsyncClient) -> None:
        config = (await client.get("/config", headers=ELSEWHERE)).json()
        assert not config.get("run_history")
        assert not config.get("mcp_server")
        assert config["show_error"] is False
        assert (await client.get(f"/gradio_api/file={secret}")).status_code in (403, 404)
        for path in ("/gradio_api/mcp", "/gradio_api/mcp/sse", "/gradio_api/vibe-code", "/gradio_api/runs"):
            assert (await client.get(path)).status_code == 404
        assert "access-control-allow-origin" not in (await client.get("/config", headers=ELSEWHERE)).headers

    with_page(tmp_path, check)


def test_a_suite_can_be_uploaded_and_what_is_far_too_long_cannot(tmp_path: Path) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"x"

    async def check(client: httpx.AsyncClient) -> None:
        for length, status in ((200_000, 200), (10_700_000, 413), (12_000_000, 413)):
            files = {"files": ("big.bin", b"x" * length)}
            assert (await client.post("/gradio_api/upload", files=files)).status_code == status, length
        unknown = await client.post("/gradio_api/upload", content=pieces())
        assert unknown.status_code == 413

    with_page(tmp_path, check)


def test_an_error_in_a_callback_shows_no_trace(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        told = await echoed(client, [None])
        assert '"success":false' in told
        assert "Traceback" not in told
        assert "site-packages" not in told

    with_page(tmp_path, check)


def test_the_page_and_its_callbacks_work_while_an_a2a_task_is_answered(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        running = await task(client, "message/send", waiting(asking(), blocking=False))
        assert (await client.get("/")).status_code == 200
        assert "still here" in await echoed(client, ["still here"])
        assert (await task(client, "tasks/cancel", {"id": running["id"]}))["status"]["state"] == "canceled"

    with_page(tmp_path, check, PerSection(["half ", 60.0]))


def test_many_may_stream_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, documents):
            page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=30))
            build_server(runs, models, documents, page, ServerOptions(), lifespan=nothing_around)
            blocks = page.blocks
            assert blocks.has_launched
            assert blocks.max_threads == 200
            assert blocks.state_session_capacity == 500
            assert all(listener.concurrency_limit is None for listener in blocks.fns.values() if listener.queue)

    asyncio.run(main())
