"""Requests to an OpenAI-compatible server and its replies, in the three dialects."""

from typing import Any, Literal

from pydantic import BaseModel, JsonValue

from llmfirst.providers.base import Capabilities, Chunk, Prefill, Request, Timings, TokenLogprob, Usage

Dialect = Literal["llama.cpp", "vllm", "generic"]

CAPABILITIES: dict[Dialect, Capabilities] = {
    "llama.cpp": Capabilities(prefill=True, logprobs=True),
    "vllm": Capabilities(prefill=True, logprobs=True),
    "generic": Capabilities(prefill=False, logprobs=True),
}


_OF_MESSAGES = ("messages", "chat_template_kwargs")


def body_of(request: Request, dialect: Dialect) -> dict[str, Any]:
    """Return the JSON of a request, with only the fields that the dialect knows."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [message.model_dump() for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    match dialect:
        case "llama.cpp":
            body |= {"top_k": sampling.top_k, "repeat_penalty": sampling.repeat_penalty, "cache_prompt": True}
            body |= {"timings_per_token": True, "return_progress": True}
        case "vllm":
            body |= {"top_k": sampling.top_k, "repetition_penalty": sampling.repeat_penalty}
            body["stream_options"]["continuous_usage_stats"] = True
            if request.continue_last:
                body |= {"continue_final_message": True, "add_generation_prompt": False}
        case "generic":
            return body
    # Thinking would spend the answer's time unseen; and llama.cpp refuses to continue a message while it is on.
    return body | {"chat_template_kwargs": {"enable_thinking": False}}


def body_of_tokens(request: Request, prompt: list[int | str]) -> dict[str, Any]:
    """Return the JSON that asks llama.cpp to continue a prompt of tokens and text."""
    body = body_of(request, "llama.cpp")
    return {name: value for name, value in body.items() if name not in _OF_MESSAGES} | {"prompt": prompt}


class _Alternative(BaseModel):
    token: str
    logprob: float


class _Token(_Alternative):
    top_logprobs: list[_Alternative] | None = None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    text: str | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


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
    usage: _Usage | None = None
    timings: _LlamaTimings | None = None
    prompt_progress: _LlamaProgress | None = None
    metrics: _VllmMetrics | None = None
    error: JsonValue = None

    def finish_reason(self) -> str | None:
        return (self.choices[0].finish_reason or None) if self.choices else None

    def chunk(self) -> Chunk:
        """Return the content of the event without its finish reason, because the whole usage may come later."""
        choice = self.choices[0] if self.choices else _Choice()
        progress = self.prompt_progress
        return Chunk(
            text=(choice.delta.content or "") if choice.delta else choice.text or "",
            logprobs=tuple(_logprob_of(token) for token in choice.logprobs.content or ()) if choice.logprobs else (),
            prefill=None
            if progress is None
            else Prefill(total=progress.total, processed=progress.processed, cached=progress.cache),
            usage=self._usage(),
            timings=self._timings(),
        )

    def _usage(self) -> Usage | None:
        if self.usage is not None:
            details = self.usage.prompt_tokens_details
            return Usage(
                prompt_tokens=self.usage.prompt_tokens,
                completion_tokens=self.usage.completion_tokens,
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


def _logprob_of(token: _Token) -> TokenLogprob:
    return TokenLogprob(
        token=token.token,
        logprob=token.logprob,
        top=tuple(
            TokenLogprob(token=other.token, logprob=other.logprob)
            for other in sorted(token.top_logprobs or (), key=lambda other: -other.logprob)
        ),
    )


class _Meta(BaseModel):
    size: int | None = None
    n_params: int | None = None


class Served(BaseModel):
    """A model as `/models` lists it."""

    id: str
    owned_by: str | None = None
    max_model_len: int | None = None
    aliases: list[str] | None = None
    meta: _Meta | None = None


class ServedList(BaseModel):
    data: list[Served]

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for model in self.data for name in (model.id, *(model.aliases or ()))))

    def dialect(self) -> Dialect:
        if any(model.owned_by == "llamacpp" for model in self.data):
            return "llama.cpp"
        if any(model.owned_by == "vllm" or model.max_model_len is not None for model in self.data):
            return "vllm"
        return "generic"
