"""The API and A2A as one FastAPI app behind its middlewares; `api/server.py` mounts the page into it."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from llmfirst.api.a2a.routes import a2a_routes
from llmfirst.api.a2a.tasks import Tasks
from llmfirst.api.authentication import AccessPolicy, AccessState, Authentication
from llmfirst.api.document import with_streams
from llmfirst.api.login import login_routes
from llmfirst.api.measurements import Measurements
from llmfirst.api.public_url import PublicUrl
from llmfirst.api.queries import health_routes, metrics_route, query_routes
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.refusals import REFUSALS, on_http_error, on_llmfirst_error, on_malformed
from llmfirst.api.request_limits import RequestLimits
from llmfirst.api.run_history import AnswerFile, history_routes
from llmfirst.api.security_headers import SecurityHeaders
from llmfirst.api.sse import stream_routes
from llmfirst.errors import LlmfirstError
from llmfirst.models import Models
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore
from llmfirst.version import llmfirst_version

_LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class ServerOptions:
    """Who may use the server, under which address and how often."""

    access_policy: AccessPolicy = field(default_factory=AccessPolicy)
    public_url: str | None = None
    """The address by which visitors reach the server; None: the one that they ask for."""
    requests_per_minute: int = 240
    """Of one caller."""
    api_grace_seconds: float = 5.0
    offers_faults: bool = False
    """Whether callers of the API may disturb the model in a run of their own."""
    a2a_wait_seconds: float = 150.0
    a2a_poll_grace_seconds: float = 60.0

    @property
    def public_host(self) -> str | None:
        return None if self.public_url is None else urlsplit(self.public_url).netloc

    @property
    def public_path(self) -> str:
        """The path of the public URL, without a slash at its end; nothing where it has none."""
        return "" if self.public_url is None else urlsplit(self.public_url).path.rstrip("/")

    @property
    def is_secure(self) -> bool:
        return self.public_url is not None and urlsplit(self.public_url).scheme == "https"


def build_api(
    runs: Runs,
    models: Models,
    documents: DocumentStore,
    options: ServerOptions,
    *,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
    answer_file: AnswerFile,
    probe: BackgroundProbe | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """Put API and A2A behind their middlewares; `lifespan` surrounds the time in which the server serves."""
    tasks = Tasks(
        runs,
        documents,
        grace_seconds=options.api_grace_seconds,
        poll_grace_seconds=options.a2a_poll_grace_seconds,
        now=lambda: datetime.now(UTC),
    )
    state = AccessState(options.access_policy, clock)

    @asynccontextmanager
    async def app_lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        async with lifespan():
            try:
                yield
            finally:
                await tasks.aclose()

    app = FastAPI(
        title="llmfirst",
        version=llmfirst_version(),
        description="Questions answered by a language model on this machine, streamed, inside 120 seconds.",
        lifespan=app_lifespan,
        servers=[{"url": options.public_path}] if options.public_path else None,
        docs_url=None,
        redoc_url=None,
    )
    # For the schema only: the middleware `Authentication` has checked the credentials before.
    schemes = [Depends(HTTPBearer(auto_error=False)), Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]
    dependencies = [] if options.access_policy.is_open else schemes
    for routes in (
        stream_routes(runs, grace_seconds=options.api_grace_seconds, offers_faults=options.offers_faults),
        history_routes(runs.history, answer_file),
        query_routes(runs, models, probe),
        metrics_route(Measurements(runs)),
    ):
        app.include_router(routes, dependencies=dependencies, responses=REFUSALS)
    app.include_router(health_routes(models))
    app.router.routes += a2a_routes(
        tasks,
        wait_seconds=options.a2a_wait_seconds,
        public_url=options.public_url,
        needs_token=not options.access_policy.is_open,
    )
    app.router.routes += login_routes(state, is_secure=options.is_secure)
    app.add_exception_handler(LlmfirstError, on_llmfirst_error)
    app.add_exception_handler(RequestValidationError, on_malformed)
    app.add_exception_handler(HTTPException, on_http_error)
    # A parent with a CORS policy of its own keeps Gradio from answering any origin with credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(RequestLimits, buckets=TokenBuckets(options.requests_per_minute, 60.0, clock))
    app.add_middleware(Authentication, state=state)
    app.add_middleware(SecurityHeaders, public_host=options.public_host)
    if options.public_url is not None:
        app.add_middleware(PublicUrl, public_url=options.public_url)
    if options.access_policy.is_open:
        # Without credentials another site's name for this machine (DNS rebinding) would open everything. With them it
        # opens nothing: a session cookie is bound to the host name under which it was set.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(_LOOPBACK_HOSTS))
    app.openapi_schema = with_streams(app.openapi())
    return app
