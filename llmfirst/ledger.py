"""The ledger: a record of every model call, chained by SHA-256 so that changed, removed or moved records are found."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from llmfirst.providers.base import Count, Fault, FinishReason, LeftOut, Request, Timings, UnusedNumber, Usage
from llmfirst.values import Span, Value

GENESIS = "0" * 64
# Fields younger than the first stored runs: a hash includes them only where they are set, so that old chains hold.
_LATER_FIELDS: Final = (
    "pieces",
    "left_out",
    "finish_word",
    "unused",
    "thoughts",
    "thought_pieces",
    "first_thought_seconds",
    "last_thought_seconds",
    "fault",
)
_LATER_FIELDS_OF_REQUEST: Final = ("think", "thought", "context_tokens")


def _as_recorded(kind: type[Value]) -> Callable[[Any, ValidatorFunctionWrapHandler], Any]:
    """Return a validator that leaves numbers as they are which an older version recorded without a check.

    The hash of the call covers them.
    """

    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            if isinstance(value, dict) and value.keys() <= kind.model_fields.keys():
                return kind.model_construct(**value)
            raise

    return read


class CallDraft(Value):
    """One call before it joins the chain: the request, the unchanged reply, and times in seconds since submit."""

    call_id: str
    purpose: str
    """The phase or other purpose that the call was made for."""

    provider: str
    model_digest: str | None
    request: Request
    reply: str
    """What the model wrote as its answer, without its thinking."""

    finish_reason: FinishReason | None
    """None if the call was cut off."""

    error: str | None
    """Why the call was cut off, where that is known."""

    usage: Annotated[Usage | None, WrapValidator(_as_recorded(Usage))]
    timings: Annotated[Timings | None, WrapValidator(_as_recorded(Timings))]
    started_seconds: Span
    first_text_seconds: Span | None
    last_text_seconds: Span | None
    ended_seconds: Span
    pieces: Count | None = None
    """How many pieces of text came, each about one token; None in older runs."""

    left_out: tuple[LeftOut, ...] = ()
    """What the service refused of the request, which was then sent without it."""

    finish_word: str | None = None
    """What the service calls the end, where it uses another word than the two of `finish_reason`."""

    unused: tuple[UnusedNumber, ...] = ()
    """Which numbers of the service were not used."""

    thoughts: str = ""
    """What the model thought, as it wrote it."""

    thought_pieces: Count = 0
    """How many pieces of thinking came, each about one token."""

    first_thought_seconds: Span | None = None
    last_thought_seconds: Span | None = None
    fault: Fault | None = None
    """What was done to this call on purpose."""

    @property
    def tokens(self) -> int | None:
        """The generated tokens, thinking included: as the service counts them, else the pieces; None: not known."""
        told = None if self.usage is None else self.usage.completion_tokens
        pieces = None if self.pieces is None else self.pieces + self.thought_pieces
        return told or pieces or told  # some services tell 0 until their end

    @property
    def first_token_seconds(self) -> float | None:
        """When the first token of any kind came, thinking included."""
        return min(_known(self.first_thought_seconds, self.first_text_seconds), default=None)

    @property
    def last_token_seconds(self) -> float | None:
        """When the last token of any kind came."""
        return max(_known(self.last_thought_seconds, self.last_text_seconds), default=None)


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


def _known(*seconds: float | None) -> list[float]:
    return [each for each in seconds if each is not None]


def _digest(draft: CallDraft, previous: str) -> str:
    unset = dict.fromkeys(_unset(draft, _LATER_FIELDS), True) | {
        "request": _unset(draft.request, _LATER_FIELDS_OF_REQUEST)
    }
    return hashlib.sha256(f"{previous}\n{draft.model_dump_json(exclude=unset)}".encode()).hexdigest()


def _unset(value: Value, names: Iterable[str]) -> set[str]:
    return {name for name in names if getattr(value, name) == type(value).model_fields[name].default}
