"""What FastAPI does not write about our streams into the OpenAPI document."""

from typing import Any, Final

from llmfirst.api.streams import ascii_json
from llmfirst.api.wire import EXAMPLES

_EVENT: Final[dict[str, Any]] = {
    "title": "One server-sent event",
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": list(EXAMPLES)},
        "id": {"type": "string", "description": "the `chunk_id` of a `progress`"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/WireMessage"},
        },
    },
}


def with_streams(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe the events of each stream, with an example of every kind; change the document in place and return it."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            stream = operation["responses"].get("200", {}).get("content", {}).get("text/event-stream")
            if stream is not None:
                events = {name: {"value": _event(name, example)} for name, example in EXAMPLES.items()}
                stream |= {"schema": _EVENT, "examples": events}
    for name, example in EXAMPLES.items():
        schema["components"]["schemas"][name.capitalize()]["examples"] = [example]
    return schema


def _event(name: str, example: dict[str, Any]) -> dict[str, str]:
    event = {"event": name, "data": ascii_json(example)}
    return {**event, "id": str(example["data"]["chunk_id"])} if name == "progress" else event
