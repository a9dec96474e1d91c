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
    """One answer that counts: asked, ended, and not disturbed. A failure is an attempt too, and a miss.

    `profile`: how the model was asked; None where that was not recorded.
    `text`: the three sections as a reader has them, joined. `loop_lag`: how late our own event loop was in one beat of
    a hundred, in seconds. `accounted_share`: of the shown characters, those that a
    recorded call wrote. `unbacked_decisions`: decisions about meaning without a call behind them.
    """

    trial: Trial
    attempt: int
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None
    loop_lag: float | None = None
    outcome: Outcome | Literal["failed"]
    error: str | None
    text: str
    timing: Timing
    accounted_share: float | None
    unbacked_decisions: int
    guards: tuple[str, ...]
    profile: ProfileName | None = None

    @property
    def is_answer(self) -> bool:
        """Whether there is an answer to judge, whole or shortened."""
        return self.outcome in ("complete", "deadline") and bool(self.text)

    @property
    def is_error(self) -> bool:
        """Whether the service failed, so that asking again may help."""
        return not self.is_answer
