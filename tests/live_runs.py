"""Runs on a scripted model and a real store, and an app of theirs on a real loopback port."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from starlette.types import ASGIApp

from llmfirst.app.launch import listen_on
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.machine.energy import EnergyMeter
from llmfirst.models import Models
from llmfirst.readiness import readiness_of
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore, RateStore, RunStore, open_database
from tests.scripted import END, PerSection, Step

WHOLE: tuple[list[Step], ...] = (["plan", END], ["core", END], ["details", END], ["end", END])


@asynccontextmanager
async def opened(
    folder: Path,
    provider: PerSection,
    *,
    line_limit: int = 8,
    is_warm: bool = True,
    runs_per_owner: int | None = None,
    wait_limit_seconds: float = 300.0,
) -> AsyncGenerator[Runs, None]:
    """Open runs on the provider with a store in the folder; everything is closed at the end."""
    async with opened_with_models(
        folder,
        provider,
        line_limit=line_limit,
        is_warm=is_warm,
        runs_per_owner=runs_per_owner,
        wait_limit_seconds=wait_limit_seconds,
    ) as (runs, _, _):
        yield runs


@asynccontextmanager
async def opened_with_models(
    folder: Path,
    provider: PerSection,
    *,
    line_limit: int = 8,
    is_warm: bool = True,
    runs_per_owner: int | None = None,
    arrival_seconds: float = 5.0,
    slots: int = 1,
    wait_limit_seconds: float = 300.0,
    energy: EnergyMeter | None = None,
) -> AsyncGenerator[tuple[Runs, Models, DocumentStore], None]:
    """Open runs as `opened` does, with the models and the documents beside them."""
    database = open_database(folder)
    opening = opened_on(
        database,
        provider,
        line_limit=line_limit,
        is_warm=is_warm,
        runs_per_owner=runs_per_owner,
        arrival_seconds=arrival_seconds,
        slots=slots,
        wait_limit_seconds=wait_limit_seconds,
        energy=energy,
    )
    try:
        async with opening as services:
            yield services
    finally:
        database.dispose()


@asynccontextmanager
async def opened_on(
    database: sa.Engine,
    provider: PerSection,
    *,
    line_limit: int = 8,
    is_warm: bool = True,
    runs_per_owner: int | None = None,
    arrival_seconds: float = 5.0,
    slots: int = 1,
    wait_limit_seconds: float = 300.0,
    deadline_seconds: float = 120.0,
    energy: EnergyMeter | None = None,
) -> AsyncGenerator[tuple[Runs, Models, DocumentStore], None]:
    """Open runs on a database, which stays open."""
    admission = Admission(slots=slots, line_limit=line_limit)
    models = Models({"ollama": provider}, admission)
    store = RunStore(database)
    choice = await models.choose(None, store.last_model)
    if is_warm:
        models.begin(choice.offer.key)
        async for _ in readiness_of(models, choice.offer.key):
            pass
    engine = Engine(admission, deadline_seconds=deadline_seconds, wait_limit_seconds=wait_limit_seconds)
    runs = Runs(
        engine,
        models,
        store,
        RateStore(database),
        question_limit=100,
        now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        runs_per_owner=runs_per_owner,
        arrival_seconds=arrival_seconds,
        energy=energy,
    )
    try:
        yield runs, models, DocumentStore(database)
    finally:
        await runs.aclose()
        await models.aclose()


class PromptServer(uvicorn.Server):
    """A server that notices within 10 ms that it should end; uvicorn's own looks ten times a second."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # noqa: ASYNC110 - uvicorn tells of nothing but its flag
            await asyncio.sleep(0.01)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str, None]:
    """Serve an app on a free port; yields its base URL."""
    listening = listen_on("127.0.0.1", 0)
    server = PromptServer(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
