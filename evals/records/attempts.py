"""The questions that an evaluation asked and the answers to them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from evals.records.evaluation import MAX_ANSWERS, Stored, Trial
from evals.records.timing import Timing
from llmfirst import AnswerFailed, AnswerFinished, Instant, Label, Outcome, Phase, ProfileName, Think, Value

AskPurpose = Literal["measure", "warm_up"]


class Ask(Stored):
    """One question that was asked. It is stored before the run starts, so that a crash cannot lose the answer."""

    trial: Trial = Field(alias="turn")
    purpose: AskPurpose
    attempt: int = Field(ge=1, le=MAX_ANSWERS)
    run_id: Label
    asked_at: Instant
    load_average: Annotated[float, Field(ge=0, le=1e6)] | None
    """The load average of the machine over the last minute; None if the system does not report it."""


class Attempt(Value):
    """One answer that ended by itself. A failed answer is an attempt too and counts against the model."""

    trial: Trial
    attempt: int
    """1 for the first try; higher if failed answers were retried."""
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None
    loop_lag: float | None = None
    """How late the event loop of the harness was, in seconds: the 99th percentile."""
    outcome: Outcome | Literal["failed"]
    error: str | None
    """The message of the failure, or why the answer ended early."""
    text: str
    """The three sections as the reader sees them, separated by blank lines."""
    sections: tuple[tuple[Phase, str], ...] = ()
    """The parts of `text` with the section of each."""
    end: Annotated[AnswerFinished | AnswerFailed, Field(discriminator="type")] | None = None
    """The last event, which says what `error` says in a way that any language has words for."""
    shown: dict[float, str] = Field(default_factory=dict)
    """What there was of the text at each moment before the end, counted from the click like the times."""
    timing: Timing
    accounted_share: float | None
    """The share of the shown characters that a recorded call of the model wrote, 0 to 1."""
    unbacked_decisions: int
    """The number of decisions about content that no call of the model supports."""
    guards: tuple[str, ...]
    """The guards that acted, as `phase: guard`."""
    think: Think | None = None
    """What the model was told about its thinking; None if it could be told nothing, or nothing was recorded."""

    @property
    def profile(self) -> ProfileName | None:
        """The profile with which the model was prompted; None if it was not recorded."""
        return self.timing.metrics.profile

    @property
    def was_cold(self) -> bool:
        """Whether the answer waited for its model to load."""
        return bool(self.timing.metrics.cold)

    @property
    def is_answer(self) -> bool:
        """Whether there is an answer to judge, complete or shortened by the deadline."""
        return self.outcome in ("complete", "deadline") and bool(self.text)

    def stood_at(self, seconds: float | None) -> "Attempt":
        """Return the answer of a reader who stopped at a moment, however it went on; None: who read to the end."""
        if seconds is None or seconds not in self.shown:
            return self
        return self.model_copy(update={"text": self.shown[seconds], "outcome": "deadline", "error": None})

    @property
    def is_error(self) -> bool:
        """Whether there is no answer to judge, so that asking again may help."""
        return not self.is_answer
