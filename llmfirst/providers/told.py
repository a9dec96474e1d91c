"""Reads what a service tells besides its text: a part that cannot be used is dropped, and never costs the answer.

Every number of a service comes in here. `Told.unused` says which were dropped.
"""

from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from llmfirst.providers.base import DAY_SECONDS, Count, Logprob, Number, Size, TokenLogprob, UnusedNumber

Part = TypeVar("Part")


class Told(BaseModel):
    """One message of a service."""

    _unused: set[UnusedNumber] = PrivateAttr(default_factory=set)

    @classmethod
    def read(cls, value: Any) -> Self:
        """Read a message; ValidationError where it cannot be read at all."""
        unused = set[UnusedNumber]()
        message = cls.model_validate(value, context=unused)
        message._unused = unused
        return message

    @property
    def unused(self) -> tuple[UnusedNumber, ...]:
        """Which of its numbers were not used."""
        return tuple(sorted(self._unused))


def _none_if_unusable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def note(info: ValidationInfo, kind: UnusedNumber) -> None:
    """Note in the message that is being read that a number of this kind was not used."""
    if info.context is not None:
        info.context.add(kind)


def _number_of(kind: UnusedNumber) -> WrapValidator:
    """Return a validator that drops a number that cannot be used, and notes its kind in the message."""

    def usable(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError:
            if value is not None:
                note(info, kind)
            return None

    return WrapValidator(usable)


Usable = Annotated[Part | None, WrapValidator(_none_if_unusable)]
Positive = Annotated[Size, Field(gt=0)]
_Tokens = Annotated[Count, Field(le=10**8)]  # far less than the most of a `Count`, for llama.cpp's are added
Tokens = Annotated[_Tokens | None, _number_of("usage")]
ReadTokens = Annotated[_Tokens | None, _number_of("progress")]
Milliseconds = Annotated[Annotated[float, Number, Field(ge=0, le=DAY_SECONDS * 1e3)] | None, _number_of("timings")]
Nanoseconds = Annotated[Annotated[float, Number, Field(ge=0, le=DAY_SECONDS * 1e9)] | None, _number_of("timings")]


class _Alternative(BaseModel):
    token: str
    logprob: Annotated[Logprob | None, _number_of("logprobs")]


class WrittenToken(_Alternative):
    """A token that the model wrote, with its alternatives."""

    top_logprobs: Usable[list[Usable[_Alternative]]] = None


def logprobs_of(tokens: list[WrittenToken | None] | None, unused: tuple[UnusedNumber, ...]) -> tuple[TokenLogprob, ...]:
    """Return the tokens that have a log-probability; none at all where one of the numbers cannot be used.

    Without the dropped number, the others would say that another word is likelier than it is.
    """
    if "logprobs" in unused:
        return ()
    return tuple(
        TokenLogprob(token=written.token, logprob=written.logprob, top=_alternatives(written))
        for written in tokens or ()
        if written is not None and written.logprob is not None
    )


def _alternatives(written: WrittenToken) -> tuple[TokenLogprob, ...]:
    """Return the alternatives of a token, the likeliest first."""
    told = [
        TokenLogprob(token=one.token, logprob=one.logprob)
        for one in written.top_logprobs or ()
        if one is not None and one.logprob is not None
    ]
    return tuple(sorted(told, key=lambda one: -one.logprob))
