"""A recording: the events of a run that ended, in a file that tells whether it is whole."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from llmfirst.answer import fold
from llmfirst.errors import LlmfirstError
from llmfirst.events import AnswerEvent, QuestionSubmitted, answer_events, is_end
from llmfirst.proof import verify
from llmfirst.providers.base import Count
from llmfirst.values import Label, Value

_VERSION: Final = 1
_MAKE_AGAIN: Final = "install llmfirst again, or record it anew with `python -m bench.record`"


class RecordingDamaged(LlmfirstError):
    """The file is not the whole recording as it was made: nothing of it is shown."""


class RecordedMachine(Value):
    """On what a model ran."""

    processor: Label
    cores: Count


class Head(Value):
    """The first line of the file."""

    kind: Literal["llmfirst-recording"] = "llmfirst-recording"
    version: Literal[1] = _VERSION
    machine: RecordedMachine


class End(Value):
    """The last line: the SHA-256 of all lines before it."""

    kind: Literal["end"] = "end"
    sha256: str


_ends: TypeAdapter[Head | End] = TypeAdapter(Annotated[Head | End, Field(discriminator="kind")])


@dataclass(frozen=True)
class Recording:
    """A run that somebody else's machine made."""

    machine: RecordedMachine
    events: tuple[AnswerEvent, ...]

    @property
    def submitted(self) -> QuestionSubmitted:
        first = self.events[0]
        assert isinstance(first, QuestionSubmitted)  # it was checked when the recording was read
        return first


def written(machine: RecordedMachine, events: Sequence[AnswerEvent]) -> Iterator[str]:
    """Yield the lines of the file of a recording."""
    digest = hashlib.sha256()
    for value in (Head(machine=machine), *events):
        line = value.model_dump_json()
        digest.update(f"{line}\n".encode())
        yield line
    yield End(sha256=digest.hexdigest()).model_dump_json()


def read_recording(text: str) -> Recording:
    """Read a file and check its hash and the hash chain of its calls. Raises RecordingDamaged."""
    head, *body, end = text.removesuffix("\n").split("\n") if text.count("\n") > 1 else ("", "")
    try:
        first, last = _ends.validate_json(head), _ends.validate_json(end)
        events = tuple(answer_events.validate_json(line) for line in body)
    except ValidationError as error:
        raise RecordingDamaged(f"A line of the recording cannot be read: {_MAKE_AGAIN}.") from error
    digest = hashlib.sha256("".join(f"{line}\n" for line in (head, *body)).encode()).hexdigest()
    if not isinstance(first, Head) or not isinstance(last, End) or last.sha256 != digest:
        raise RecordingDamaged(f"The recording was cut off or changed: {_MAKE_AGAIN}.")
    _check(events)
    return Recording(first.machine, events)


def _check(events: Sequence[AnswerEvent]) -> None:
    """Raise RecordingDamaged unless this is a whole run whose chain of calls holds."""
    if not events or not isinstance(events[0], QuestionSubmitted) or not is_end(events[-1]):
        raise RecordingDamaged(f"The recording is no whole run: {_MAKE_AGAIN}.")
    try:
        head = fold(events).metrics().ledger_head
    except KeyError as error:  # text of a phase that never started
        raise RecordingDamaged(f"The events of the recording are in the wrong order: {_MAKE_AGAIN}.") from error
    if not verify(events, expected_head=head).chain_holds:
        raise RecordingDamaged(f"The record of the calls in the recording was changed: {_MAKE_AGAIN}.")
