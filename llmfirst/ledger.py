"""The ledger: every call of a model, chained by SHA-256, so that a changed, removed or swapped record shows."""

import hashlib
from collections.abc import Iterable

from pydantic import Field

from llmfirst.providers.base import FinishReason, Request, Timings, Usage
from llmfirst.values import Value

GENESIS = "0" * 64


class CallDraft(Value):
    """What one call was asked, by whom it was answered, and what came back, as it came.

    `finish_reason` is None when the call was cut; then `error` may say why. Seconds are since submit.
    """

    call_id: str
    purpose: str
    provider: str
    model_digest: str | None
    request: Request
    reply: str
    finish_reason: FinishReason | None
    error: str | None
    usage: Usage | None
    timings: Timings | None
    started_seconds: float = Field(ge=0)
    first_text_seconds: float | None
    last_text_seconds: float | None
    ended_seconds: float


class Call(CallDraft):
    """A draft in its place in the chain."""

    previous: str
    sha256: str


def sealed(draft: CallDraft, previous: str) -> Call:
    """Put a call behind the one whose hash is `previous` (GENESIS for the first)."""
    return Call(**draft.model_dump(), previous=previous, sha256=_digest(draft, previous))


def chain_holds(calls: Iterable[Call]) -> bool:
    """Recompute the chain: False when a record was changed, removed from the middle, or moved."""
    previous = GENESIS
    for call in calls:
        draft = CallDraft(**call.model_dump(exclude={"previous", "sha256"}))
        if call.previous != previous or call.sha256 != _digest(draft, previous):
            return False
        previous = call.sha256
    return True


def _digest(draft: CallDraft, previous: str) -> str:
    return hashlib.sha256(f"{previous}\n{draft.model_dump_json()}".encode()).hexdigest()
