"""The events of a run as the API sends them: start, progress, complete, error. Pure."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, RootModel

from llmfirst.answer import Answer, Metrics
from llmfirst.events import AnswerEvent, AnswerFailed, AnswerFinished, Phase, QuestionSubmitted, TextAdded, ThoughtAdded
from llmfirst.model_options import OptionName
from llmfirst.texts import texts_in
from llmfirst.values import Value


class StartData(Value):
    source: Literal["llm_first_engine"] = "llm_first_engine"
    message: str
    run_id: str


class Start(Value):
    """The run has begun; everything that follows belongs to `run_id`."""

    event: Literal["start"] = "start"
    data: StartData


class ProgressData(Value):
    chunk_id: int = Field(ge=1)
    content: str
    timestamp: float
    phase: Phase


class ThoughtData(Value):
    """A piece of thinking: `content` is empty, so that who joins the `content` of a phase has its text alone."""

    chunk_id: int = Field(ge=1)
    content: Literal[""] = ""
    kind: Literal["thought"] = "thought"
    thought: str
    timestamp: float
    phase: Phase


class Progress(Value):
    """A piece of the model's text or thinking; the pieces of a phase, joined, are its text.

    `timestamp`: Unix seconds.
    """

    event: Literal["progress"] = "progress"
    data: ProgressData | ThoughtData


class CompleteData(Value):
    final: Literal[True] = True
    think_note: str | None = None
    """Why the model did not think as it was asked to; null if it did."""

    ignored: tuple[OptionName, ...] = ()
    """The options of the model that were set, and that its service cannot be told or has refused."""

    metrics: Metrics


class Complete(Value):
    """The one end of an answer that has text, or that was stopped."""

    event: Literal["complete"] = "complete"
    data: CompleteData


class ErrorData(Value):
    code: str
    message: str
    final: Literal[True] = True


class Error(Value):
    """The one end of a run in which the model wrote nothing."""

    event: Literal["error"] = "error"
    data: ErrorData


WireEvent = Start | Progress | Complete | Error


class WireMessage(RootModel[Annotated[WireEvent, Field(discriminator="event")]]):
    """The object in `data:` of each server-sent event."""


# As they go over the wire; the published schema shows them.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "start": {
        "event": "start",
        "data": {
            "source": "llm_first_engine",
            "message": "Starting the LLM analysis...",
            "run_id": "9f86d081884c7d65",
        },
    },
    "progress": {
        "event": "progress",
        "data": {"chunk_id": 1, "content": "Explain ", "timestamp": 1795404596.425, "phase": "strategy"},
    },
    "complete": {
        "event": "complete",
        "data": {
            "final": True,
            "metrics": {
                "ttft": 0.612,
                "core_ttft": 4.207,
                "total_time": 31.604,
                "waited": 0.002,
                "cold": False,
                "loading": 0.0,
                "since_submit": 31.606,
                "tokens": 412,
                "tokens_per_second": 13.8,
                "phases": {"strategy": 3.5, "core": 9.1, "details": 10.0, "conclusion": 9.0},
                "stopped_after": None,
                "outcome": "complete",
                "ledger_head": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            },
        },
    },
    "error": {
        "event": "error",
        "data": {"code": "model_unavailable", "message": "Ollama does not answer: start it.", "final": True},
    },
}


def think_note(answer: Answer) -> str | None:
    """Return the sentence that says why the model does not think as it was asked to; None if it does."""
    if answer.submitted is None or answer.think_note is None:
        return None
    return texts_in(answer.submitted.language).think_notes[answer.think_note]


class Wire:
    """Translates the events of one run, from the first on, into those of the API; most events have no counterpart."""

    def __init__(self) -> None:
        self.answer = Answer()
        self._chunks = 0

    def after(self, event: AnswerEvent) -> WireEvent | None:
        """Return the API's event for the next event of the run, or None."""
        self.answer = self.answer.after(event)
        match event:
            case QuestionSubmitted(run_id=run_id, language=language):
                return Start(data=StartData(message=texts_in(language).api.starting, run_id=run_id))
            case TextAdded(phase=phase, text=text):
                self._chunks += 1
                timestamp = round(self.instant(event).timestamp(), 3)
                return Progress(
                    data=ProgressData(chunk_id=self._chunks, content=text, timestamp=timestamp, phase=phase)
                )
            case ThoughtAdded(phase=phase, text=text):
                self._chunks += 1
                timestamp = round(self.instant(event).timestamp(), 3)
                return Progress(data=ThoughtData(chunk_id=self._chunks, thought=text, timestamp=timestamp, phase=phase))
            case AnswerFinished():
                return Complete(
                    data=CompleteData(
                        think_note=think_note(self.answer),
                        ignored=self.answer.ignored,
                        metrics=self.answer.metrics(),
                    )
                )
            case AnswerFailed(code=code, message=message):
                return Error(data=ErrorData(code=code, message=message))
            case _:
                return None

    def instant(self, event: AnswerEvent) -> datetime:
        """Return the wall-clock time of an event."""
        assert self.answer.submitted is not None
        return self.answer.submitted.submitted_at + timedelta(seconds=event.elapsed_seconds)
