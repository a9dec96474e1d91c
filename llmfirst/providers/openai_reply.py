"""What an OpenAI-compatible server sends back: strict in the text, lenient in everything besides it.

What is optional is read part by part; a part that cannot be used is dropped, and never costs the answer.
"""

from math import inf
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from llmfirst.providers.base import Chunk, Prefill, Timings, TokenLogprob, Usage
from llmfirst.providers.sse import SentEvent
from llmfirst.providers.words import parsed

_WORDS_OF_AN_ERROR: Final = ("message", "detail", "msg")
_THOUGHTS: Final = ("thinking", "reasoning")

Part = TypeVar("Part")


def _none_if_unusable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Usable = Annotated[Part | None, WrapValidator(_none_if_unusable)]
Count = Annotated[int, Field(ge=0)]
Logprob = Annotated[float, Field(lt=inf)]  # minus infinity is the logarithm of 0; NaN is nothing


class _Alternative(BaseModel):
    token: str
    logprob: Logprob


class _Token(_Alternative):
    top_logprobs: Usable[list[Usable[_Alternative]]] = None


class _Logprobs(BaseModel):
    content: Usable[list[Usable[_Token]]] = None


class _ContentPart(BaseModel):
    type: Usable[str] = None
    text: Usable[str] = None


class _Written(BaseModel):
    """The text of one event, or of a reply in one piece; thoughts come beside it or as parts of it."""

    content: str | _ContentPart | list[str | _ContentPart | None] | None = None
    reasoning: Usable[str] = None
    reasoning_content: Usable[str] = None

    def text(self) -> str:
        texts = [part if isinstance(part, str) else part.text for part in self._parts() if not _is_thought(part)]
        return "".join(text for text in texts if text is not None)

    def has_thought(self) -> bool:
        return bool(self.reasoning or self.reasoning_content) or any(_is_thought(part) for part in self._parts())

    def _parts(self) -> list[str | _ContentPart]:
        parts = self.content if isinstance(self.content, list) else [self.content]
        return [part for part in parts if part is not None]


def _is_thought(part: str | _ContentPart) -> bool:
    return isinstance(part, _ContentPart) and part.type in _THOUGHTS


class _Choice(BaseModel):
    delta: _Written | None = None
    message: _Written | None = None
    text: str | None = None
    logprobs: Usable[_Logprobs] = None
    finish_reason: Usable[str] = None
    error: Any = None

    def written(self) -> _Written:
        return self.delta or self.message or _Written(content=self.text)


class _Details(BaseModel):
    cached_tokens: Usable[Count] = None


class _Usage(BaseModel):
    prompt_tokens: Count
    completion_tokens: Usable[Count] = None
    prompt_tokens_details: Usable[_Details] = None


class _LlamaTimings(BaseModel):
    cache_n: int = 0
    prompt_n: int
    prompt_ms: float
    predicted_n: int
    predicted_ms: float


class _LlamaProgress(BaseModel):
    total: int
    cache: int
    processed: int


class _VllmMetrics(BaseModel):
    time_to_first_token_ms: float | None = None
    queue_time_ms: float | None = None
    generation_time_ms: float | None = None


class Frame(BaseModel):
    """One event of the stream, as any of the dialects sends it."""

    choices: list[_Choice] | None = None
    usage: Usable[_Usage] = None
    timings: Usable[_LlamaTimings] = None
    prompt_progress: Usable[_LlamaProgress] = None
    metrics: Usable[_VllmMetrics] = None
    error: Any = None
    """What the event says of an error, in any form; None for an event of a reply."""

    def finish_reason(self) -> str | None:
        return (self.choices[0].finish_reason or None) if self.choices else None

    def chunk(self) -> Chunk:
        """Return the content of the event without its finish reason, because the whole usage may come later."""
        choice = self.choices[0] if self.choices else _Choice()
        written, progress = choice.written(), self.prompt_progress
        tokens = choice.logprobs.content or () if choice.logprobs else ()
        return Chunk(
            text=written.text(),
            logprobs=tuple(_logprob_of(token) for token in tokens if token is not None),
            prefill=None
            if progress is None
            else Prefill(total=progress.total, processed=progress.processed, cached=progress.cache),
            usage=self._usage(),
            timings=self._timings(),
            has_thought=written.has_thought(),
        )

    def _usage(self) -> Usage | None:
        if self.usage is not None:
            details = self.usage.prompt_tokens_details
            return Usage(
                prompt_tokens=self.usage.prompt_tokens,
                completion_tokens=self.usage.completion_tokens or 0,
                cached_tokens=None if details is None else details.cached_tokens,
            )
        if self.timings is not None:
            return Usage(
                prompt_tokens=self.timings.cache_n + self.timings.prompt_n,
                completion_tokens=self.timings.predicted_n,
                cached_tokens=self.timings.cache_n,
            )
        return None

    def _timings(self) -> Timings | None:
        if self.timings is not None:
            return Timings(
                prefill_seconds=self.timings.prompt_ms / 1000, decode_seconds=self.timings.predicted_ms / 1000
            )
        if self.metrics is not None:
            first, queue = self.metrics.time_to_first_token_ms, self.metrics.queue_time_ms
            decode = self.metrics.generation_time_ms
            return Timings(
                prefill_seconds=None if first is None else (first - (queue or 0)) / 1000,
                decode_seconds=None if decode is None else decode / 1000,
            )
        return None


def frame_of(event: SentEvent) -> Frame:
    """Read one event; ValueError where its text cannot be told from an error."""
    value = parsed(event.data)
    if isinstance(value, str) and event.name == "error":
        return Frame(error=value)
    if not isinstance(value, dict):
        raise ValueError("the event is no JSON object")
    error = _error_in(value, event.name)
    if error is not None:
        return Frame(error=error)
    frame = Frame.model_validate(value)
    return frame if not frame.choices or not frame.choices[0].error else Frame(error=frame.choices[0].error)


def _error_in(value: dict[str, Any], name: str) -> Any:
    """Return the event where it tells an error: by a key, by its name, by its object, or by words without a choice."""
    has_words = any(isinstance(value.get(key), str | list) for key in _WORDS_OF_AN_ERROR)
    is_error = name == "error" or value.get("object") == "error" or (has_words and "choices" not in value)
    return value if value.get("error") or is_error else None


def _logprob_of(token: _Token) -> TokenLogprob:
    others = [other for other in token.top_logprobs or () if other is not None]
    return TokenLogprob(
        token=token.token,
        logprob=token.logprob,
        top=tuple(
            TokenLogprob(token=other.token, logprob=other.logprob)
            for other in sorted(others, key=lambda other: -other.logprob)
        ),
    )
