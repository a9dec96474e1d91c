"""One call of a model while it is open: its stream, what has come of it and when, and the record that it becomes."""

from collections.abc import AsyncGenerator
from typing import Final, Literal

from llmfirst.events import State
from llmfirst.ledger import Call, CallDraft, sealed
from llmfirst.providers.base import Chunk, FinishReason, LeftOut, Request, Timings, TokenLogprob, Usage

# What a call is made for: a phase, the review, the one token about the review, the supplement to the conclusion.
CallPurpose = Literal["strategy", "core", "details", "conclusion", "review", "verdict", "supplement"]

_MEASURABLE_TOKENS: Final = 16


class OpenCall:
    """Collects the chunks of a call. Seconds are since the question was submitted.

    The run holds the call and closes it: several sections may read from it, one after the other. What was shown of the
    reply is always its beginning.
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
        """The stream of the call, with a None after each beat of silence."""
        self.shown_characters = 0
        self.error: str | None = None
        self.first_token: TokenLogprob | None = None
        self.finish_reason: FinishReason | None = None
        self.has_thought = False
        self.first_text_seconds: float | None = None
        self._last_text_seconds: float | None = None
        self._last_shown_seconds = 0.0
        self._purpose = purpose
        self.started_seconds = started_seconds
        self._pieces: list[str] = []
        self._left_out: tuple[LeftOut, ...] = ()
        self._finish_word: str | None = None
        self._usage: Usage | None = None
        self._timings: Timings | None = None

    def add(self, chunk: Chunk, seconds: float) -> None:
        """Take a chunk that arrived at `seconds`."""
        if chunk.text:
            self._pieces.append(chunk.text)
            self._last_text_seconds = seconds
            if self.first_text_seconds is None:
                self.first_text_seconds = seconds
        if self.first_token is None and chunk.logprobs:
            self.first_token = chunk.logprobs[0]
        self._usage = chunk.usage or self._usage
        self._timings = chunk.timings or self._timings
        self._left_out = chunk.left_out or self._left_out
        self.has_thought = self.has_thought or chunk.has_thought
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self._finish_word = chunk.finish_word or self._finish_word

    @property
    def tokens(self) -> int:
        """Return how many tokens were written: as the service counts them, else the number of pieces."""
        told = 0 if self._usage is None else self._usage.completion_tokens
        return told or len(self._pieces)  # some services tell 0 until their end

    @property
    def tokens_left(self) -> int:
        """Return how many more tokens the call may write."""
        return max(0, self.request.max_tokens - self.tokens)

    @property
    def unshown(self) -> str:
        """Return what has been read and not been shown."""
        return "".join(self._pieces)[self.shown_characters :]

    def state_after(self, chunk: Chunk) -> State | None:
        """Return what a chunk says about the model: that it writes or still reads the prompt; None for nothing new."""
        if chunk.text:
            return "writing"
        if chunk.prefill is not None and self.first_text_seconds is None:
            return "reading_prompt" if chunk.prefill.processed < chunk.prefill.total else "waiting_for_text"
        return None

    def add_shown(self, piece: str, seconds: float) -> None:
        """Note what a reader was given at `seconds`."""
        self.shown_characters += len(piece)
        self._last_shown_seconds = seconds

    def unseen_seconds(self, seconds: float) -> float:
        """Return how long a reader has seen nothing new; 0 before the model's first text."""
        first = self.first_text_seconds
        return 0.0 if first is None else seconds - max(first, self._last_shown_seconds)

    def prompt_read(self) -> tuple[float, int, float] | None:
        """Return the seconds, the tokens and their share of the prompt, for what was read anew; None: nobody knows.

        A service that does not say what it had cached is assumed to have read the whole prompt in the time to first
        text. With a reply of the model in the prompt that is no safe guess.
        """
        if self._usage is None or self.first_text_seconds is None or not self._usage.prompt_tokens:
            return None
        prompt, cached = self._usage.prompt_tokens, self._usage.cached_tokens
        seconds = None if self._timings is None else self._timings.prefill_seconds
        if cached is not None and seconds is not None:
            new = prompt - cached
            return (seconds, new, new / prompt) if new >= _MEASURABLE_TOKENS else None
        if any(message.role == "assistant" for message in self.request.messages):
            return None
        return self.first_text_seconds - self.started_seconds, prompt, 1.0

    def sealed(self, provider: str, model_digest: str | None, ended_seconds: float, previous: str) -> Call:
        """Return the record of the call, behind the one whose hash is `previous`."""
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
        )
        return sealed(draft, previous)
