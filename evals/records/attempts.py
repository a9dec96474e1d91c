"""What an evaluation is, what it asks, and what it leaves behind: values only."""

from typing import Literal

from pydantic import AwareDatetime, Field

from evals.records.evaluation import Stored, Trial
from evals.records.timing import Timing
from llmfirst import Outcome, ProfileName, Value

AskPurpose = Literal["measure", "warm_up"]


class Ask(Stored):
    """A trial was asked: written before the run starts, so that a kill at any moment loses no answer."""

    trial: Trial = Field(alias="turn")
    purpose: AskPurpose
    attempt: int = Field(ge=1)
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None


class Attempt(Value):
    """One answer that counts: asked, ended, and not disturbed. A failure is an attempt too, and a miss."""

    trial: Trial
    attempt: int
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None
    loop_lag: float | None = None
    """How late our own event loop was in one beat of a hundred, in seconds."""
    outcome: Outcome | Literal["failed"]
    error: str | None
    text: str
    """The three sections as a reader has them, joined."""
    timing: Timing
    accounted_share: float | None
    """How many of the shown characters a recorded call wrote."""
    unbacked_decisions: int
    """How many decisions about meaning have no call behind them."""
    guards: tuple[str, ...]

    @property
    def profile(self) -> ProfileName | None:
        """How the model was asked; None where that was not recorded."""
        return self.timing.metrics.profile

    @property
    def was_cold(self) -> bool:
        """Whether it waited for its model to be loaded."""
        return bool(self.timing.metrics.cold)

    @property
    def is_answer(self) -> bool:
        """Whether there is an answer to judge, whole or shortened."""
        return self.outcome in ("complete", "deadline") and bool(self.text)

    @property
    def is_error(self) -> bool:
        """Whether the service failed, so that asking again may help."""
        return not self.is_answer
