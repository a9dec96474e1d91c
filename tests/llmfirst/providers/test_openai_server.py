"""Where an OpenAI-compatible server is and what it lists: in many forms, behind redirects, with a password."""

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from llmfirst.errors import ModelMissing, NoModelList, ProviderBusy, ProviderRejected
from llmfirst.providers.base import Provider
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.openai import OpenAIProvider
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import Received, ScriptedServer, Wire
from tests.contract.steps import Refuse
from tests.contract.subjects import collected, request_for, text_of

KEY = "sk-very-secret"
PASSWORD = "hunter2 @/"


@dataclass
class ListingServer(ScriptedOpenAI):
    """Answers `/models` with a status and a body of the test's."""

    status: int = 200
    listing: Any = None

    async def answer(self, request: Received, wire: Wire) -> None:
        if request.path != "/v1/models":
            await super().answer(request, wire)
        elif isinstance(self.listing, bytes):
            await wire.raw(self.listing, self.status, "content-type: text/html")
        else:
            await wire.whole(self.listing, self.status)


@dataclass
class MovedServer(ScriptedOpenAI):
    """Sends `/old/...` on to wherever `target` says, with a status."""

    status: int = 308
    target: Callable[[str], str] = lambda path: path.replace("/old", "")

    async def answer(self, request: Received, wire: Wire) -> None:
        if request.path.startswith("/old"):
            await wire.raw(b"", self.status, f"location: {self.target(request.path)}")
        else:
            await super().answer(request, wire)


@dataclass
class QueryServer(ScriptedOpenAI):
    """Answers only what has a query, as Azure does with `api-version`."""

    paths: list[str] = field(default_factory=list)

    async def answer(self, request: Received, wire: Wire) -> None:
        path, _, query = request.path.partition("?")
        self.paths.append(request.path)
        if query == "api-version=1":
            await super().answer(Received(request.method, path, request.headers, request.body), wire)
        else:
            await wire.whole({"error": {"code": "404", "message": "Resource not found"}}, 404)


@asynccontextmanager
async def opened(server: ScriptedServer, path: str = "/v1", user: str = "") -> AsyncGenerator[OpenAIProvider, None]:
    async with server.listening():
        url = server.address.replace("http://", f"http://{user}") + path
        provider = OpenAIProvider(url, api_key=KEY, dialect=None, silence_limit_seconds=5)
        try:
            yield provider
        finally:
            await provider.aclose()


def named(name: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"}]}


@pytest.mark.parametrize(
    "listing",
    [
        named("toy"),
        {"data": [{"id": "toy", "owned_by": 3, "max_model_len": "?", "meta": []}]},
        {"data": [{"name": "toy"}, {"id": None}, 3]},
        {"data": ["toy"]},
        {"models": [{"model": "toy"}]},
        [{"id": "toy"}],
        ["toy"],
        {"data": [{"id": "toy", "max_model_len": -1, "meta": {"size": float("inf"), "n_params": float("nan")}}]},
        {"data": [{"id": "toy", "max_model_len": 1e300, "meta": {"size": -1, "n_params": 10**400}}]},
    ],
    ids=lambda listing: str(listing)[:60],
)
def test_a_list_is_read_in_every_form(listing: Any) -> None:
    async def claim() -> None:
        async with opened(ListingServer(listing=listing)) as provider:
            assert [card.name for card in await provider.models()] == ["toy"]
            await provider.warm("toy")
            with pytest.raises(ModelMissing, match="other: choose one of toy"):
                await provider.warm("other")

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("meta", "count"),
    [({"n_params": 494_032_768}, 494_032_768), ({"n_params": 0}, None), ({"n_params": True}, None), (None, None)],
)
def test_the_size_of_a_model_is_told_where_the_list_has_it(meta: Any, count: int | None) -> None:
    listing = {"data": [{"id": "toy", "aliases": ["small"], "meta": meta}, {"id": "70b"}]}

    async def claim() -> None:
        async with opened(ListingServer(listing=listing)) as provider:
            assert provider.capabilities("toy").parameter_count is None
            await provider.warm("toy")
            assert [provider.capabilities(name).parameter_count for name in ("toy", "small", "70b")] == [
                count,
                count,
                None,
            ]

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("status", "listing"),
    [
        (200, {"data": None}),
        (200, {"data": []}),
        (200, {"error": "Unexpected endpoint or method. (GET /v1/models)"}),
        (404, {"error": {"message": "Unknown request URL"}}),
        (405, {"detail": "Method Not Allowed"}),
        (500, {}),
        (501, None),
    ],
    ids=str,
)
def test_a_model_that_is_named_needs_no_list(status: int, listing: Any) -> None:
    async def claim() -> None:
        server = ListingServer(status=status, listing=listing)
        async with opened(server) as provider:
            await provider.warm("toy")
            await provider.warm("toy")
            assert len(server.asked("/v1/chat/completions")) == 1  # it is asked once whether it is there
            assert text_of(await collected(provider.stream(request_for("toy"))))
            with pytest.raises(ModelMissing, match="no-such"):
                await provider.warm("no-such")

    asyncio.run(claim())


def test_a_missing_list_says_what_came_instead_and_what_to_do() -> None:
    async def claim() -> None:
        async with opened(ListingServer(status=404, listing={"detail": f"no {KEY}"})) as provider:
            with pytest.raises(NoModelList, match=r"\(404 Not Found\).*/v1, or name.* --model. It said: no \*\*\*$"):
                await provider.models()

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("status", "listing", "kind", "words"),
    [
        (200, b"<!doctype html><body>Sign in</body>", ProviderRejected, "web page: correct --base-url"),
        (401, {"error": "wrong key"}, ProviderRejected, "check the API key"),
        (503, {"error": "Loading model"}, ProviderBusy, "Loading model"),
    ],
)
def test_what_is_no_missing_list_is_told_also_to_a_named_model(
    status: int, listing: Any, kind: type[Exception], words: str
) -> None:
    async def claim() -> None:
        async with opened(ListingServer(status=status, listing=listing)) as provider:
            with pytest.raises(kind, match=words):
                await provider.warm("toy")

    asyncio.run(claim())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed_with_the_whole_request(status: int) -> None:
    async def claim() -> None:
        server = MovedServer(status=status)
        async with opened(server, "/old/v1") as provider:
            assert [card.name for card in await provider.models()] == ["toy"]
            assert text_of(await collected(provider.stream(request_for("toy"))))
        last = server.received[-1]
        assert (last.method, last.path, last.body["model"]) == ("POST", "/v1/chat/completions", "toy")
        assert last.headers["authorization"] == f"Bearer {KEY}"

    asyncio.run(claim())


def test_a_redirect_to_another_server_is_named_and_gets_no_key() -> None:
    async def claim() -> None:
        other = ScriptedOpenAI()
        async with other.listening():
            elsewhere = other.address.replace("http://", "http://me:pw@") + "/v1/models?session=7#top"
            async with opened(MovedServer(target=lambda _: elsewhere), "/old/v1") as provider:
                with pytest.raises(ProviderRejected, match=f"another server, {other.address}/v1/models: if") as caught:
                    await provider.models()
        assert other.received == []
        assert not {"pw", "session"} & set(str(caught.value).replace("=", " ").split())

    asyncio.run(claim())


def test_a_redirect_in_a_circle_is_told() -> None:
    async def claim() -> None:
        async with opened(MovedServer(target=lambda path: path), "/old/v1") as provider:
            with pytest.raises(ProviderRejected, match="in a circle: correct its address"):
                await provider.models()

    asyncio.run(claim())


def test_the_query_of_the_base_url_goes_with_every_request() -> None:
    async def claim() -> None:
        server = QueryServer()
        async with opened(server, "/v1?api-version=1") as provider:
            await provider.warm("toy")
            assert text_of(await collected(provider.stream(request_for("toy"))))
        assert all(path.endswith("?api-version=1") for path in server.paths)

    asyncio.run(claim())


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_user_and_password_in_an_address_are_used_and_never_shown(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def claim() -> list[Received]:
        server: ScriptedServer = ScriptedOpenAI() if kind == "openai" else ScriptedOllama()
        async with server.listening():
            address = server.address.replace("http://", "http://me:hunter2%20%40%2F@")
            provider: Provider
            if kind == "openai":
                provider = OpenAIProvider(f"{address}/v1", api_key=None, dialect=None, silence_limit_seconds=5)
            else:
                provider = OllamaProvider(address, context_tokens=64, silence_limit_seconds=5)
            model = (await provider.models())[0].name
            warmth = await provider.warm(model)
            assert text_of(await collected(provider.stream(request_for(model))))
            assert "hunter2" not in warmth.placement
            server.replies = [[Refuse(400, f"no {PASSWORD}")]] * 20
            with pytest.raises(ProviderRejected) as caught:
                await collected(provider.stream(request_for(model)))
            await provider.aclose()
            assert "hunter2" not in str(caught.value)
        return server.received

    received = asyncio.run(claim())
    expected = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    assert {one.headers.get("authorization") for one in received} == {f"Basic {expected}"}
    assert "hunter2" not in "".join(one.getMessage() for one in caplog.records if one.name.startswith("httpx"))
