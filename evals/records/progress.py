"""The progress of an evaluation or a calibration."""

from dataclasses import dataclass
from typing import Literal

from evals.records.expected import Expected
from llmfirst import LlmfirstError

Stage = Literal["preparing", "warming_up", "answering", "judging", "canaries", "paused", "stopped", "done", "failed"]


@dataclass(frozen=True)
class Progress:
    """The progress of an evaluation or a calibration at one moment."""

    stage: Stage
    answered: int = 0
    """How many of the `answers` are done."""
    answers: int = 0
    judged: int = 0
    """How many of the `readings` are done."""
    readings: int = 0
    left: Expected | None = None
    """The time that is left, from what was measured so far."""
    now: str = ""
    """The current work: a model, or a model and a question."""
    error: LlmfirstError | None = None
    """Why it failed; None otherwise."""
