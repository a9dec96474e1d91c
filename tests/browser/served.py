"""The real page, runs and store on a scripted model, served from a thread; and scripts that wait for their test."""

import asyncio
import queue
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import sqlalchemy as sa
import uvicorn

from evals.run.service import Evaluations
from evals.ui.tabs import measuring_parts
from llmfirst.api.app import ServerOptions
from llmfirst.api.server import build_server
from llmfirst.app.launch import listen_on
from llmfirst.app.services import Services
from llmfirst.app.serving import all_tabs
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.models import Models
from llmfirst.providers.base import Chunk, ModelCard, Pulled, Warmth
from llmfirst.runs.runs import Runs
from llmfirst.settings import Settings
from llmfirst.store import DocumentStore, RateStore, RunStore, open_database
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.page import build_page
from tests.evals.answering import overhead
from tests.live_runs import PromptServer
from tests.probing import no_probe
from tests.scripted import END, PerSection, Reply

DEADLINE_SECONDS = 120.0


@dataclass(frozen=True)
class Gate:
    """A place in a script where the model waits until its test opens it."""

    _opened: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: "queue.SimpleQueue[asyncio.AbstractEventLoop]" = field(default_factory=queue.SimpleQueue)

    def open(self) -> None:
        """Let the model go on; waits until it has come to the gate."""
        self._loop.get(timeout=20).call_soon_threadsafe(self._opened.set)

    async def passed(self) -> None:
        self._loop.put(asyncio.get_running_loop())
        await self._opened.wait()


def gated(*steps: str | Gate | Chunk) -> Reply:
    """Return a reply of texts and gates."""

    async def reply() -> AsyncGenerator[Chunk, None]:
        for step in steps:
            if isinstance(step, Gate):
                await step.passed()
            else:
                yield Chunk(text=step) if isinstance(step, str) else step

    return reply


def endless(piece: str, pause_seconds: float) -> Reply:
    """Return a reply that never ends by itself, nor by repeating itself: each piece has its number."""

    async def reply() -> AsyncGenerator[Chunk, None]:
        for number in count(1):
            yield Chunk(text=f"{piece}{number} ")
            await asyncio.sleep(pause_seconds)

    return reply


def whole(name: str) -> tuple[Reply, ...]:
    """Return the replies of one complete answer."""
    return tuple([f"{name} {phase}.", END] for phase in ("plan", "core", "details", "end"))


class GatedProvider(PerSection):
    """A scripted model that is loaded only when its test opens the gate."""

    def __init__(self, gate: Gate, *replies: Reply) -> None:
        super().__init__(*replies)
        self._gate = gate

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        await self._gate.passed()
        return Warmth(was_cold=True, placement="nowhere")


class ShelfProvider(PerSection):
    """A scripted embedded provider with one model here and one that comes half way and waits at the gate."""

    kind = "embedded"

    def __init__(self, gate: Gate, *replies: Reply) -> None:
        super().__init__(*replies)
        self._gate = gate
        self._is_large_here = False

    async def models(self) -> tuple[ModelCard, ...]:
        here = ModelCard(name="small", size_bytes=98_000_000, quantization="Q4_1", default_because="hub_answers")
        return (
            here,
            ModelCard(
                name="large",
                size_bytes=1_100_000_000,
                parameters="1.5B",
                licence="Apache-2.0",
                is_here=self._is_large_here,
            ),
        )

    def can_pull(self, model: str) -> bool:
        return model in ("small", "large", "held")

    def is_answering(self, model: str) -> bool:
        return False

    async def discard(self, model: str) -> None: ...

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        if model == "held":
            yield Pulled(stage="downloading", done_bytes=3_000_000_000, total_bytes=4_000_000_000)
            await asyncio.Event().wait()
        if model == "large":
            yield Pulled(stage="downloading", done_bytes=550_000_000, total_bytes=1_100_000_000)
            await self._gate.passed()
            self._is_large_here = True
            yield Pulled(stage="checking", done_bytes=1_100_000_000, total_bytes=1_100_000_000)

    async def show(self, model: str) -> ModelCard:
        return next(card for card in await self.models() if card.name == model)

    async def unload(self, model: str) -> None: ...

    async def delete(self, model: str) -> None: ...


@dataclass(frozen=True)
class Served:
    """A page that is served, and what is behind it."""

    url: str
    store: RunStore
    provider: PerSection
    folder: Path


@contextmanager
def served(
    folder: Path,
    provider: PerSection,
    *,
    question_limit: int = 4000,
    options: ServerOptions | None = None,
    slots: int = 1,
) -> Iterator[Served]:
    """Serve the page for the time of the context; at its end nothing goes on."""
    with listen_on("127.0.0.1", 0) as listening:  # who comes before the server is up waits in here
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        database = open_database(folder)
        store = RunStore(database)
        up: queue.SimpleQueue[uvicorn.Server | BaseException] = queue.SimpleQueue()

        def serve() -> None:
            try:
                asyncio.run(
                    _serve(
                        listening, provider, folder, database, question_limit, options or ServerOptions(), slots, up.put
                    )
                )
            except BaseException as error:
                up.put(error)
                raise

        thread = threading.Thread(target=serve, name=f"served {url}")
        thread.start()
        try:
            server = up.get(timeout=30)
            assert isinstance(server, uvicorn.Server), server
            try:
                yield Served(url, store, provider, folder)
            finally:
                server.should_exit = True
        finally:
            thread.join(timeout=20)
            store.close()
            assert not thread.is_alive()


async def _serve(
    listening: socket.socket,
    provider: PerSection,
    folder: Path,
    database: sa.Engine,
    question_limit: int,
    options: ServerOptions,
    slots: int,
    is_up: Callable[[uvicorn.Server], None],
) -> None:
    store, rates, documents = RunStore(database), RateStore(database), DocumentStore(database)
    admission = Admission(slots=slots, line_limit=8)
    models = Models({provider.kind: provider}, admission)
    choice = await models.choose(None, store.last_model)
    engine = Engine(admission, deadline_seconds=DEADLINE_SECONDS, wait_limit_seconds=300)
    runs = Runs(engine, models, store, rates, question_limit=question_limit, now=lambda: datetime.now(UTC))
    page = AskPage(runs, models, deadline_seconds=DEADLINE_SECONDS, grace_seconds=30, offers_faults=True)

    settings = Settings(deadline_seconds=DEADLINE_SECONDS, data_dir=folder, slots=slots)
    services = Services(settings, models, runs, store, documents, None, no_probe(models, documents))
    evaluations = Evaluations(services, measure_overhead=overhead)
    others = all_tabs(services, *measuring_parts(services, evaluations))

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            for other in others:
                await other.aclose()
            await runs.aclose()

    app = build_server(runs, models, documents, build_page(page, others), options, lifespan=lifespan)
    server = PromptServer(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
    models.begin(choice.offer.key)
    is_up(server)
    try:
        await server.serve(sockets=[listening])
    finally:
        await models.aclose()
