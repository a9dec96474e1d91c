"""What a scripted server does while it answers one request, as data, whatever protocol it speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A token; `packet_bytes` sends it in packets of so many bytes, through the middle of letters."""

    text: str
    packet_bytes: int | None = None


@dataclass(frozen=True)
class Thought:
    """Reasoning, which is no answer text."""

    text: str


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Role:
    """A first event without text; nothing where the protocol has none."""


@dataclass(frozen=True)
class Ping:
    """A sign of life without meaning; nothing where the protocol has none."""


@dataclass(frozen=True)
class Finish:
    """The end mark; with None it lacks the reason."""

    reason: str | None = "stop"


@dataclass(frozen=True)
class Fault:
    """An error told in the middle of the stream."""

    words: str


@dataclass(frozen=True)
class Line:
    """One line of the stream as it is, whether the protocol allows it or not; `packet_bytes` as for `Text`."""

    data: str
    packet_bytes: int | None = None


@dataclass(frozen=True)
class Drop:
    """The connection is closed in the middle."""


@dataclass(frozen=True)
class Reset:
    """The connection is torn down in the middle, as when the process is killed."""


@dataclass(frozen=True)
class Refuse:
    """An HTTP error instead of a stream."""

    status: int
    words: str


Step = Text | Thought | Pause | Role | Ping | Finish | Fault | Line | Drop | Reset | Refuse


@dataclass(frozen=True)
class Asked:
    """What a chat request asks for, whatever its protocol."""

    max_tokens: int
    prompt_tokens: int
    continued: str | None
    wants_json: bool
    top_logprobs: int
    wants_progress: bool = False


def toy_steps(asked: Asked) -> list[Step]:
    """Answer like a model that can only count: to 12, or for as long as it may when it may write very much."""
    if asked.wants_json:
        return [Text('{"colour"'), Text(': "blue"'), Text("}"), Finish()]
    is_long = asked.max_tokens >= 1000
    count = asked.max_tokens if is_long else 12
    tokens = ["1", *(f" {number}" for number in range(2, count + 1))]
    if asked.continued is not None:
        tokens = tokens[len(asked.continued.split()) :]
    written: list[Step] = [Text(token) for token in tokens[: asked.max_tokens]]
    if is_long:
        written = [step for token in written for step in (token, Pause(0.005))]
    return [Role(), *written, Finish("length" if len(tokens) >= asked.max_tokens else "stop")]
