"""Reads a session and all that came of it from the archive, as one value for page, report and command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from evals.records.attempts import Attempt
from evals.sessions.archive import SessionArchive
from evals.sessions.session import Session, SessionQuestion
from evals.sessions.sources import Field, Source, field_of, of_session
from evals.sessions.standings import Tally, tally
from evals.sessions.votes import Battle


@dataclass(frozen=True)
class SessionSummary:
    """A session with its results so far. Field and tally are computed at first use."""

    session: Session
    questions: tuple[SessionQuestion, ...]
    answers: Mapping[tuple[str, str], Attempt]
    """By the id of the question and the key of the entrant."""
    source: Source
    hidden: frozenset[str] = frozenset()
    """The questions whose answers are still to be voted on without knowing who wrote them."""

    @cached_property
    def field(self) -> Field:
        return field_of([self.source])

    @cached_property
    def tally(self) -> Tally:
        return tally(self.source.battles)

    def is_hidden(self, question_id: str) -> bool:
        return question_id in self.hidden

    def battles_on(self, question_id: str) -> tuple[Battle, ...]:
        return tuple(battle for battle in self.source.battles if battle.pair.question_id == question_id)


def summary_of_session(archive: SessionArchive, session_id: str) -> SessionSummary:
    """Read a session and its results. Blocks its thread. Raises SessionUnknown and SessionUnreadable."""
    session = archive.load(session_id)
    answers = {(one.trial.case_id, one.trial.model): one for one in archive.attempts(session_id)}
    questions = archive.questions(session_id)
    source = of_session(archive, session)
    return SessionSummary(session, questions, answers, source, archive.hidden(session))
