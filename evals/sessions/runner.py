"""Puts one question to the entrants of a session: each model is loaded first, then it is asked."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from evals.sessions.archive import SessionArchive
from evals.sessions.rounds import Round, Stage
from evals.sessions.session import Entrant, Session, SessionAsk
from llmfirst import AnswerEvent, AnswerFailed, AnswerFinished, Language, LlmfirstError, Models, Runs

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RoundServices:
    """The services that a round needs."""

    runs: Runs
    models: Models
    archive: SessionArchive
    now: Callable[[], datetime]


class RoundRunner:
    """Carries out one round and tells each change of it."""

    def __init__(
        self,
        services: RoundServices,
        session: Session,
        first: Round,
        language: Language,
        tell: Callable[[Round], None],
    ) -> None:
        self._services = services
        self._session = session
        self._language = language
        self._tell = tell
        self._round = first

    async def run(self) -> None:
        """Ask all entrants whose turn is not over, in the order that was drawn. Cancelling stops the models.

        Evaluations wait until the round is over, also while its models are loaded.
        """
        with self._services.runs.attended():
            await self._run()

    def fail(self, error: LlmfirstError) -> None:
        """Tell those who have not answered why they will not."""
        for turn in self._round.turns:
            if not turn.is_over:
                self._round = self._round.after(turn.entrant, stage="failed", problem=error, expected_seconds=None)
        self._say(self._round)

    async def _run(self) -> None:
        is_over = {turn.entrant for turn in self._round.turns if turn.is_over}
        left = [entrant for entrant in self._in_order() if entrant.key not in is_over]
        await self._services.models.offers()
        if not self._round.is_in_turn:
            left = await self._loaded(left)
            if await self._are_resident(left):
                await self._ask_at_once(left)
                return
            self._say(replace(self._round, is_in_turn=True))
        await self._expect(left)
        for entrant in left:
            for ready in await self._loaded([entrant]):
                await self._ask(ready)
            await self._expect(left)

    def _in_order(self) -> tuple[Entrant, ...]:
        return self._session.turns(self._round.question.question_id)

    async def _loaded(self, entrants: list[Entrant]) -> list[Entrant]:
        """Load the models one after the other; return the entrants whose model can be asked."""
        loaded: list[Entrant] = []
        for entrant in entrants:
            self._change(entrant, stage="loading", expected_seconds=None)
            try:
                seconds = await self._services.models.load(entrant.model.model_key, entrant.settings.context_tokens)
            except LlmfirstError as error:
                self._change(entrant, stage="failed", problem=error)
            else:
                earlier = self._round.turn(entrant.key).loading_seconds or 0.0
                # One that is loaded alone is asked at once; side by side it waits for the others.
                stage: Stage = "loading" if self._round.is_in_turn else "waiting"
                self._change(entrant, stage=stage, loading_seconds=earlier + seconds)
                loaded.append(entrant)
        return loaded

    async def _are_resident(self, entrants: list[Entrant]) -> bool:
        """Return whether all models are in memory together. A service that does not tell is believed."""
        for key in {entrant.model.model_key for entrant in entrants}:
            try:
                if not await self._services.models.is_loaded(key):
                    return False
            except LlmfirstError as error:
                logger.info("whether %s is in memory is not known: %s", key, error)
        return True

    async def _ask_at_once(self, entrants: list[Entrant]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for entrant in entrants:
                    group.create_task(self._ask(entrant))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _ask(self, entrant: Entrant) -> None:
        """Ask one entrant and wait for the end of its answer."""
        runs, archive = self._services.runs, self._services.archive
        turn = self._round.turn(entrant.key)
        ask = SessionAsk(
            question_id=self._round.question.question_id,
            entrant=entrant.key,
            run_id=secrets.token_hex(8),
            turn=turn.place,
            asked_at=self._services.now(),
            loading_seconds=turn.loading_seconds,
        )
        await asyncio.to_thread(archive.keep_ask, self._session.session_id, ask)
        try:
            await runs.start(
                self._round.question.text,
                language=self._language,
                model=entrant.model.model_key,
                settings=entrant.settings,
                grace_seconds=0.0,
                run_id=ask.run_id,
                owner=archive.runs_as(self._session),
            )
        except LlmfirstError as error:
            self._change(entrant, stage="failed", problem=error)
            return
        self._change(entrant, stage="asked", run_id=ask.run_id, expected_seconds=None)
        last: AnswerEvent | None = None
        # Leaving with grace_seconds=0 ends the run, so a cancelled round stops the model.
        async with aclosing(runs.follow(ask.run_id)) as events:
            async for event in events:
                last = event
        self._change(entrant, stage=_stage_after(last))

    async def _expect(self, entrants: list[Entrant]) -> None:
        """Tell those who wait how long the entrants before them usually take."""
        seconds, expected = 0.0, self._round
        for entrant in entrants:
            turn = self._round.turn(entrant.key)
            if turn.stage == "waiting":
                expected = expected.after(entrant.key, expected_seconds=seconds)
            if not turn.is_over:
                usual = await self._services.runs.usual_times(entrant.model.provider, entrant.model.model)
                seconds += self._session.deadline_seconds if usual is None else usual.total_seconds
        self._say(expected)

    def _change(self, entrant: Entrant, **changes: object) -> None:
        self._say(self._round.after(entrant.key, **changes))

    def _say(self, changed: Round) -> None:
        self._round = changed
        self._tell(changed)


def _stage_after(end: AnswerEvent | None) -> Stage:
    match end:
        case AnswerFinished(outcome="stopped"):
            return "stopped"
        case AnswerFailed():
            return "failed"
        case _:
            return "answered"
