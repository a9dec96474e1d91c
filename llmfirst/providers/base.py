"""The contract between the engine and whatever runs a model."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from math import exp
from typing import Annotated, Any, Final, Literal, Protocol, Self, runtime_checkable

from pydantic import BeforeValidator, Field, model_validator

from llmfirst.model_options import OptionName
from llmfirst.values import Share, Value

ProviderKind = Literal["ollama", "openai", "embedded"]
FinishReason = Literal["stop", "length"]
Think = Literal["off", "auto", "on", "low", "medium", "high"]
"""How much a model may think before it answers; auto: not at all where that can be switched off, else bounded."""

# A part of a request that a service may refuse; the request is then sent again without it.
LeftOut = Literal[
    "usage",  # the counts of tokens in the stream
    "progress",  # how far the prompt is read
    "seed",
    "top_k",
    "repeat_penalty",
    "top_p",
    "max_tokens",  # the name: it is sent as max_completion_tokens
    "thinking_switch",  # whether and how much the model thinks
    "thought_limit",  # after how much thinking it must write
    "system_role",  # its text stands in front of the question
    "temperature",
    "alternatives",  # no more than five per token
    "logprobs",
    "stream",  # the reply comes in one piece
    "reply_length",  # the reply may be shorter than asked for
    "prefill",  # the service does not continue a message
]
# Numbers of a service that were not used, and why.
UnusedNumber = Literal[
    "usage",  # counts of tokens that are no numbers, or outside of what is possible
    "timings",
    "progress",
    "logprobs",
    "usage_above_limit",  # more tokens than the call was allowed to write
    "timings_against_clock",  # more seconds than our own clock measured
]
Fault = Literal["stall", "drip", "drop"]
"""What is done to a model on purpose: it falls silent, it writes a piece per second, or its connection is dropped."""

DAY_SECONDS: Final = 86_400.0


def _number(value: Any) -> Any:
    """Refuse what pydantic would take for a number: true, false and texts."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("this is no number")
    return value


# What a service may tell in numbers; NaN and infinity are in no range, except that log(0) is minus infinity.
Number: Final = BeforeValidator(_number)
Count = Annotated[int, Number, Field(ge=0, le=10**9)]
Size = Annotated[int, Number, Field(ge=0, le=10**15)]  # in bytes or in parameters
Seconds = Annotated[float, Number, Field(ge=0, le=DAY_SECONDS)]
Logprob = Annotated[float, Number, Field(le=1e-3)]  # rounding makes a little more than 0 of a sure token


class Message(Value):
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Value):
    """How tokens are drawn; the names are those of llama.cpp and Ollama."""

    temperature: float = Field(default=0.7, ge=0, le=100)
    top_p: float = Field(default=0.8, gt=0, le=1)
    top_k: Count = 20
    repeat_penalty: float = Field(default=1.1, gt=0, le=100)
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None


class ThoughtLimit(Value):
    """How much a model may think in one call before its service makes it write; the tokens are for services without a
    clock. A call may write these tokens besides those of its text.
    """

    tokens: int = Field(ge=1, le=10**9)
    seconds: float = Field(ge=0, le=DAY_SECONDS)
    """From the first token of the thinking."""


class Request(Value):
    """One call of a model: what it is told and how much it may write."""

    model: str
    messages: tuple[Message, ...] = Field(min_length=1)
    max_tokens: int = Field(ge=1, le=10**9)
    """Always set: a service without a limit may write for ever."""
    sampling: Sampling = Sampling()
    continue_last: bool = False
    """Whether the model goes on with the assistant message at the end; needs `Capabilities.prefill`."""
    top_logprobs: int = Field(default=0, ge=0, le=20)
    """More than 0 asks for the log-probabilities of the written tokens, and for so many alternatives of each."""
    think: Think = "off"
    """What the service is told about thinking; auto: nothing, so that the model does what it does by itself."""

    thought: ThoughtLimit | None = None
    """Ends the thinking where `Capabilities.ends_thought`; None: it has no limit but that of the reply."""

    context_tokens: int | None = Field(default=None, ge=1024)
    """How long the context is with which the model is loaded; None: as the provider is set."""

    json_schema: None = None
    """Never set; it stays because the ledger's hashes of stored calls cover it."""


class TokenLogprob(Value):
    """A token the model wrote, its natural-log probability, and its alternatives, the likeliest first."""

    token: str
    logprob: Logprob
    top: tuple["TokenLogprob", ...] = ()

    def mass_of(self, *words: str) -> float:
        """Return the probability of these words together among its alternatives, whatever their case and spaces."""
        wanted = {word.casefold() for word in words}
        tokens = self.top or (self,)
        return min(1.0, sum(exp(token.logprob) for token in tokens if token.token.strip().casefold() in wanted))


class Usage(Value):
    """Tokens as the service counted them; `prompt_tokens` includes `cached_tokens` (None: not told)."""

    prompt_tokens: Count
    completion_tokens: Count
    cached_tokens: Count | None = None

    @model_validator(mode="after")
    def _cached_is_a_part(self) -> Self:
        if (self.cached_tokens or 0) > self.prompt_tokens:
            raise ValueError("more tokens came from the cache than the prompt has")
        return self


class Timings(Value):
    """Seconds as the service measured them; None where it does not tell. Waiting for a slot is in none of them."""

    load_seconds: Seconds | None = None
    prefill_seconds: Seconds | None = None
    decode_seconds: Seconds | None = None


class Prefill(Value):
    """How far the prompt has been read, in tokens; `cached` of them came from the KV cache."""

    total: Count
    processed: Count
    cached: Count


class Chunk(Value):
    """A piece of the reply: its thinking, its text, and whatever the service tells with it."""

    thought: str = ""
    """What the model thinks before it answers, as it wrote it; it comes before the text and is no part of it."""

    text: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()
    """Of the text; those of thinking are left out."""

    prefill: Prefill | None = None
    usage: Usage | None = None
    """May come before the end and then grows; so does its count of the prompt while that is read."""

    timings: Timings | None = None
    finish_reason: FinishReason | None = None
    """Comes once, at the end of a whole reply."""

    finish_word: str | None = None
    """What the service calls the end, where that is another word than the two of `finish_reason`."""

    left_out: tuple[LeftOut, ...] = ()
    """What the service refused of the request; comes before the first text."""

    unused: tuple[UnusedNumber, ...] = ()
    """Which of the numbers that came with this piece were not used."""

    @property
    def has_lost_logprobs(self) -> bool:
        """Whether the log-probabilities of this piece were not used; those of a later piece are of a later token."""
        return "logprobs" in self.unused

    def followed_by(self, rest: "Chunk") -> "Chunk":
        """Return this piece with the thinking and the text of the next one."""
        told = {"thought": self.thought + rest.thought, "text": self.text + rest.text}
        return self.model_copy(update={**told, "logprobs": self.logprobs + rest.logprobs})


# Words for an end that is none: the service gave up, and the reply may be continued.
_BROKEN: Final = frozenset({"abort", "aborted", "cancel", "cancelled", "error"})
_LENGTH: Final = frozenset({"length", "max_tokens", "model_length"})


def finish_of(word: str | None) -> FinishReason | None:
    """Return how a reply ended by its service's own word; None where the reply is not whole.

    A word that is not known ends a reply as much as a known one.
    """
    if not word or word.casefold() in _BROKEN:
        return None
    return "length" if word.casefold() in _LENGTH else "stop"


class Capabilities(Value):
    """What a service can do with a model, as data; the engine asks here and never for a provider's name.

    A service that refuses something during a call can do less afterwards.
    """

    prefill: bool
    logprobs: bool
    parameter_count: Size | None = None
    """How large the model is; None where the service does not tell."""

    think: tuple[Think, ...] = ()
    """What the service can be told about the thinking of the model; empty: it does not think, or cannot be told."""

    ends_thought: bool = False
    """Whether the service ends a thought at the limit of a request."""

    ignores: tuple[OptionName, ...] = ()
    """Which options of a model the service cannot be told."""

    @property
    def takes_context(self) -> bool:
        """Whether the service loads the model with the context that is asked for."""
        return "context_tokens" not in self.ignores

    @property
    def has_silence(self) -> bool:
        """Whether the model can be told not to think."""
        return "off" in self.think


class ModelCard(Value):
    """A model a provider could answer with; None where the service does not tell.

    `default_because` stands on the model to take when nobody chose one, with the reason.
    """

    name: str
    digest: str | None = None
    size_bytes: Size | None = None
    parameters: str | None = None
    quantization: str | None = None
    licence: str | None = None
    is_chat: bool = True
    is_here: bool = True
    is_loaded: bool | None = None
    context_tokens: Count | None = None
    """The longest prompt and reply that the model can have; its service may be set to less."""

    thinks: bool | None = None
    """Whether the model can think before it answers."""

    gpu_share: Share | None = None
    """How much of a loaded model is on the GPU, from 0 to 1."""

    default_because: Literal["hub_answers", "index_only"] | None = None


class Pulled(Value):
    """Progress of a download in bytes; `total_bytes` is None until it is known."""

    stage: Literal["downloading", "checking"]
    done_bytes: int = Field(ge=0)
    total_bytes: int | None = Field(ge=0)


class Warmth(Value):
    """What loading found; `placement` says where the model computes, in words that stay the same between starts.

    Rates that were measured hold for one model, one provider and one placement.
    """

    was_cold: bool
    placement: str


class Provider(Protocol):
    """A service whose models turn one request into a stream of text.

    It raises only `ProviderError`, repeats nothing after the first text, and knows no other provider. Only `warm` is
    sure to notice a model that is not there.
    """

    name: str
    kind: ProviderKind
    address: str | None
    """Host and port of the service; None where the models run in a process of our own."""

    def capabilities(self, model: str) -> Capabilities:
        """Return what the service can do with the model; the least, until `warm` has asked the service."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield text as it is made, with a finish reason at the end or an error; stop the model when closed."""
        ...

    async def models(self) -> tuple[ModelCard, ...]:
        """Return what can be asked for; quick, and without loading anything. NoModelList where nothing tells."""
        ...

    async def build(self) -> str | None:
        """Return the program that runs the models, with its version; None where the service does not tell."""
        ...

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        """Load the model, so that the next request with this context is read at once. Cancelling may abort the load."""
        ...

    async def aclose(self) -> None:
        """End everything that was started; no stream may be open."""
        ...


@runtime_checkable
class ModelManager(Protocol):
    """What only some services can do: bring models here, and put them away."""

    def can_pull(self, model: str) -> bool:
        """Return whether this is a name under which a model can be brought; it says nothing of whether there is one."""
        ...

    def is_answering(self, model: str) -> bool:
        """Return whether a reply of the model is open."""
        ...

    def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        """Download the model, resuming what was begun; closing it stops the download."""
        ...

    async def discard(self, model: str) -> None:
        """Remove what has come of a download that is not whole, where the service does not do that by itself."""
        ...

    async def show(self, model: str) -> ModelCard:
        """Return the card of one model; ModelMissing when there is none."""
        ...

    async def unload(self, model: str) -> None:
        """Free the memory of the model; nothing happens when it is not loaded."""
        ...

    async def delete(self, model: str) -> None:
        """Remove the model's weights from this machine; ModelMissing when they are not here."""
        ...


@dataclass(frozen=True)
class ModelHandle:
    """A model that can be asked, and how to have it loaded; cancelling `warm` does not cancel the load."""

    provider: Provider
    model: str
    digest: str | None
    warm: Callable[[], Coroutine[Any, Any, Warmth]]
    context_tokens: int | None = None
    """The context with which it is loaded; None: as the provider is set."""

    @property
    def key(self) -> str:
        """The unique name of the model, as `Offer.key`."""
        return f"{self.provider.kind}/{self.model}"

    @property
    def capabilities(self) -> Capabilities:
        return self.provider.capabilities(self.model)
