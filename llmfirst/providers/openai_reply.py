"""What an OpenAI-compatible server sends back: strict in the text, lenient in everything besides it.

What is optional is read part by part; a part that cannot be used is dropped, and never costs the answer.
"""

from collections.abc import Sequence
from typing import Any, Final, Self

from pydantic import BaseModel, ValidationInfo, model_validator

from llmfirst.providers.base import Chunk, Prefill, Timings, Usage
from llmfirst.providers.sse import SentEvent
from llmfirst.providers.told import Milliseconds, ReadTokens, Tokens, Told, Usable, WrittenToken, logprobs_of, note
from llmfirst.providers.words import parsed

_WORDS_OF_AN_ERROR: Final = ("message", "detail", "msg")
_THOUGHTS: Final = ("thinking", "reasoning")


class _Logprobs(BaseModel):
    content: Usable[list[Usable[WrittenToken]]] = None


class _ThoughtPart(BaseModel):
    """A piece of thinking as Mistral writes it in a list, and OpenRouter in its details."""

    text: Usable[str] = None
    summary: Usable[str] = None

    def words(self) -> str:
        return self.text or self.summary or ""


class _ContentPart(_ThoughtPart):
    type: Usable[str] = None
    thinking: str | Usable[list[Usable[_ThoughtPart]]] = None

    @property
    def is_thought(self) -> bool:
        return self.type in _THOUGHTS

    def thought(self) -> str:
        return self.thinking if isinstance(self.thinking, str) else _words_of(self.thinking) or self.words()


class _Written(BaseModel):
    """The text of one event, or of a reply in one piece; thoughts come beside it or as parts of it."""

    content: str | _ContentPart | list[str | _ContentPart | None] | None = None
    reasoning: Usable[str] = None
    reasoning_content: Usable[str] = None
    reasoning_details: Usable[list[Usable[_ThoughtPart]]] = None

    def text(self) -> str:
        texts = [part if isinstance(part, str) else part.text for part in self._parts() if not _is_thought(part)]
        return "".join(text for text in texts if text is not None)

    def thought(self) -> str:
        """Return the thinking; a server that sends several of the fields says the same in each."""
        in_parts = "".join(
            part.thought() for part in self._parts() if isinstance(part, _ContentPart) and part.is_thought
        )
        return self.reasoning or self.reasoning_content or _words_of(self.reasoning_details) or in_parts

    def _parts(self) -> list[str | _ContentPart]:
        parts = self.content if isinstance(self.content, list) else [self.content]
        return [part for part in parts if part is not None]


def _is_thought(part: str | _ContentPart) -> bool:
    return isinstance(part, _ContentPart) and part.is_thought


def _words_of(parts: Sequence[_ThoughtPart | None] | None) -> str:
    return "".join(part.words() for part in parts or () if part is not None)


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
    cached_tokens: Tokens = None


class _WrittenDetails(BaseModel):
    reasoning_tokens: Tokens = None


class _Usage(BaseModel):
    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    total_tokens: Tokens = None
    prompt_tokens_details: Usable[_Details] = None
    completion_tokens_details: Usable[_WrittenDetails] = None

    def usage(self) -> Usage | None:
        if self.prompt_tokens is None:
            return None
        details = self.prompt_tokens_details
        return Usage(
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self._written(self.prompt_tokens),
            cached_tokens=None if details is None else details.cached_tokens,
        )

    def _written(self, prompt_tokens: int) -> int:
        """Return the tokens that the model wrote, thinking included.

        The protocol counts thinking among the `completion_tokens`. Where a service does not, its total tells.
        """
        written, details = self.completion_tokens or 0, self.completion_tokens_details
        thought = 0 if details is None else details.reasoning_tokens or 0
        is_apart = thought and self.total_tokens == prompt_tokens + written + thought
        return written + thought if is_apart else written

    @model_validator(mode="after")
    def _cached_is_a_part(self, info: ValidationInfo) -> Self:
        details = self.prompt_tokens_details
        if details is not None and (details.cached_tokens or 0) > (self.prompt_tokens or 0):
            note(info, "usage")
            self.prompt_tokens_details = None
        return self


class _LlamaTimings(BaseModel):
    cache_n: Tokens = 0
    prompt_n: Tokens = None
    prompt_ms: Milliseconds = None
    predicted_n: Tokens = None
    predicted_ms: Milliseconds = None

    def usage(self) -> Usage | None:
        if self.cache_n is None or self.prompt_n is None or self.predicted_n is None:
            return None
        prompt = self.cache_n + self.prompt_n
        return Usage(prompt_tokens=prompt, completion_tokens=self.predicted_n, cached_tokens=self.cache_n)

    def timings(self) -> Timings | None:
        if self.prompt_ms is None or self.predicted_ms is None:
            return None
        return Timings(prefill_seconds=self.prompt_ms / 1000, decode_seconds=self.predicted_ms / 1000)


class _LlamaProgress(BaseModel):
    total: ReadTokens = None
    cache: ReadTokens = None
    processed: ReadTokens = None

    def prefill(self) -> Prefill | None:
        if self.total is None or self.cache is None or self.processed is None:
            return None
        return Prefill(total=self.total, processed=self.processed, cached=self.cache)


class _VllmMetrics(BaseModel):
    time_to_first_token_ms: Milliseconds = None
    queue_time_ms: Milliseconds = None
    generation_time_ms: Milliseconds = None

    def timings(self) -> Timings:
        first, queue = self.time_to_first_token_ms, self.queue_time_ms or 0.0
        decode = self.generation_time_ms
        return Timings(
            prefill_seconds=None if first is None else max(0.0, first - queue) / 1000,
            decode_seconds=None if decode is None else decode / 1000,
        )


class Frame(Told):
    """One event of the stream, as any of the dialects sends it."""

    id: Usable[str] = None
    """The name of the reply."""
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
        counted, measured = self.usage or self.timings, self.timings or self.metrics
        return Chunk(
            text=written.text(),
            logprobs=() if choice.logprobs is None else logprobs_of(choice.logprobs.content, self.unused),
            prefill=None if progress is None else progress.prefill(),
            usage=None if counted is None else counted.usage(),
            timings=None if measured is None else measured.timings(),
            unused=self.unused,
            thought=written.thought(),
        )


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
    frame = Frame.read(value)
    return frame if not frame.choices or not frame.choices[0].error else Frame(error=frame.choices[0].error)


def _error_in(value: dict[str, Any], name: str) -> Any:
    """Return the event where it tells an error: by a key, by its name, by its object, or by words without a choice."""
    has_words = any(isinstance(value.get(key), str | list) for key in _WORDS_OF_AN_ERROR)
    is_error = name == "error" or value.get("object") == "error" or (has_words and "choices" not in value)
    return value if value.get("error") or is_error else None
