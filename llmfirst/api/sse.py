"""GET and POST /api/stream: one run as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.responses import Response

from llmfirst.api.caller import owner_in
from llmfirst.api.streams import ascii_json, event_stream
from llmfirst.api.wire import Progress, Start, Wire, WireEvent, WireMessage
from llmfirst.events import accepted_language
from llmfirst.owners import Owner
from llmfirst.providers.base import Value
from llmfirst.runs import Runs


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

    async def begun(request: Request, question: str, model: str | None, accepts: str | None) -> Response:
        owner = owner_in(request.scope)
        language = accepted_language(accepts)
        run_id = await runs.start(question, language=language, model=model, grace_seconds=grace_seconds, owner=owner)
        return event_stream(_messages(runs, run_id, owner, after=0))

    @router.get("/api/stream", response_class=EventSourceResponse, responses=answers)
    async def get_stream(
        request: Request,
        question: str | None = None,
        model: str | None = None,
        run_id: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        accept_language: Annotated[str | None, Header()] = None,
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """Start a run with `question`, or take one up again with `run_id` after the chunk `after`.

        `Last-Event-ID` goes before `after`. With a question and no `run_id` it is an EventSource that connects again by
        itself: 204 makes it stop, because its run is over or is taken up by `run_id`.
        """
        if run_id is None:
            if last_event_id is not None:
                return Response(status_code=204)
            return await begun(request, question or "", model, accept_language)
        owner = owner_in(request.scope)
        await runs.so_far(run_id, owner=owner)  # an unknown run is a status, and not an empty stream
        return event_stream(_messages(runs, run_id, owner, after=after if last_event_id is None else last_event_id))

    @router.post("/api/stream", response_class=EventSourceResponse, responses=answers)
    async def post_stream(
        request: Request, asked: Question, accept_language: Annotated[str | None, Header()] = None
    ) -> Response:
        """Start a run."""
        return await begun(request, asked.question, asked.model, accept_language)

    return router


async def _messages(runs: Runs, run_id: str, owner: Owner, *, after: int) -> AsyncGenerator[ServerSentEvent, None]:
    wire = Wire()
    async with aclosing(runs.follow(run_id, owner=owner)) as events:
        async for event in events:
            message = wire.after(event)
            if message is not None and not _was_seen(message, after):
                yield _sent(message)


def _was_seen(message: WireEvent, after: int) -> bool:
    if isinstance(message, Progress):
        return message.data.chunk_id <= after
    return isinstance(message, Start) and after > 0


def _sent(message: WireEvent) -> ServerSentEvent:
    return ServerSentEvent(
        data=ascii_json(message.model_dump(mode="json")),
        event=message.event,
        id=str(message.data.chunk_id) if isinstance(message, Progress) else None,
    )
