"""The page behind a reverse proxy: by which address it is known, and that nothing of its stream is kept on the way."""

from pathlib import Path

import httpx
import pytest

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import OPEN_PATHS, AccessPolicy
from llmfirst.errors import SetupError
from llmfirst.settings import load_settings
from tests.llmfirst.api.page_calls import joined, with_page
from tests.llmfirst.api.test_authentication import ALICE, TOKENS, USERS


def test_a_proxy_is_told_to_keep_nothing_of_the_pages_stream(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        await joined(client, ["x"], "visit")
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "visit"}) as stream:
            assert stream.headers["X-Accel-Buffering"] == "no"
            assert stream.headers["Cache-Control"] == "no-store"
        assert "X-Accel-Buffering" not in (await client.get("/config")).headers

    with_page(tmp_path, check)


@pytest.mark.parametrize(
    "passed_on",
    [{}, {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}, {"X-Gradio-Server": "http://evil.example"}],
    ids=["nothing", "another address", "an address for Gradio"],
)
def test_behind_a_proxy_the_page_is_called_by_its_public_address(tmp_path: Path, passed_on: dict[str, str]) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        proxied = {"X-Forwarded-For": "198.51.100.1", "Origin": "https://llm.example.org", **passed_on}
        form = {"name": "alice", "password": "wonderland"}
        entered = await client.post("/login", data=form, headers=proxied)
        proxied["Cookie"] = entered.headers["Set-Cookie"].partition(";")[0]
        config = (await client.get("/config", headers=proxied)).json()
        assert config["root"] == "https://llm.example.org"
        at_the_machine = {"Cookie": proxied["Cookie"]}
        assert (await client.get("/config", headers=at_the_machine)).json()["root"] == str(client.base_url).rstrip("/")
        foreign = {**proxied, "Origin": "https://evil.example"}
        assert (await client.post("/gradio_api/queue/join", json={}, headers=foreign)).status_code == 403

    with_page(
        tmp_path,
        check,
        options=ServerOptions(access_policy=AccessPolicy(USERS, TOKENS), public_url="https://llm.example.org"),
    )


UNDER_A_PATH = ServerOptions(access_policy=AccessPolicy(USERS, TOKENS), public_url="https://example.org/llm")


@pytest.mark.parametrize("path", ["", "/llm"], ids=["left out", "forwarded"])
def test_under_a_path_everything_is_found_whether_the_proxy_forwards_the_path_or_not(tmp_path: Path, path: str) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        proxied = {"X-Forwarded-For": "198.51.100.1", "Origin": "https://example.org"}
        sent = await client.get(f"{path}/?run=0123456789abcdef", headers=proxied)
        assert sent.headers["Location"] == "/llm/login?next=%2F%3Frun%3D0123456789abcdef"
        form = await client.get(f"{path}/login", headers=proxied)
        assert 'action="/llm/login"' in form.text
        given = {"name": "alice", "password": "wonderland", "next": "/?run=0123456789abcdef"}
        entered = await client.post(f"{path}/login", data=given, headers=proxied)
        assert entered.headers["Location"] == "/llm/?run=0123456789abcdef"
        assert "Path=/llm;" in entered.headers["Set-Cookie"]
        proxied["Cookie"] = entered.headers["Set-Cookie"].partition(";")[0]
        page = await client.get(f"{path}/", headers=proxied)
        assert page.status_code == 200
        assert (await client.get(f"{path}/config", headers=proxied)).json()["root"] == "https://example.org/llm"
        assert (await client.get(f"{path}/api/models", headers=ALICE)).status_code == 200
        assert (await client.get(f"{path}/openapi.json", headers=ALICE)).json()["servers"] == [{"url": "/llm"}]
        card = (await client.get(f"{path}/.well-known/agent.json", headers=proxied)).json()
        assert card["url"] == "https://example.org/llm/a2a"
        left = await client.post(f"{path}/logout", headers=proxied)
        assert left.headers["Location"] == "/llm/login"
        assert "Path=/llm;" in left.headers["Set-Cookie"]

    with_page(tmp_path, check, options=UNDER_A_PATH)


def test_the_folder_of_the_page_ends_with_a_slash(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        sent = await client.get("/llm?run=ab")
        assert (sent.status_code, sent.headers["Location"]) == (308, "/llm/?run=ab")
        assert (await client.get("/llmfirst")).status_code == 401  # another path is none of ours

    with_page(tmp_path, check, options=UNDER_A_PATH)


def test_at_the_machine_itself_the_page_needs_no_path(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        assert (await client.get("/")).headers["Location"] == "/login?next=%2F"
        entered = await client.post("/login", data={"name": "alice", "password": "wonderland"})
        assert entered.headers["Location"] == "/"
        assert "Path=/;" in entered.headers["Set-Cookie"]
        at_the_machine = {"Cookie": entered.headers["Set-Cookie"].partition(";")[0]}  # the jar keeps it for HTTPS
        # What the page calls has the path, and is found by it.
        root = (await client.get("/config", headers=at_the_machine)).json()["root"]
        assert root == f"{str(client.base_url).rstrip('/')}/llm"
        assert (await client.get(f"{root}/config", headers=at_the_machine)).status_code == 200

    with_page(tmp_path, check, options=UNDER_A_PATH)


def test_no_path_of_our_own_can_be_that_of_the_public_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMFIRST_PAGE_USERS", "alice:longenough")
    monkeypatch.setenv("LLMFIRST_API_TOKENS", "alice:0123456789abcdef")
    monkeypatch.chdir(tmp_path)

    async def check(client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json", headers=ALICE)).json()["paths"]
        for path in (*described, *OPEN_PATHS, "/a2a", "/gradio_api/queue/join", "/config", "/assets/x"):
            with pytest.raises(SetupError, match="--public-url"):
                load_settings(["--public-url", f"https://example.org/{path.split('/')[1]}"])

    with_page(tmp_path, check, options=UNDER_A_PATH)
