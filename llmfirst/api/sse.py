"""GET and POST /api/stream: one run as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from pydantic import ConfigDict, Field
from sse_starlette.event import ServerSentEvent
from starlette.responses import Response

from llmfirst.api.caller import owner_in
from llmfirst.api.refusals import refusal_response
from llmfirst.api.streams import EventStream, ascii_json, event_stream
from llmfirst.api.wire import Progress, Start, Wire, WireEvent, WireMessage
from llmfirst.errors import QuestionRefused
from llmfirst.events import AnswerSettings, accepted_language
from llmfirst.providers.base import Fault
from llmfirst.runs.owners import Owner
from llmfirst.runs.runs import Runs

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": WireMessage,
        "description": "Server-sent events; the `event` in the object of `data` is that of the SSE field.",
    },
    204: {"description": "An EventSource that connects again by itself: stop, its run is not named."},
    404: refusal_response("There is no such model, or no run of the caller's has this id."),
    409: refusal_response("The run that the question follows up has not ended yet."),
    413: refusal_response("The question, or the body, is too long."),
    503: refusal_response(
        "The model is being downloaded, or could not be loaded; `Retry-After` says when to try again."
    ),
}
_POST_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    **{status: response for status, response in _RESPONSES.items() if status != 204},
    415: refusal_response("The body is not JSON, or does not say so."),
}


class StreamQuestion(AnswerSettings):
    """A question and how it is to be answered. A setting that is null or left out is as the server is set."""

    question: str
    model: str | None = None
    """A key of `GET /api/models`."""

    parent_run_id: str | None = None
    """The run that the question follows up: an own one that has ended."""

    @property
    def settings(self) -> AnswerSettings:
        return AnswerSettings(**self.model_dump(include=set(AnswerSettings.model_fields)))


class StreamRequest(StreamQuestion):
    """The body of a POST."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "Why is the sky blue?", "model": None, "parent_run_id": None}]}
    )

    fault: Fault | None = None
    """What is done to the model on purpose in this run, where the server allows it."""


class StreamQuery(StreamQuestion):
    """The query of a GET: a new question, or a run to continue."""

    model_config = ConfigDict(extra="ignore")

    question: str = ""
    run_id: str | None = None
    after: int = Field(default=0, ge=0)


def stream_routes(runs: Runs, *, grace_seconds: float, offers_faults: bool = False) -> APIRouter:
    """Return the routes; a caller that leaves has `grace_seconds` to come back before the model is stopped.

    A problem before the start is raised; `on_llmfirst_error` answers it.
    """
    router = APIRouter(tags=["asking"])

    async def start_run(
        request: Request, asked: StreamQuestion, accepts: str | None, fault: Fault | None = None
    ) -> Response:
        if fault is not None and not offers_faults:
            raise QuestionRefused("This server disturbs no model for callers: start it with --faults api.")
        owner = owner_in(request.scope)
        run_id = await runs.start(
            asked.question,
            language=accepted_language(accepts),
            model=asked.model,
            grace_seconds=grace_seconds,
            owner=owner,
            settings=asked.settings,
            parent_run_id=asked.parent_run_id,
            fault=fault,
        )
        return event_stream(_messages(runs, run_id, owner, after=0))

    @router.get("/api/stream", response_class=EventStream, responses=_RESPONSES)
    async def get_stream(
        request: Request,
        query: Annotated[StreamQuery, Query()],
        accept_language: Annotated[str | None, Header()] = None,
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """Start a run with `question`, or continue one with `run_id` after the chunk `after`.

        `Last-Event-ID` takes precedence over `after`. A request with `Last-Event-ID` and without `run_id` is an
        EventSource that reconnects by itself; 204 makes it stop, so that it does not ask its question again.
        """
        run_id = query.run_id
        if run_id is None:
            if last_event_id is not None:
                return Response(status_code=204)
            return await start_run(request, query, accept_language)
        owner = owner_in(request.scope)
        await runs.so_far(run_id, owner=owner)  # an unknown run is a status, and not an empty stream
        after = query.after if last_event_id is None else last_event_id
        return event_stream(_messages(runs, run_id, owner, after=after))

    @router.post("/api/stream", response_class=EventStream, responses=_POST_RESPONSES)
    async def post_stream(
        request: Request, body: StreamRequest, accept_language: Annotated[str | None, Header()] = None
    ) -> Response:
        """Start a run."""
        return await start_run(request, body, accept_language, body.fault)

    return router


async def _messages(runs: Runs, run_id: str, owner: Owner, *, after: int) -> AsyncGenerator[ServerSentEvent, None]:
    wire = Wire()
    async with aclosing(runs.follow(run_id, owner=owner)) as events:
        async for event in events:
            message = wire.after(event)
            if message is not None and not _was_seen(message, after):
                yield _server_sent_event(message)


def _was_seen(message: WireEvent, after: int) -> bool:
    if isinstance(message, Progress):
        return message.data.chunk_id <= after
    return isinstance(message, Start) and after > 0


def _server_sent_event(message: WireEvent) -> ServerSentEvent:
    return ServerSentEvent(
        data=ascii_json(message.model_dump(mode="json")),
        event=message.event,
        id=str(message.data.chunk_id) if isinstance(message, Progress) else None,
    )
