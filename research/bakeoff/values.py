"""What the bake-off of protocols speaks in: questions, what is asked of the model, its replies, and answers."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final, Literal, NamedTuple
from typing import Protocol as Port

from pydantic import Field

from llmfirst.events import SECTIONS, Language, Phase
from llmfirst.providers.base import Chunk, FinishReason, Message, Sampling, TokenLogprob
from llmfirst.values import Value

Kind = Literal["explanation", "advice", "planning", "sum", "code", "letter", "poem", "comparison", "business"]
Ending = Literal["stop", "landed", "cut", "repeated"]
SetName = Literal["screening", "full"]

SHOWN_TOKENS: Final = 1080  # what the engine lets its three sections write, and so what the plain call may


class Question(Value):
    """One question of the bake-off."""

    id: str
    language: Language
    kind: Kind
    question: str


class Ask(Value):
    """One call: what the model is told and how much it may write; an assistant message at the end is gone on with.

    `bars_end` forbids the model to end its message. `speaks_as`: whose turn it writes; as the user it writes what the
    asker might say next. `draw` tells several drawings of the same call apart.
    """

    purpose: str
    messages: tuple[Message, ...]
    max_tokens: int
    sampling: Sampling = Sampling()
    draw: int = 0
    top_logprobs: int = 0
    bars_end: bool = False
    speaks_as: Literal["assistant", "user"] = "assistant"


class Reply(Value):
    """What came of a call; `finish_reason` is None where the reader had enough. Seconds are since it was asked."""

    text: str
    finish_reason: FinishReason | None
    tokens: int
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    first_seconds: float | None = None
    seconds: float = 0.0
    mean_logprob: float | None = None
    first_token: tuple[TokenLogprob, ...] = ()


class CallRecord(Value):
    """A call and its reply; `is_shared`: another answer had made the same call, and its reply was taken."""

    ask: Ask
    reply: Reply
    is_shared: bool = False


class SectionTimes(Value):
    """Seconds of a section with its waiting, and what was written unseen before its first text."""

    wait_seconds: float
    seconds: float
    hidden_tokens: int


class AnswerRecord(Value):
    """One answer by one protocol, with all that was said to the model; `text` is what the page shows, joined."""

    protocol: str
    question_id: str
    language: Language
    kind: Kind
    seed: int
    model: str
    question: str
    sections: Mapping[Phase, str]
    text: str
    ending: Ending | None
    calls: tuple[CallRecord, ...]
    times: Mapping[Phase, SectionTimes] = Field(default_factory=dict)
    guards: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> "AnswerKey":
        return AnswerKey(self.protocol, self.question_id, self.seed)


class AnswerKey(NamedTuple):
    """What tells one answer from all others of a file."""

    protocol: str
    question_id: str
    seed: int


class Model(Port):
    """Whatever answers a call with a stream of text."""

    def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """Yield text as it is made, with a finish reason at the end; stop the model when closed."""
        ...


def joined(sections: Mapping[Phase, str]) -> str:
    """Return the answer as a reader has it: the sections with an empty line between them."""
    return "\n\n".join(text for phase in SECTIONS if (text := sections.get(phase, "").strip()))


def user(content: str) -> Message:
    return Message(role="user", content=content)


def system(content: str) -> Message:
    return Message(role="system", content=content)


def assistant(content: str) -> Message:
    return Message(role="assistant", content=content)
