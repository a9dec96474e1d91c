"""What the API lets callers read: runs, their ledgers, models, health and metrics."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime
from starlette.responses import JSONResponse, Response

from llmfirst.answer import Answer, Metrics, fold
from llmfirst.api.caller import owner_in
from llmfirst.api.measurements import CONTENT_TYPE, Measurements
from llmfirst.api.refusals import Refused
from llmfirst.api.wire import think_note
from llmfirst.events import AnswerFailed, AnswerFinished, AnswerSettings, CallFinished, Language, PartlyRead, Phase
from llmfirst.ledger import Call
from llmfirst.model_options import ModelOptions, OptionName
from llmfirst.models import Models
from llmfirst.proof import Proof, verify
from llmfirst.providers.base import Fault, ProviderKind, Think
from llmfirst.readiness import Failed, Preparing, Readiness, Ready
from llmfirst.runs.background_probe import BackgroundProbe, ProbeState
from llmfirst.runs.runs import Runs
from llmfirst.values import Value

ReadinessStage = Literal["queued", "downloading", "checking", "stopped", "loading", "ready", "failed"]
RunName = Annotated[str, Path(max_length=32, description="the `run_id` of the `start` event")]
UNKNOWN_RUN: dict[int | str, dict[str, Any]] = {
    404: {"model": Refused, "description": "No run of the caller's has this id."},
    503: {"model": Refused, "description": "The database cannot be read now."},
}


class RunErrorResponse(Value):
    """Why a run has no text, or not all of it."""

    code: str
    message: str


class RunResponse(Value):
    """A run as it is now: `state` is `writing` until it has ended; then `metrics.outcome` or `error` says how."""

    run_id: str
    question: str
    language: Language
    provider: ProviderKind
    model: str
    submitted_at: AwareDatetime
    state: Literal["writing", "ended"]
    is_stored: bool
    """Whether all of it is in the database; False while the disk is late."""
    text: dict[Phase, str]
    thought: dict[Phase, str]
    """What the model thought in each phase in which it did."""
    think: Think
    """What was asked for about thinking."""
    settings: AnswerSettings
    """What the asker set for this question."""
    options: ModelOptions | None
    """What the model is asked with, whoever set it; null in older runs."""
    ignored: tuple[OptionName, ...]
    """Those that were set, and that its service cannot be told or has refused."""
    parent_run_id: str | None
    """The run that the question follows up."""
    think_note: str | None
    """Why the model does not think as it was asked to; null if it does."""
    fault: Fault | None
    """What was done to the model on purpose; the run is in no figure then."""
    metrics: Metrics
    error: RunErrorResponse | None


class LedgerResponse(Value):
    """Every call of the model that a run made, chained by SHA-256, and what recomputing the chain found.

    `is_stored` is False while the disk is late.
    """

    run_id: str
    is_stored: bool
    proof: Proof
    calls: tuple[Call, ...]


class ProbeResponse(Value):
    """How far the program is with finding out how a model is best asked; it does that while nobody asks."""

    stage: Literal["waiting", "asking"]
    question: int
    """The number of the question that is tried now or next, from 1."""
    questions: int
    calls: int
    """How many times the model was called for it; these calls are in no other figure."""
    about: Literal["profile", "thinking"]
    """What is tried: two profiles, or the one that was found with thinking and without it."""


class ModelResponse(Value):
    """A model that can be asked by its `key`; `readiness` is None when nobody has asked for it yet.

    `probe` is None when there is nothing to be found out about it: it is not loaded, that is done, or it is off.
    `thinking_pays` is what was found: whether it answers better with thinking; None where that was not tried.
    """

    key: str
    name: str
    provider: ProviderKind
    size_bytes: int | None
    is_chosen: bool
    readiness: ReadinessStage | None
    probe: ProbeResponse | None
    thinking_pays: bool | None


class ModelsResponse(Value):
    models: tuple[ModelResponse, ...]


class HealthResponse(Value):
    """Whether the program serves, and the readiness of the default model."""

    status: Literal["ok", "not_ready"]
    readiness: ReadinessStage | None


def query_routes(runs: Runs, models: Models, probe: BackgroundProbe | None = None) -> APIRouter:
    """Return the routes that read runs and models."""
    router = APIRouter(tags=["reading"])

    @router.get("/api/runs/{run_id}", responses=UNKNOWN_RUN)
    async def get_run(request: Request, run_id: RunName) -> RunResponse:
        """Return a run of the caller, also while it is being written."""
        events = await runs.so_far(run_id, owner=owner_in(request.scope))
        return _run_response(await asyncio.to_thread(fold, events), is_stored=runs.is_stored(run_id))

    @router.get("/api/runs/{run_id}/ledger", responses=UNKNOWN_RUN)
    async def get_ledger(request: Request, run_id: RunName) -> LedgerResponse:
        """Return the ledger of a run of the caller: what was sent to the model and what it wrote, call by call."""
        events = await runs.so_far(run_id, owner=owner_in(request.scope))
        proof = await asyncio.to_thread(verify, events)
        calls = tuple(event.call for event in events if isinstance(event, CallFinished))
        return LedgerResponse(run_id=run_id, is_stored=runs.is_stored(run_id), proof=proof, calls=calls)

    @router.get("/api/models")
    async def get_models() -> ModelsResponse:
        """Return the models; `key` is what `model` of a question takes."""
        chosen = models.chosen.offer.key
        offers = await models.offers()
        return ModelsResponse(
            models=tuple(
                ModelResponse(
                    key=offer.key,
                    name=offer.card.name,
                    provider=offer.provider,
                    size_bytes=offer.card.size_bytes,
                    is_chosen=offer.key == chosen,
                    readiness=_stage(models.readiness(offer.key)),
                    probe=None if probe is None else _probe_response(probe.state(offer.key)),
                    thinking_pays=None if probe is None else probe.thinking_pays(offer.key),
                )
                for offer in offers
            )
        )

    return router


def health_routes(models: Models) -> APIRouter:
    """Return the routes that a monitor may ask without a token."""
    router = APIRouter(tags=["watching"])

    @router.get("/healthz")
    async def get_health() -> HealthResponse:
        """Answer as long as the program serves; needs no token."""
        return _health(models, "ok")

    @router.get("/readyz", responses={503: {"model": HealthResponse, "description": "The model is not loaded yet."}})
    async def get_readiness() -> Response:
        """Answer 200 when a question would be answered now, and 503 before that; needs no token."""
        is_ready = isinstance(models.readiness(models.chosen.offer.key), Ready)
        health = _health(models, "ok" if is_ready else "not_ready")
        return JSONResponse(health.model_dump(mode="json"), 200 if is_ready else 503)

    return router


def metrics_route(measurements: Measurements) -> APIRouter:
    """Return the route of the metrics."""
    router = APIRouter(tags=["watching"])

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "the text form of Prometheus"}},
    )
    async def get_metrics() -> Response:
        """Return the metrics since the start of the program, without any text or name."""
        return Response(measurements.text(), headers={"Content-Type": CONTENT_TYPE})

    return router


def _run_response(answer: Answer, *, is_stored: bool) -> RunResponse:
    submitted = answer.submitted
    assert submitted is not None, "a run begins by being submitted"
    return RunResponse(
        run_id=submitted.run_id,
        question=submitted.question,
        language=submitted.language,
        provider=submitted.provider,
        model=submitted.model,
        submitted_at=submitted.submitted_at,
        state="writing" if answer.end is None else "ended",
        is_stored=is_stored,
        text={phase: part.text for phase, part in answer.phases.items()},
        thought={phase: part.thought for phase, part in answer.phases.items() if part.thought},
        think=submitted.think,
        settings=submitted.settings,
        options=submitted.options,
        ignored=answer.ignored,
        parent_run_id=submitted.parent_run_id,
        think_note=think_note(answer),
        fault=submitted.fault,
        metrics=answer.metrics(),
        error=_run_error(answer.end),
    )


def _run_error(end: AnswerFinished | AnswerFailed | None) -> RunErrorResponse | None:
    match end:
        case AnswerFailed(code=code, message=message):
            return RunErrorResponse(code=code, message=message)
        case PartlyRead(unreadable=unreadable):
            message = f"{unreadable} of its events cannot be read: they are kept, and a newer llmfirst may read them."
            return RunErrorResponse(code="partly_read", message=message)
        case _:
            return None


def _health(models: Models, status: Literal["ok", "not_ready"]) -> HealthResponse:
    # Who is not logged in learns that there is a model and how far it is, not which one.
    return HealthResponse(status=status, readiness=_stage(models.readiness(models.chosen.offer.key)))


def _probe_response(state: ProbeState | None) -> ProbeResponse | None:
    return None if state is None else ProbeResponse(**asdict(state))


def _stage(readiness: Readiness | None) -> ReadinessStage | None:
    match readiness:
        case Ready():
            return "ready"
        case Failed():
            return "failed"
        case Preparing(stage=stage):
            return stage
        case None:
            return None
