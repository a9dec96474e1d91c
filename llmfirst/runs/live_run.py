"""A run in progress, and what its followers see of it."""

import asyncio
from dataclasses import dataclass, field

from llmfirst.answer import Answer
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import Admitted, AnswerEvent, AnswerFailed, AnswerFinished, is_end
from llmfirst.runs.owners import Owner


@dataclass(frozen=True)
class Load:
    """How busy the server is."""

    writing: int
    """The number of runs with a slot."""

    waiting: int
    """The number of runs that wait for a slot or for their model."""


@dataclass
class LiveRun:
    """A run that is in progress, or that has ended and is still being followed or could not be stored."""

    request: RunRequest
    grace_seconds: float
    """How long the run continues without followers."""

    started: asyncio.Future[None]
    """Done once the first event is stored; holds the error if the question was refused."""

    submitted: float
    """When the question was submitted, on the clock of the event loop."""

    owner: Owner
    events: list[AnswerEvent] = field(default_factory=list)
    """The events that followers may see: each has been stored, or could not be."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when events were added, and then replaced by a new one."""

    is_background: bool = False
    followers: int = 0
    leaving: asyncio.TimerHandle | None = None
    """Stops the run when the grace time is over."""

    is_stored: bool = True
    """Whether all events so far could be stored."""

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and is_end(self.events[-1])

    @property
    def is_admitted(self) -> bool:
        return any(isinstance(event, Admitted) for event in self.events)

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
    if answer.has_text:
        return AnswerFinished(elapsed_seconds=elapsed_seconds, outcome="interrupted", detail=message)
    return AnswerFailed(elapsed_seconds=elapsed_seconds, code="internal", message=message)
