"""The page behind a reverse proxy: by which address it is known, and that nothing of its stream is kept on the way."""

from pathlib import Path

import httpx
import pytest

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from tests.llmfirst.api.page_calls import joined, with_page
from tests.llmfirst.api.test_authentication import TOKENS, USERS


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
