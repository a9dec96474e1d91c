"""GET and POST /api/stream: one run as server-sent events."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.responses import Response

from llmfirst.api.wire import Progress, Start, Wire, WireEvent, WireMessage
from llmfirst.errors import (
    LineFull,
    LlmfirstError,
    ModelMissing,
    NotReady,
    QuestionRefused,
    QuestionTooLong,
    RunUnknown,
    TooManyRuns,
)
from llmfirst.events import accepted_language
from llmfirst.owners import LOCAL
from llmfirst.providers.base import Value
from llmfirst.runs import Runs

_PING_SECONDS: Final = 5
_RETRY_SECONDS: Final = "30"
_STATUS: Final[dict[type[LlmfirstError], tuple[int, str]]] = {
    QuestionTooLong: (413, "too_long"),
    QuestionRefused: (422, "refused"),
    ModelMissing: (404, "model_missing"),
    RunUnknown: (404, "run_unknown"),
    LineFull: (429, "line_full"),
    TooManyRuns: (429, "too_many_runs"),
    NotReady: (503, "not_ready"),
}


class Question(Value):
    """What POST takes; `model` is a key of the page's picker, `provider/model`; follow-ups come later."""

    question: str
    model: str | None = None
    parent_run_id: None = None


def stream_routes(runs: Runs, *, grace_seconds: float) -> APIRouter:
    """Return the routes; a caller that leaves has `grace_seconds` to come back before the model is stopped.

    What is wrong before the start is raised, and answered by `on_llmfirst_error`.
    """
    router = APIRouter()
    answers: dict[int | str, dict[str, Any]] = {
        200: {"model": WireMessage, "description": "server-sent events; the object of each `data:`"}
    }

    async def begun(question: str, model: str | None, accepts: str | None) -> Response:
        language = accepted_language(accepts)
        run_id = await runs.start(question, language=language, model=model, grace_seconds=grace_seconds, owner=LOCAL)
        return _stream(_messages(runs, run_id, after=0))

    @router.get("/api/stream", response_class=EventSourceResponse, responses=answers)
    async def get_stream(
        question: str | None = None,
        model: str | None = None,
        run_id: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        accept_language: Annotated[str | None, Header()] = None,
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """Start a run with `question`, or take one up again with `run_id` after the chunk `after`."""
        if run_id is None:
            return await begun(question or "", model, accept_language)
        messages = _messages(runs, run_id, after=after if last_event_id is None else last_event_id)
        first = await anext(messages)  # an unknown run is a status, and not an empty stream
        return _stream(_with_first(first, messages))

    @router.post("/api/stream", response_class=EventSourceResponse, responses=answers)
    async def post_stream(asked: Question, accept_language: Annotated[str | None, Header()] = None) -> Response:
        """Start a run."""
        return await begun(asked.question, asked.model, accept_language)

    return router


async def on_llmfirst_error(_: Request, error: Exception) -> Response:
    """Answer with what went wrong before the start: a status, a code and a sentence."""
    status, code = next((answer for kind, answer in _STATUS.items() if isinstance(error, kind)), (500, "internal"))
    headers = {"Retry-After": _RETRY_SECONDS} if status in (429, 503) else None
    return JSONResponse({"code": code, "message": str(error)}, status, headers)


async def _messages(runs: Runs, run_id: str, *, after: int) -> AsyncGenerator[ServerSentEvent, None]:
    wire = Wire()
    async with aclosing(runs.follow(run_id, owner=LOCAL)) as events:
        async for event in events:
            message = wire.after(event)
            if message is not None and not _was_seen(message, after):
                yield _sent(message)


def _was_seen(message: WireEvent, after: int) -> bool:
    if isinstance(message, Progress):
        return message.data.chunk_id <= after
    return isinstance(message, Start) and after > 0


def _sent(message: WireEvent) -> ServerSentEvent:
    # ASCII-safe: no line separator of Unicode can end a line early, whoever reads it.
    return ServerSentEvent(
        data=json.dumps(message.model_dump(mode="json"), ensure_ascii=True),
        event=message.event,
        id=str(message.data.chunk_id) if isinstance(message, Progress) else None,
    )


async def _with_first(
    first: ServerSentEvent, rest: AsyncGenerator[ServerSentEvent, None]
) -> AsyncGenerator[ServerSentEvent, None]:
    async with aclosing(rest):
        yield first
        async for message in rest:
            yield message


def _stream(messages: AsyncGenerator[ServerSentEvent, None]) -> EventSourceResponse:
    return EventSourceResponse(
        messages, ping=_PING_SECONDS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
