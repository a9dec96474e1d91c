"""The values of the bake-off: questions, calls, replies and answers."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final, Literal, NamedTuple
from typing import Protocol as Port

from pydantic import Field

from llmfirst.events import SECTIONS, Language, Phase
from llmfirst.providers.base import Chunk, FinishReason, Message, Sampling, TokenLogprob
from llmfirst.values import Value

Kind = Literal["explanation", "advice", "planning", "sum", "code", "letter", "poem", "comparison", "business"]
Ending = Literal["stop", "landed", "cut", "repeated"]
SetName = Literal["screening", "full", "pyramid_screening", "pyramid", "hangul"]

SHOWN_TOKENS: Final = 1080  # the limit of the engine for all three sections, and of the plain call for comparison


class Question(Value):
    """One question of the bake-off."""

    id: str
    language: Language
    kind: Kind
    question: str


class Ask(Value):
    """One call of the model."""

    purpose: str
    messages: tuple[Message, ...]
    """If the last one is an assistant message, the model continues it."""

    max_tokens: int
    sampling: Sampling = Sampling()
    draw: int = 0
    """Distinguishes several samples of the same call."""

    top_logprobs: int = 0
    bars_end: bool = False
    """Whether the model may not end its message."""

    speaks_as: Literal["assistant", "user"] = "assistant"
    """Whose turn the model writes; as the user it writes what the user might say next."""


class Reply(Value):
    """The reply to a call. Times are in seconds since the call."""

    text: str
    finish_reason: FinishReason | None
    """None if the reply was not read to its end."""

    tokens: int
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    first_seconds: float | None = None
    seconds: float = 0.0
    mean_logprob: float | None = None
    first_token: tuple[TokenLogprob, ...] = ()


class CallRecord(Value):
    """A call and its reply."""

    ask: Ask
    reply: Reply
    is_shared: bool = False
    """Whether the reply comes from the same call of another answer."""


class SectionTimes(Value):
    """The times of one section."""

    wait_seconds: float
    """The longest wait before a text of the section."""

    seconds: float
    """The duration of the section, with waits."""

    hidden_tokens: int
    """The tokens that were written unseen before texts of the section."""


class AnswerRecord(Value):
    """One answer of one protocol, with all calls."""

    protocol: str
    question_id: str
    language: Language
    kind: Kind
    seed: int
    model: str
    question: str
    sections: Mapping[Phase, str]
    text: str
    """The sections joined, as a reader sees them."""

    ending: Ending | None
    calls: tuple[CallRecord, ...]
    times: Mapping[Phase, SectionTimes] = Field(default_factory=dict)
    guards: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> "AnswerKey":
        return AnswerKey(self.protocol, self.question_id, self.seed)


class AnswerKey(NamedTuple):
    """Identifies an answer in a file."""

    protocol: str
    question_id: str
    seed: int


class Model(Port):
    """A model that streams its replies."""

    def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """Yield text as it is generated and a finish reason at the end. Closing the generator stops the model."""
        ...


def joined(sections: Mapping[Phase, str]) -> str:
    """Join the sections with an empty line between them."""
    return "\n\n".join(text for phase in SECTIONS if (text := sections.get(phase, "").strip()))


def user(content: str) -> Message:
    return Message(role="user", content=content)


def system(content: str) -> Message:
    return Message(role="system", content=content)


def assistant(content: str) -> Message:
    return Message(role="assistant", content=content)
