"""Everything put together: from the settings to a server that serves until it is told to end."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import uvicorn

from llmfirst.api.server import build_server
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.errors import SetupError
from llmfirst.models import Failed, Models
from llmfirst.providers import open_providers
from llmfirst.runs import Runs
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from llmfirst.terminal import print_choice, show_readiness
from llmfirst.ui.ask_wiring import AskPage
from llmfirst.ui.page import build_page

_PAGE_GRACE_SECONDS: Final = 30.0
_API_GRACE_SECONDS: Final = 5.0
_LAST_WORDS_SECONDS: Final = 2.0


def launch(settings: Settings) -> int:
    """Serve until the end is asked for; return the exit code. SetupError and ProviderError say why it cannot."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "httpcore", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
    with _listening(settings.host, settings.port) as listening:
        return asyncio.run(_serve(settings, listening))


async def _serve(settings: Settings, listening: socket.socket) -> int:
    store = RunStore(open_database(settings.data_dir))
    store.end_broken_runs()
    admission = Admission(slots=settings.slots, line_limit=settings.line_limit)
    models = Models(open_providers(settings), admission)
    try:
        choice = await models.choose(settings.model, store.last_model)
        engine = Engine(
            admission,
            deadline_seconds=settings.deadline_seconds,
            wait_limit_seconds=settings.wait_limit_seconds,
        )
        runs = Runs(engine, models, store, question_limit=settings.question_limit, now=lambda: datetime.now(UTC))
        print_choice(choice, f"http://{_shown(settings.host)}:{settings.port}")
        models.begin(choice.offer.key)
        server = _server(settings, runs, models)
        ending = asyncio.create_task(_end_when_not_ready(models, choice.offer.key, server))
        await server.serve(sockets=[listening])
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        return 1 if isinstance(models.readiness(choice.offer.key), Failed) else 0
    finally:
        await models.aclose()
        store.close()


def _server(settings: Settings, runs: Runs, models: Models) -> uvicorn.Server:
    grace = settings.leave_grace_seconds
    ask = AskPage(
        runs,
        models,
        deadline_seconds=settings.deadline_seconds,
        grace_seconds=_PAGE_GRACE_SECONDS if grace is None else grace,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await runs.aclose()

    app = build_server(
        runs,
        build_page(ask),
        api_grace_seconds=_API_GRACE_SECONDS if grace is None else grace,
        lifespan=lifespan,
    )
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=3, server_header=False)
    return uvicorn.Server(config)


async def _end_when_not_ready(models: Models, key: str, server: uvicorn.Server) -> None:
    """End the program when the first model cannot be had, once an open page has been told why."""
    if isinstance(await show_readiness(models, key), Failed):
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise SetupError(
            f"{_shown(host)}:{port} cannot be served ({error.strerror}): end the program that uses the port, "
            "or choose another with --port."
        ) from error
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
