"""A run that is being written, as those who follow it see it."""

import asyncio
from dataclasses import dataclass, field

from llmfirst.answer import Answer
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import Admitted, AnswerEvent, AnswerFailed, AnswerFinished, is_end
from llmfirst.runs.owners import Owner


@dataclass(frozen=True)
class Load:
    """How many runs are being answered, and how many wait for a slot or for their model."""

    writing: int
    waiting: int


@dataclass
class LiveRun:
    """A run whose end has not been followed yet; `events` are those that were stored (or could not be)."""

    asked: RunRequest
    grace_seconds: float
    started: asyncio.Future[None]
    submitted: float
    owner: Owner
    events: list[AnswerEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_background: bool = False
    followers: int = 0
    leaving: asyncio.TimerHandle | None = None
    is_stored: bool = True

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and is_end(self.events[-1])

    @property
    def is_admitted(self) -> bool:
        return any(isinstance(event, Admitted) for event in self.events)

    def show(self, events: list[AnswerEvent]) -> None:
        """Add events, and wake who follows."""
        self.events += events
        news, self.news = self.news, asyncio.Event()
        news.set()
        if not self.started.done():
            self.started.set_result(None)


def broken_end(answer: Answer, elapsed_seconds: float) -> AnswerFinished | AnswerFailed:
    """Return the end of a run in which the program made a mistake."""
    message = "llmfirst made a mistake; the log says which. Ask again."
    if answer.has_text:
        return AnswerFinished(elapsed_seconds=elapsed_seconds, outcome="interrupted", detail=message)
    return AnswerFailed(elapsed_seconds=elapsed_seconds, code="internal", message=message)
