"""What is wrong before a run begins, as a status, a code and a sentence."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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


@dataclass(frozen=True)
class Refusal:
    """How an error of ours is told over HTTP."""

    status: int
    code: str
    headers: dict[str, str]


def refusal(error: Exception) -> Refusal:
    """Return how to tell an error; what may be tried again says when."""
    status, code = next((answer for kind, answer in _STATUS.items() if isinstance(error, kind)), (500, "internal"))
    return Refusal(status, code, {"Retry-After": _RETRY_SECONDS} if status in (429, 503) else {})


def refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return the one form in which the API refuses anything."""
    return JSONResponse({"code": code, "message": message}, status, headers)


async def on_llmfirst_error(_: Request, error: Exception) -> Response:
    """Answer with what went wrong before the start: a status, a code and a sentence."""
    told = refusal(error)
    return refused(told.status, told.code, str(error), told.headers)
