"""Plans sessions, puts their questions to the entrants, and tells what is happening.

    sessions = Sessions(services, evaluations)
    session = await sessions.plan([Chosen("ollama/a"), Chosen("ollama/b", AnswerSettings(think="on"))], title="...")
    await sessions.begin(session, questions, owner=owner)
    async for round in sessions.watch(session.session_id, owner): ...   # from `ask` until the round is over
    await sessions.ask(session.session_id, new_question("Why?"), language="en", owner=owner)
    sessions.round(session.session_id, owner); await sessions.stop(owner)

The runs are a person's: they are in the history of the owner, and each column follows its own with `Runs.follow`.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, assert_never, get_args

from pydantic import ValidationError

from evals.records.archive import first_problem
from evals.records.machine import this_machine
from evals.run.service import Evaluations, evaluated_model
from evals.sessions.archive import SessionArchive
from evals.sessions.rounds import Round, new_round
from evals.sessions.runner import RoundRunner, RoundServices
from evals.sessions.session import Entrant, Fairness, Order, Session, SessionQuestion
from llmfirst import (
    LOCAL,
    AnswerSettings,
    Language,
    LlmfirstError,
    ModelMissing,
    Offer,
    Owner,
    ProfileName,
    Services,
    may_see,
)

logger = logging.getLogger(__name__)

SAME_PROFILE: Final[ProfileName] = "direct"
"""How all are asked in the same words, unless another profile is chosen: the bare question."""
SAME_TOKENS: Final = 120
"""How many tokens each section of all may have in the mode `same_length`, unless another number is chosen."""


class SessionRefused(LlmfirstError):
    """There can be no such session; the message says why."""


@dataclass(frozen=True)
class Chosen:
    """A model that is to compete, as `provider/model`, and its settings."""

    model: str
    settings: AnswerSettings = field(default_factory=AnswerSettings)


@dataclass(frozen=True)
class _Running:
    session_id: str
    task: asyncio.Task[None]


class Sessions:
    """Holds the sessions of all owners; each owner has one question on its way at a time."""

    def __init__(self, services: Services, evaluations: Evaluations) -> None:
        self._services = services
        self.evaluations = evaluations
        self.archive = SessionArchive(evaluations.archive)
        self._running: dict[Owner, _Running] = {}
        self._rounds: dict[str, tuple[Owner, Round]] = {}
        self._news = asyncio.Event()

    async def models(self) -> tuple[Offer, ...]:
        """Return the models on this machine, the model that answers questions first."""
        return await self.evaluations.models()

    def orders(self, models: Sequence[str]) -> tuple[Order, ...]:
        """Return the orders that are possible for these models; the first one is the default."""
        settings = self._services.settings
        width = min(settings.slots, settings.runs_per_caller)
        has_room = width >= len(models) and sum(key.startswith("embedded/") for key in set(models)) < 2
        return get_args(Order) if has_room else ("one_at_a_time",)

    async def plan(
        self,
        chosen: Sequence[Chosen],
        *,
        title: str = "",
        fairness: Fairness = "as_experienced",
        order: Order = "one_at_a_time",
        is_blind: bool = False,
        profile: ProfileName = SAME_PROFILE,
        most_tokens: int = SAME_TOKENS,
        seed: int | None = None,
    ) -> Session:
        """Return a new session for `begin`.

        `profile` is the one of all entrants in the mode `same_request`, `most_tokens` what each section of theirs may
        have in the mode `same_length`, in which nobody reviews their own answer.

        Raises ModelMissing for an unknown model and SessionRefused for equal entrants, too few, or too many.
        """
        offers = {offer.key: offer for offer in await self._services.models.offers()}
        missing = [entry.model for entry in chosen if entry.model not in offers]
        if missing:
            raise ModelMissing(f"There is no model {', '.join(missing)}: choose from {', '.join(offers)}.")
        if order not in self.orders([entry.model for entry in chosen]):
            raise SessionRefused(
                "These models cannot answer side by side here: let them answer one at a time, or start llmfirst with "
                "as many --slots as models, not more than one of them embedded."
            )
        same = _same(fairness, profile, most_tokens)
        machine = await asyncio.to_thread(this_machine)
        try:
            return Session(
                session_id=secrets.token_hex(6),
                title=title,
                entrants=tuple(
                    Entrant(
                        model=evaluated_model(offers[one.model]),
                        settings=AnswerSettings.model_validate({**one.settings.model_dump(), **same}),
                    )
                    for one in chosen
                ),
                fairness=fairness,
                order=order,
                is_blind=is_blind,
                deadline_seconds=self._services.settings.deadline_seconds,
                seed=secrets.randbelow(2**31) if seed is None else seed,
                created_at=datetime.now(UTC),
                machine=machine,
            )
        except ValidationError as error:
            why = first_problem(error).removeprefix("Value error, ")  # pydantic's words before ours
            raise SessionRefused(f"There can be no such session: {why}.") from error

    async def begin(self, session: Session, questions: Sequence[SessionQuestion] = (), *, owner: Owner = LOCAL) -> None:
        """Store a session with the questions that it begins with; nobody is asked yet."""
        archive = self.archive.seen_by(owner)

        def keep() -> None:
            archive.add(session)
            for question in questions:
                archive.keep_question(session.session_id, question)

        await asyncio.to_thread(keep)

    async def ask(
        self, session_id: str, question: SessionQuestion, *, language: Language, owner: Owner = LOCAL
    ) -> Round:
        """Put a question to all entrants; return who waits for whom. It goes on when the caller has left.

        A question that was asked before is put only to those who have no answer to it. `language` is the reader's.
        Raises EvaluationBusy while the owner has something else running, QuestionRefused, SessionUnknown and
        SessionUnreadable.
        """
        archive = self.archive.seen_by(owner)
        question = question.model_copy(update={"text": self._services.runs.checked(question.text)})
        with ExitStack() as claims:
            claims.enter_context(self.evaluations.comparing(owner))
            session = await asyncio.to_thread(archive.load, session_id)
            await asyncio.to_thread(archive.keep_question, session_id, question)
            first = new_round(session, question)
            for attempt in await asyncio.to_thread(archive.attempts, session_id):
                if attempt.trial.case_id == question.question_id and attempt.is_answer:
                    first = first.after(attempt.trial.model, stage="answered", run_id=attempt.run_id)
            services = RoundServices(self._services.runs, self._services.models, archive, lambda: datetime.now(UTC))
            runner = RoundRunner(services, session, first, language, lambda changed: self._tell(owner, changed))
            task = asyncio.create_task(self._carry_out(session_id, runner))
            self._running[owner] = _Running(session_id, task)
            held = claims.pop_all()
        # A callback and no `finally`: a task that is cancelled before its first step never runs that.
        task.add_done_callback(lambda _: self._end(owner, session_id, held))
        self._tell(owner, first)
        return first

    def running(self, owner: Owner = LOCAL) -> str | None:
        """Return the id of the session of this owner whose question is being answered; None if there is none."""
        running = self._running.get(owner)
        return None if running is None else running.session_id

    def round(self, session_id: str, owner: Owner | None = None) -> Round | None:
        """Return the last round of a session since the program started; None if it had none."""
        told = self._rounds.get(session_id)
        return told[1] if told is not None and may_see(told[0], owner) else None

    async def watch(self, session_id: str, owner: Owner = LOCAL) -> AsyncGenerator[Round, None]:
        """Yield the last round of a session, now and after each change, until nobody answers any more."""
        last: Round | None = None
        while True:
            news, current = self._news, self.round(session_id, owner)
            is_over = self.running(owner) != session_id
            if current is not None and current != last:
                last = current
                yield current
            if is_over:
                return
            await news.wait()

    async def stop(self, owner: Owner = LOCAL) -> None:
        """Stop the models that answer for this owner; what they wrote is kept."""
        running = self._running.get(owner)
        if running is None:
            return
        asked = [turn.run_id for turn in self._rounds[running.session_id][1].turns if turn.stage == "asked"]
        running.task.cancel()
        await asyncio.gather(running.task, return_exceptions=True)
        for run_id in asked:
            if run_id is not None and self._services.runs.is_running(run_id):
                self._services.runs.stop(run_id)
                await self._services.runs.ended(run_id)

    async def delete(self, session_id: str, owner: Owner = LOCAL) -> None:
        """Delete a session with its questions and votes, stopped first if it is running. Raises SessionUnknown."""
        if self.running(owner) == session_id:
            await self.stop(owner)
        await asyncio.to_thread(self.archive.seen_by(owner).delete, session_id)
        self._rounds.pop(session_id, None)

    async def _carry_out(self, session_id: str, runner: RoundRunner) -> None:
        try:
            await runner.run()
        except LlmfirstError as error:
            runner.fail(error)
        except Exception:  # the task ends here: the answers are stored, and the log has the traceback
            logger.exception("a question of the session %s met an error in the program", session_id)
            runner.fail(LlmfirstError("A bug in llmfirst stopped this question; the log has the details. Ask again."))

    def _end(self, owner: Owner, session_id: str, held: ExitStack) -> None:
        held.close()
        del self._running[owner]
        round = self._rounds[session_id][1]
        for turn in round.turns:
            if not turn.is_over:
                round = round.after(turn.entrant, stage="stopped", expected_seconds=None)
        self._tell(owner, round)

    def _tell(self, owner: Owner, changed: Round) -> None:
        self._rounds[changed.session_id] = (owner, changed)
        news, self._news = self._news, asyncio.Event()
        news.set()


def _same(fairness: Fairness, profile: ProfileName, most_tokens: int) -> dict[str, object]:
    """Return the settings that are the same for all entrants in a mode."""
    match fairness:
        case "as_experienced":
            return {}
        case "same_request":
            return {"profile": profile}
        case "same_length":
            return {"most_tokens": most_tokens, "review": False}
        case never:
            assert_never(never)
