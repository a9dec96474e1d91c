"""Page and API as one server; importing this module imports Gradio."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import uvicorn

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.api.server import build_server
from llmfirst.app.services import Services
from llmfirst.ui.advice_card import AdviceCard
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.bring_card import BringCard
from llmfirst.ui.history_wiring import HistoryPageTab
from llmfirst.ui.live_card import LiveCard
from llmfirst.ui.machine_card import MachineCard
from llmfirst.ui.models_card import ModelsCard
from llmfirst.ui.page import PageTab, build_page
from llmfirst.ui.system_tab import SystemCard, SystemPageTab

_PAGE_GRACE_SECONDS: Final = 30.0
_API_GRACE_SECONDS: Final = 5.0


Tabs = Callable[[Services], tuple[Sequence[PageTab], Sequence[SystemCard]]]


def all_tabs(services: Services, tabs: Sequence[PageTab], cards: Sequence[SystemCard]) -> list[PageTab]:
    """Return the tabs beside the first one: those from outside, and our own with the cards from outside."""
    return [*tabs, HistoryPageTab(services.runs.history), SystemPageTab([*_own_cards(services), *cards])]


def _own_cards(services: Services) -> list[SystemCard]:
    settings, runs, models = services.settings, services.runs, services.models
    return [
        LiveCard(runs),
        ModelsCard(models, runs, settings.context_tokens, settings.provider),
        BringCard(models, settings.data_dir),
        MachineCard(services.forecaster),
        AdviceCard(services.forecaster, settings),
    ]


def page_server(services: Services, tabs: Tabs) -> uvicorn.Server:
    """Return a server of the API and of the page with the parts from outside; the runs are closed when it ends."""
    settings, runs, models = services.settings, services.runs, services.models
    grace = settings.leave_grace_seconds
    ask = AskPage(
        runs,
        models,
        deadline_seconds=settings.deadline_seconds,
        grace_seconds=_PAGE_GRACE_SECONDS if grace is None else grace,
        probe=services.probe,
        think=settings.think,
        public_url=settings.public_url,
        offers_faults=settings.faults != "off",
        larger_model=lambda: services.forecaster.offered,
    )

    others = all_tabs(services, *tabs(services))

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            for other in others:
                await other.aclose()
            await runs.aclose()

    options = ServerOptions(
        access_policy=AccessPolicy(settings.page_credentials, settings.api_credentials),
        public_url=settings.public_url,
        requests_per_minute=settings.requests_per_minute,
        offers_faults=settings.faults == "api",
        api_grace_seconds=_API_GRACE_SECONDS if grace is None else grace,
        a2a_wait_seconds=settings.a2a_wait_seconds,
        a2a_poll_grace_seconds=settings.a2a_poll_grace_seconds,
    )
    page = build_page(ask, others)
    app = build_server(runs, models, services.documents, page, options, lifespan=lifespan, probe=services.probe)
    config = uvicorn.Config(
        app,
        log_config=None,
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=False,  # access depends on whether a proxy forwarded a request: we read these headers ourselves
    )
    return uvicorn.Server(config)
