"""The ledger: a record of every model call, chained by SHA-256 so that changed, removed or moved records are found."""

import hashlib
from collections.abc import Iterable

from pydantic import Field

from llmfirst.providers.base import FinishReason, Request, Timings, Usage
from llmfirst.values import Value

GENESIS = "0" * 64


class CallDraft(Value):
    """One call before it joins the chain: the request, the unchanged reply, and times in seconds since submit."""

    call_id: str
    purpose: str
    """The phase or other purpose that the call was made for."""

    provider: str
    model_digest: str | None
    request: Request
    reply: str
    finish_reason: FinishReason | None
    """None if the call was cut off."""

    error: str | None
    """Why the call was cut off, where that is known."""

    usage: Usage | None
    timings: Timings | None
    started_seconds: float = Field(ge=0)
    first_text_seconds: float | None
    last_text_seconds: float | None
    ended_seconds: float


class Call(CallDraft):
    """One call in its place in the chain."""

    previous: str
    """The hash of the call before this one; GENESIS for the first."""

    sha256: str
    """The hash of `previous` and this record."""


def sealed(draft: CallDraft, previous: str) -> Call:
    """Return the call chained to the one whose hash is `previous` (GENESIS for the first)."""
    return Call(**draft.model_dump(), previous=previous, sha256=_digest(draft, previous))


def chain_holds(calls: Iterable[Call]) -> bool:
    """Recompute the chain; return False if a record was changed, moved, or removed from the middle.

    Records removed from the end leave a valid chain: compare the last hash with the one in the metrics.
    """
    previous = GENESIS
    for call in calls:
        draft = CallDraft(**call.model_dump(exclude={"previous", "sha256"}))
        if call.previous != previous or call.sha256 != _digest(draft, previous):
            return False
        previous = call.sha256
    return True


def _digest(draft: CallDraft, previous: str) -> str:
    return hashlib.sha256(f"{previous}\n{draft.model_dump_json()}".encode()).hexdigest()
