"""The API without the page, on a scripted model and a real loopback port."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from llmfirst.api.app import ServerOptions, build_api
from llmfirst.runs.runs import Runs
from llmfirst.ui.answer_file import answer_file
from tests.live_runs import opened_with_models, served
from tests.scripted import PerSection

Check = Callable[[httpx.AsyncClient, Runs], Awaitable[None]]


@asynccontextmanager
async def nothing_around() -> AsyncGenerator[None, None]:
    yield


@asynccontextmanager
async def api_served(
    folder: Path, provider: PerSection, options: ServerOptions, **fields: Any
) -> AsyncGenerator[tuple[str, Runs], None]:
    """Serve the API; yields its address and its runs."""
    async with opened_with_models(folder, provider, **fields) as (runs, models, documents):
        app = build_api(runs, models, documents, options, lifespan=nothing_around, answer_file=answer_file)
        async with served(app) as url:
            yield url, runs


def with_api(
    folder: Path, provider: PerSection, check: Check, options: ServerOptions | None = None, **fields: Any
) -> None:
    """Serve the API for one check; a check that takes longer than 20 s fails."""

    async def main() -> None:
        async with (
            asyncio.timeout(20),
            api_served(folder, provider, options or ServerOptions(), **fields) as (url, runs),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=15) as client,
        ):
            await check(client, runs)

    asyncio.run(main())
