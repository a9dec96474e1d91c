"""Refusals: what is wrong before a run begins, as a status, a code and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from llmfirst.errors import (
    LineFull,
    LlmfirstError,
    ModelMissing,
    ModelUnusable,
    NotReady,
    ParentRunning,
    QuestionRefused,
    QuestionTooLong,
    RunInProgress,
    RunUnknown,
    RunUnreadable,
    StoreUnavailable,
    TaskUnreadable,
    TooManyRuns,
)
from llmfirst.values import Value

_PROBLEMS_LIMIT: Final = 10
_RETRY_SECONDS: Final = "30"
_STATUS: Final[dict[type[LlmfirstError], tuple[int, str]]] = {
    QuestionTooLong: (413, "too_long"),
    QuestionRefused: (422, "refused"),
    ModelMissing: (404, "model_missing"),
    ModelUnusable: (422, "model_unusable"),
    RunUnreadable: (422, "run_unreadable"),
    TaskUnreadable: (422, "task_unreadable"),
    RunUnknown: (404, "run_unknown"),
    RunInProgress: (409, "run_in_progress"),
    ParentRunning: (409, "parent_running"),
    LineFull: (429, "line_full"),
    TooManyRuns: (429, "too_many_runs"),
    NotReady: (503, "not_ready"),
    StoreUnavailable: (503, "store_unavailable"),
}


class Refused(Value):
    """The body of every refusal: `code` for a program, `message` for a person."""

    code: str
    message: str


def refusal_response(description: str) -> dict[str, Any]:
    """Return a refusal as the OpenAPI document describes it: JSON, even where the answer is a stream."""
    schema = {"$ref": "#/components/schemas/Refused"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: refusal_response("A token is missing or wrong; `WWW-Authenticate` says which."),
    403: refusal_response("The request comes from outside, and the server has no credentials."),
    422: refusal_response("The request does not fit its schema, or nothing can be asked so."),
    429: refusal_response("Too many requests or questions; `Retry-After` says when to try again."),
}


@dataclass(frozen=True)
class Refusal:
    """One of our errors as HTTP answers it."""

    status: int
    code: str
    headers: dict[str, str]


def refusal(error: Exception) -> Refusal:
    """Return how HTTP answers an error; one that may be tried again says when."""
    status, code = next((entry for kind, entry in _STATUS.items() if isinstance(error, kind)), (500, "internal"))
    return Refusal(status, code, {"Retry-After": _RETRY_SECONDS} if status in (429, 503) else {})


def refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal in the form that all refusals of the API have."""
    return JSONResponse(Refused(code=code, message=message).model_dump(), status, headers)


def malformed(problems: Sequence[str]) -> Response:
    """Return the refusal of a request whose body or parameters are wrong; each problem says where and why."""
    named = "; ".join(problems[:_PROBLEMS_LIMIT])
    return refused(422, "malformed", f"The request does not fit its schema: {named}.")


async def on_llmfirst_error(_: Request, error: Exception) -> Response:
    """Answer with what went wrong before the start: a status, a code and a sentence."""
    answer = refusal(error)
    return refused(answer.status, answer.code, str(error), answer.headers)


async def on_malformed(_: Request, error: Exception) -> Response:
    """Answer a request that does not fit the schema: say where and why, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    return malformed([f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()])


async def on_http_error(_: Request, error: Exception) -> Response:
    """Answer an unknown path or method in the same form."""
    assert isinstance(error, HTTPException)
    code = "method_unknown" if error.status_code == 405 else "not_found" if error.status_code == 404 else "refused"
    return refused(error.status_code, code, f"{error.detail}.", dict(error.headers or {}))
