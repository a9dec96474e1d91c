"""Strict parsing of JSON-RPC requests.

The endpoint of the SDK accepts requests that it should refuse, and repeats in its errors what was sent.
"""

import json
from typing import Any, Final

from a2a.types import (
    CancelTaskRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    InvalidParamsError,
    InvalidRequestError,
    JSONParseError,
    MethodNotFoundError,
    SendMessageRequest,
    SendStreamingMessageRequest,
    SetTaskPushNotificationConfigRequest,
    TaskResubscriptionRequest,
)
from pydantic import BaseModel, ValidationError

from llmfirst.api.streams import ascii_json

RequestId = str | int | None
_METHODS: Final[dict[str, type[BaseModel]]] = {
    "message/send": SendMessageRequest,
    "message/stream": SendStreamingMessageRequest,
    "tasks/get": GetTaskRequest,
    "tasks/cancel": CancelTaskRequest,
    "tasks/resubscribe": TaskResubscriptionRequest,
    "tasks/pushNotificationConfig/set": SetTaskPushNotificationConfigRequest,
    "tasks/pushNotificationConfig/get": GetTaskPushNotificationConfigRequest,
}
_PROBLEMS_LIMIT: Final = 20
_UNFIT_ID: Final = InvalidRequestError(message="The id must be a string or a whole number.")


class Malformed(Exception):
    """A request that cannot be carried out; `request_id` is its id if it has a valid one."""

    def __init__(self, error: BaseModel, request_id: RequestId = None) -> None:
        super().__init__(error)
        self.error = error
        self.request_id = request_id


def parse_request(body: bytes) -> Any:
    """Return the request in a body as a model of the SDK; Malformed says what is wrong with it. Pure."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(JSONParseError()) from error
    if not isinstance(given, dict):  # a batch is not part of A2A
        raise Malformed(InvalidRequestError(message="Send one request: a JSON object."))
    request_id = given.get("id")
    if isinstance(request_id, bool) or not isinstance(request_id, str | int | None):
        raise Malformed(_UNFIT_ID)
    method = given.get("method")
    if given.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Malformed(InvalidRequestError(message='Send "jsonrpc": "2.0" and a method.'), request_id)
    shape = _METHODS.get(method)
    if shape is None:
        raise Malformed(MethodNotFoundError(), request_id)
    # A missing id is the last thing that is told: what else is wrong is worth more to who wrote the request.
    identified = {**_with_modes(given), "id": "" if request_id is None else request_id}
    try:
        request = shape.model_validate_json(ascii_json(identified), strict=True)
    except (ValidationError, RecursionError) as error:
        raise Malformed(_what_is_wrong(error), request_id) from error
    if isinstance(request, SendMessageRequest | SendStreamingMessageRequest):
        _check_parts(given["params"]["message"]["parts"], request_id)
    if request_id is None:
        raise Malformed(_UNFIT_ID)
    return request


def _with_modes(given: dict[str, Any]) -> dict[str, Any]:
    """Add an empty `acceptedOutputModes` where a configuration has none: the model of the SDK requires it."""
    params = given.get("params")
    configuration = params.get("configuration") if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(configuration, dict):
        return given
    if configuration.get("acceptedOutputModes") is not None:
        return given
    return {**given, "params": {**params, "configuration": {**configuration, "acceptedOutputModes": []}}}


def _what_is_wrong(error: ValidationError | RecursionError) -> InvalidParamsError:
    """Return where the problems are and which, without repeating what was sent."""
    if isinstance(error, RecursionError):
        return InvalidParamsError()
    problems = error.errors(include_url=False, include_input=False, include_context=False)[:_PROBLEMS_LIMIT]
    return InvalidParamsError(
        data=[{"where": ".".join(map(str, problem["loc"])), "what": problem["msg"]} for problem in problems]
    )


def _check_parts(parts: list[dict[str, Any]], request_id: RequestId) -> None:
    if not parts:
        raise Malformed(InvalidParamsError(message="The message has no parts: send at least one."), request_id)
    if any("kind" not in part for part in parts):  # the SDK takes such a part for text
        raise Malformed(InvalidParamsError(message="A part of the message has no kind: say which it is."), request_id)
