"""One open call of a model: its stream, its text and times so far, and the ledger record that it becomes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, Literal

from llmfirst.engine.plausible import reading_holds, timings_hold, usage_holds
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import State
from llmfirst.ledger import Call, CallDraft, sealed
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import (
    Chunk,
    Fault,
    FinishReason,
    LeftOut,
    Request,
    Timings,
    TokenLogprob,
    UnusedNumber,
    Usage,
)

CallPurpose = Literal[
    "strategy", "working", "core", "details", "conclusion", "self_verdict", "review", "verdict", "supplement"
]
"""What a call is for: a phase, the review, the supplement, or one token about the question, answer or review."""

LONGEST_REPLY: Final = 300_000  # characters; the sections together have about 1,100 tokens
_MEASURABLE_TOKENS: Final = 16  # reading fewer tokens is too short to measure a rate


async def bounded(chunks: AsyncGenerator[Chunk, None], characters: int) -> AsyncGenerator[Chunk, None]:
    """Yield a reply up to this length, its thinking included.

    Raises ProviderInterrupted if there is more: the service ignores its limit.
    """
    left = characters
    async with aclosing(chunks):
        async for chunk in chunks:
            thought, text = chunk.thought[:left], chunk.text[: max(0, left - len(chunk.thought))]
            if (thought, text) != (chunk.thought, chunk.text):
                yield Chunk(thought=thought, text=text)
                raise ProviderInterrupted(
                    f"The service sent more than {characters:,} characters in one reply.",
                    ModelProblem(code="too_much"),
                )
            left -= len(thought) + len(text)
            yield chunk


class OpenCall:
    """Collects the chunks of a call. All times are seconds since the question was submitted.

    The run owns the call and closes it; several sections may read from it in turn. The text that was shown is always
    the beginning of the reply.
    """

    def __init__(
        self,
        call_id: str,
        purpose: CallPurpose,
        request: Request,
        started_seconds: float,
        chunks: AsyncGenerator[Chunk | None, None],
    ) -> None:
        self.call_id = call_id
        self.request = request
        self.chunks = chunks
        """The chunks of the call, with None after each beat of silence."""
        self.shown_characters = 0
        self.error: str | None = None
        self.fault: Fault | None = None
        self.first_token: TokenLogprob | None = None
        self._has_lost_logprobs = False
        self.finish_reason: FinishReason | None = None
        self.first_text_seconds: float | None = None
        self._last_text_seconds: float | None = None
        self._last_shown_seconds = 0.0
        self._purpose = purpose
        self.started_seconds = started_seconds
        self._pieces: list[str] = []
        self._characters = 0
        self._thoughts: list[str] = []
        self._first_thought_seconds: float | None = None
        self._last_thought_seconds: float | None = None
        self._left_out: tuple[LeftOut, ...] = ()
        self._finish_word: str | None = None
        self._usage: Usage | None = None
        self._timings: Timings | None = None
        self._unused: dict[UnusedNumber, None] = {}

    def add(self, chunk: Chunk, seconds: float) -> None:
        """Add a chunk that arrived at `seconds`."""
        if chunk.thought:
            self._thoughts.append(chunk.thought)
            self._last_thought_seconds = seconds
            if self._first_thought_seconds is None:
                self._first_thought_seconds = seconds
        if chunk.text:
            self._pieces.append(chunk.text)
            self._characters += len(chunk.text)
            self._last_text_seconds = seconds
            if self.first_text_seconds is None:
                self.first_text_seconds = seconds
        self._unused |= dict.fromkeys(chunk.unused)
        self._has_lost_logprobs = self._has_lost_logprobs or chunk.has_lost_logprobs
        if self.first_token is None and chunk.logprobs and not self._has_lost_logprobs:
            self.first_token = chunk.logprobs[0]
        self._count(chunk.usage)
        self._measure(chunk.timings, seconds)
        self._left_out = chunk.left_out or self._left_out
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self._finish_word = chunk.finish_word or self._finish_word

    def _count(self, usage: Usage | None) -> None:
        if usage is not None and usage_holds(usage, self.request.max_tokens, self._count_of_pieces):
            self._usage = usage
        elif usage is not None:
            self._unused["usage_above_limit"] = None

    def _measure(self, timings: Timings | None, seconds: float) -> None:
        if timings is None:
            return
        first = seconds if self.first_token_seconds is None else self.first_token_seconds
        if not timings_hold(timings, first - self.started_seconds, seconds - self.started_seconds):
            self._unused["timings_against_clock"] = None
        elif not reading_holds(timings, self._usage):
            self._unused["timings"] = None
        else:
            self._timings = timings

    @property
    def tokens(self) -> int:
        """The number of tokens written, thinking included: the service's count, or the pieces if it has none."""
        told = 0 if self._usage is None else self._usage.completion_tokens
        return told or self._count_of_pieces  # some services report 0 until their end

    @property
    def has_thought(self) -> bool:
        """Whether the model thought."""
        return bool(self._thoughts)

    @property
    def first_token_seconds(self) -> float | None:
        """When the first token of any kind arrived; the model had read its prompt then."""
        first = self._first_thought_seconds
        return self.first_text_seconds if first is None else first

    @property
    def _count_of_pieces(self) -> int:
        return len(self._pieces) + len(self._thoughts)

    @property
    def text_tokens(self) -> int:
        """How many tokens of text the call may write."""
        limit = self.request.thought
        return self.request.max_tokens - (0 if limit is None else limit.tokens)

    @property
    def has_only_thought(self) -> bool:
        """Whether the model ended the call after its thinking, without any text."""
        return self.finish_reason is not None and self.has_thought and self.first_text_seconds is None

    def thinking_seconds(self, seconds: float) -> float:
        """Return how long the model has thought without having written any text; 0 if it has."""
        first = self._first_thought_seconds
        return 0.0 if first is None or self.first_text_seconds is not None else seconds - first

    @property
    def tokens_left(self) -> int:
        """How many more tokens the call may write."""
        return max(0, self.request.max_tokens - self.tokens)

    @property
    def unshown(self) -> str:
        """The text that arrived and was not shown yet."""
        return "".join(self._pieces)[self.shown_characters :]

    @property
    def has_unshown(self) -> bool:
        """Whether text arrived that was not shown yet."""
        return self._characters > self.shown_characters

    def state_after(self, chunk: Chunk) -> State | None:
        """Return the state of the model that follows from a chunk; None if the chunk says nothing new."""
        if chunk.text:
            return "writing"
        if chunk.thought:
            return "thinking"
        if chunk.prefill is not None and self.first_token_seconds is None:
            return "reading_prompt" if chunk.prefill.processed < chunk.prefill.total else "waiting_for_text"
        return None

    def add_shown(self, piece: str, seconds: float) -> None:
        """Record that a piece of text was shown at `seconds`."""
        self.shown_characters += len(piece)
        self._last_shown_seconds = seconds

    def unseen_seconds(self, seconds: float) -> float:
        """Return how long the reader has seen no new text; 0 before the model's first text."""
        first = self.first_text_seconds
        return 0.0 if first is None else seconds - max(first, self._last_shown_seconds)

    def prompt_read(self) -> tuple[float, int, float] | None:
        """Return the seconds, the number of tokens and their share of the prompt, for the part that was not cached.

        If the service does not report its cache, the whole prompt is assumed to be read in the time to the first token.
        None if that is unknown, or unsafe because a reply in the prompt may have been cached.
        """
        if self._usage is None or self.first_token_seconds is None or not self._usage.prompt_tokens:
            return None
        prompt, cached = self._usage.prompt_tokens, self._usage.cached_tokens
        seconds = None if self._timings is None else self._timings.prefill_seconds
        if cached is not None and seconds is not None:
            new = prompt - cached
            return (seconds, new, new / prompt) if new >= _MEASURABLE_TOKENS else None
        if any(message.role == "assistant" for message in self.request.messages):
            return None
        return self.first_token_seconds - self.started_seconds, prompt, 1.0

    def sealed(self, provider: str, model_digest: str | None, ended_seconds: float, previous: str) -> Call:
        """Return the ledger record of the call; `previous` is the hash of the record before it."""
        draft = CallDraft(
            call_id=self.call_id,
            purpose=self._purpose,
            provider=provider,
            model_digest=model_digest,
            request=self.request,
            reply="".join(self._pieces),
            finish_reason=self.finish_reason,
            error=self.error,
            usage=self._usage,
            timings=self._timings,
            started_seconds=self.started_seconds,
            first_text_seconds=self.first_text_seconds,
            last_text_seconds=self._last_text_seconds,
            ended_seconds=ended_seconds,
            pieces=len(self._pieces),
            left_out=self._left_out,
            finish_word=self._finish_word,
            unused=tuple(self._unused),
            thoughts="".join(self._thoughts),
            thought_pieces=len(self._thoughts),
            first_thought_seconds=self._first_thought_seconds,
            last_thought_seconds=self._last_thought_seconds,
            fault=self.fault,
        )
        return sealed(draft, previous)
