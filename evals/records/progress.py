"""How far an evaluation or a calibration is."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["preparing", "warming_up", "answering", "judging", "canaries", "paused", "stopped", "done", "failed"]


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is; `remaining_seconds` by what was measured so far."""

    stage: Stage
    answered: int = 0
    answers: int = 0
    judged: int = 0
    readings: int = 0
    remaining_seconds: float | None = None
    now: str = ""
    message: str = ""
