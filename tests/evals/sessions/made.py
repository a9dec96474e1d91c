"""Sessions made by hand, and services on a provider with several models."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from evals.records.evaluation import EvaluatedModel
from evals.run.service import Evaluations
from evals.sessions.archive import SessionArchive
from evals.sessions.service import Chosen, Sessions
from evals.sessions.session import Entrant, Session, SessionAsk, SessionQuestion
from evals.sessions.votes import Vote
from llmfirst.app.services import Services
from llmfirst.events import AnswerEvent
from llmfirst.providers.base import ModelCard, Warmth
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from tests.evals.answering import AnsweringProvider, overhead
from tests.evals.made import MACHINE, START, told
from tests.live_runs import opened_with_models
from tests.probing import no_probe

A, B, C = Chosen("ollama/a"), Chosen("ollama/b"), Chosen("ollama/c")
WHY = SessionQuestion(question_id="why", text="Why?", language="en", category="reasoning")
HOW = SessionQuestion(question_id="how", text="How?")


class Shelf(AnsweringProvider):
    """A provider with three models, of which as many as there is `room` for stay in memory."""

    def __init__(self, pause: float = 0.0, *, room: int = 3) -> None:
        super().__init__(pause)
        self.room = room
        self.in_memory: list[str] = []
        self.steps: list[str] = []
        """What was loaded and asked, in order."""

    async def models(self) -> tuple[ModelCard, ...]:
        return tuple(ModelCard(name=name, size_bytes=1, is_loaded=name in self.in_memory) for name in "abc")

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        if was_cold := model not in self.in_memory:
            await asyncio.sleep(self._pause)
            self.steps.append(f"load {model}")
            self.in_memory = [*self.in_memory, model][-self.room :]
        return Warmth(was_cold=was_cold, placement="nowhere")

    async def stream(self, request: Any) -> Any:
        if self.steps[-1] != (step := f"ask {request.model}"):
            self.steps.append(step)
        async for chunk in super().stream(request):
            yield chunk


@asynccontextmanager
async def services(folder: Path, provider: AnsweringProvider, *, slots: int = 1) -> AsyncIterator[Services]:
    """Open the services on a provider, of which no model is loaded."""
    opening = opened_with_models(folder, provider, is_warm=False, slots=slots)
    async with opening as (runs, models, documents):
        database = open_database(folder)
        settings = Settings(data_dir=folder, slots=slots)
        yield Services(settings, models, runs, RunStore(database), documents, None, no_probe(models, documents))
        database.dispose()


@asynccontextmanager
async def sessions(folder: Path, provider: AnsweringProvider, *, slots: int = 1) -> AsyncIterator[Sessions]:
    """Open sessions; whatever is on its way at the end is stopped."""
    async with services(folder, provider, slots=slots) as opened:
        evaluations = Evaluations(opened, measure_overhead=overhead)
        held = Sessions(opened, evaluations)
        try:
            yield held
        finally:
            await held.stop()
            await evaluations.stop()


def entrant(name: str) -> Entrant:
    return Entrant(model=EvaluatedModel(provider="ollama", model=name))


def session(session_id: str = "5e551011", **changes: Any) -> Session:
    fields: dict[str, Any] = {
        "session_id": session_id,
        "title": "Two small ones",
        "entrants": (entrant("a"), entrant("b")),
        "fairness": "as_experienced",
        "order": "one_at_a_time",
        "is_blind": True,
        "deadline_seconds": 120,
        "seed": 1,
        "created_at": START,
        "machine": MACHINE,
    }
    return Session.model_validate({**fields, **changes})


def keep_answers(archive: SessionArchive, of: Session, *questions: SessionQuestion) -> None:
    """Keep a session with a whole answer of each entrant to each question."""
    archive.add(of)
    for question in questions:
        archive.keep_question(of.session_id, question)
        for one in of.entrants:
            run_id = run_of(question, one.key)
            keep_ask(archive, of, question, one.key, run_id, told(run_id, question.text))


def run_of(question: SessionQuestion, key: str) -> str:
    return f"{question.question_id}-{key.rpartition('/')[2]}"


def keep_ask(
    archive: SessionArchive,
    of: Session,
    question: SessionQuestion,
    key: str,
    run_id: str,
    events: list[AnswerEvent],
) -> None:
    asked = SessionAsk(question_id=question.question_id, entrant=key, run_id=run_id, turn=0, asked_at=START)
    archive.keep_ask(of.session_id, asked)
    archive.evaluations.store.append(run_id, 0, events, archive.evaluations.writes_as)


def vote(left: str, right: str, choice: str = "left", voter: str = "kim", **changes: Any) -> Vote:
    fields: dict[str, Any] = {
        "voter": voter,
        "kind": "person",
        "question_id": left.partition("-")[0],
        "left": left,
        "right": right,
        "choice": choice,
        "is_blind": True,
        "voted_at": START + timedelta(minutes=1),
    }
    return Vote.model_validate({**fields, **changes})
