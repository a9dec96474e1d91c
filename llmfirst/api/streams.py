"""How anything is streamed: never kept on the way, never silent for long, and in ASCII."""

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

PING_SECONDS: Final = 5


class EventStream(EventSourceResponse):
    """Server-sent events, under the name that the schema knows them by."""

    media_type = "text/event-stream"


def event_stream(messages: AsyncGenerator[ServerSentEvent, None]) -> EventStream:
    """Return the response that streams these; it closes them when the reader leaves."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(messages, ping=PING_SECONDS, headers=headers)


def ascii_json(value: Any) -> str:
    """Return JSON in which no line separator of Unicode can end a line early, whoever reads it."""
    return json.dumps(value, ensure_ascii=True)
