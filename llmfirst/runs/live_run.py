"""A run in progress, and what its followers see of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from llmfirst.answer import Answer
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import Admitted, AnswerEvent, AnswerFailed, AnswerFinished, QuestionSubmitted, is_end
from llmfirst.model_problem import ModelProblem
from llmfirst.runs.backlog import Backlog
from llmfirst.runs.owners import Owner

_PATIENCE_SECONDS: Final = 0.25


@dataclass(frozen=True)
class Load:
    """How busy the server is."""

    writing: int
    """The number of runs with a slot."""

    waiting: int
    """The number of runs that wait for a slot or for their model."""


@dataclass
class LiveRun:
    """A run that is in progress, or that has ended and is still being followed or is not stored yet."""

    request: RunRequest
    grace_seconds: float
    """How long the run continues without followers."""

    started: asyncio.Future[None]
    """Done once the first event is shown; holds the error if the question was refused."""

    submitted: float
    """When the question was submitted, on the clock of the event loop."""

    owner: Owner
    backlog: Backlog
    """What the store has not taken yet; it gets each event before the followers do."""

    events: list[AnswerEvent] = field(default_factory=list)
    """The events that followers may see: each has been stored, or the disk has let them wait for too long."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when events were added, and then replaced by a new one."""

    is_background: bool = False
    followers: int = 0
    leaving: asyncio.TimerHandle | None = None
    """Stops the run when the grace time is over."""

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and is_end(self.events[-1])

    @property
    def is_admitted(self) -> bool:
        return any(isinstance(event, Admitted) for event in self.events)

    def disk_patience_seconds(self) -> float:
        """Return how long the disk may keep events from the followers: never past the deadline of the answer."""
        admitted = next((event for event in self.events if isinstance(event, Admitted)), None)
        if admitted is None:
            return _PATIENCE_SECONDS
        asked = self.events[0]
        assert isinstance(asked, QuestionSubmitted)
        due = self.submitted + admitted.elapsed_seconds + asked.deadline_seconds
        return min(_PATIENCE_SECONDS, max(0.0, due - asyncio.get_running_loop().time()))

    def show(self, events: list[AnswerEvent]) -> None:
        """Add events and wake the followers."""
        self.events += events
        news, self.news = self.news, asyncio.Event()
        news.set()
        if not self.started.done():
            self.started.set_result(None)


def broken_end(answer: Answer, elapsed_seconds: float) -> AnswerFinished | AnswerFailed:
    """Return the last event of a run that an error in the program ended."""
    message = "An internal error ended this answer; the log has the details. Ask again."
    problem = ModelProblem(code="internal")
    if answer.has_text:
        return AnswerFinished(elapsed_seconds=elapsed_seconds, outcome="interrupted", detail=message, problem=problem)
    return AnswerFailed(elapsed_seconds=elapsed_seconds, code="internal", message=message, problem=problem)
