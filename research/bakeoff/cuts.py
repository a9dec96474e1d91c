"""What an answer is worth at the moment when the reader stops: answers as they stand after some seconds.

The seconds are computed from the recorded token counts, so that one round serves every clock: a token takes 1 / rate
seconds, and reading a token of a prompt that was not cached takes a tenth of it (on CPUs prompts are read about ten
times as fast as text is written). The plain call pays for its tokens only.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from llmfirst.events import SECTIONS, Phase
from research.bakeoff.protocol_list import PLAIN
from research.bakeoff.values import AnswerRecord, CallRecord, joined

_READING_SHARE: Final = 0.1
_WHOLE_REPLY: Final = ("plain", "grow")
END: Final = "end"


class Cut(NamedTuple):
    """A moment at which a reader stops."""

    rate: float
    """How fast the model writes, in tokens per second."""
    seconds: float | None
    """Seconds after the question; None for the end of the answer."""

    def __str__(self) -> str:
        return END if self.seconds is None else f"{self.rate:g} tok/s, {self.seconds:g} s"


def cuts_in(words: str) -> list[Cut]:
    """Read cuts such as `10:10,10:20,10:end`. Raises ValueError."""
    pairs = (word.partition(":") for word in words.split(","))
    return [Cut(float(rate), None if seconds == END else float(seconds)) for rate, _, seconds in pairs]


def text_at(record: AnswerRecord, cut: Cut) -> str:
    """Return the sections of an answer as a reader has them at this moment."""
    if cut.seconds is None:
        return record.text
    if record.protocol == PLAIN:
        return _beginning(record.text, record.calls[-1], cut.seconds * cut.rate)
    shown: dict[Phase, str] = {}
    left = cut.seconds
    for call in record.calls:
        left -= _reading_seconds(call, cut.rate)
        tokens = max(0.0, left) * cut.rate
        for phase, text in _sections_of(record, call):
            shown[phase] = _beginning(text, call, tokens)
        left -= call.reply.tokens / cut.rate
    return joined(shown)


def _sections_of(record: AnswerRecord, call: CallRecord) -> Iterator[tuple[Phase, str]]:
    """Yield the sections that a call wrote."""
    for phase in SECTIONS:
        if call.ask.purpose == phase:
            yield phase, record.sections.get(phase, "")
    if call.ask.purpose in _WHOLE_REPLY:
        yield "core", record.text


def _beginning(text: str, call: CallRecord, tokens: float) -> str:
    """Return what the first tokens of a call wrote of a text, if all its tokens have the same length."""
    per_token = len(call.reply.text) / max(1, call.reply.tokens)
    return text[: round(max(0.0, tokens) * per_token)]


def _reading_seconds(call: CallRecord, rate: float) -> float:
    read = (call.reply.prompt_tokens or 0) - (call.reply.cached_tokens or 0)
    return read * _READING_SHARE / rate
