"""Streams: never buffered on the way, never silent for long, and in ASCII."""

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

PING_SECONDS: Final = 5


class EventStream(EventSourceResponse):
    """Server-sent events, with the media type that the OpenAPI document names."""

    media_type = "text/event-stream"


def event_stream(messages: AsyncGenerator[ServerSentEvent, None]) -> EventStream:
    """Return the response that streams these; it closes them when the reader leaves."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(messages, ping=PING_SECONDS, headers=headers)


def ascii_json(value: Any) -> str:
    """Return JSON in ASCII, so that no reader takes a line separator of Unicode for the end of a line."""
    return json.dumps(value, ensure_ascii=True)
