"""How models are named on the command line of the evaluations."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.cli.running import model_key
from llmfirst.app.services import open_services
from llmfirst.errors import ModelMissing
from llmfirst.settings import Settings
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import Received, Wire


@dataclass
class Listing(ScriptedOpenAI):
    """Serves models of these names."""

    names: Sequence[str] = ()

    async def answer(self, request: Received, wire: Wire) -> None:
        if request.path == "/v1/models":
            await wire.whole({"data": [{"id": name} for name in self.names]})
        else:
            await super().answer(request, wire)


@asynccontextmanager
async def served(folder: Path, *names: str) -> AsyncIterator[Settings]:
    server = Listing(names=names)
    async with server.listening():
        given = {"data_dir": folder, "provider": "openai", "base_url": f"{server.address}/v1", "model": names[0]}
        yield Settings.model_validate(given)


@pytest.mark.parametrize(
    ("names", "asked", "key"),
    [
        (("openai/gpt-oss-20b",), "openai/gpt-oss-20b", "openai/openai/gpt-oss-20b"),
        (("openai/gpt-oss-20b",), "openai/openai/gpt-oss-20b", "openai/openai/gpt-oss-20b"),
        (("openai/gpt-oss-20b", "gpt-oss-20b"), "openai/gpt-oss-20b", "openai/openai/gpt-oss-20b"),
        (("gpt-oss-20b",), "openai/gpt-oss-20b", "openai/gpt-oss-20b"),
        (("gpt-oss-20b",), "gpt-oss-20b", "openai/gpt-oss-20b"),
        (("org/name:tag",), "org/name:tag", "openai/org/name:tag"),
        (("one", "two"), None, "openai/one"),
    ],
)
def test_the_whole_name_is_looked_for_before_what_follows_the_provider(
    tmp_path: Path, names: tuple[str, ...], asked: str | None, key: str
) -> None:
    async def claim() -> None:
        async with served(tmp_path, *names) as settings, open_services(settings) as services:
            assert await model_key(services, asked) == key

    asyncio.run(claim())


@pytest.mark.parametrize("asked", ["none", "openai/none", "org/none"])
def test_a_name_that_is_nowhere_is_refused_with_those_that_are(tmp_path: Path, asked: str) -> None:
    async def claim() -> None:
        async with served(tmp_path, "one", "two") as settings, open_services(settings) as services:
            with pytest.raises(ModelMissing, match="choose one of one, two"):
                await model_key(services, asked)

    asyncio.run(claim())


@pytest.mark.parametrize("asked", ["smollm2-135m", "embedded/smollm2-135m"])
def test_an_embedded_model_may_have_its_provider_in_front(tmp_path: Path, asked: str) -> None:
    async def claim() -> None:
        settings = Settings(data_dir=tmp_path, provider="embedded")
        async with open_services(settings) as services:
            assert await model_key(services, asked) == "embedded/smollm2-135m"

    asyncio.run(claim())
