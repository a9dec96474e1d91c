"""The file of an exported session: its lines, and how they are read and checked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter

from evals.analysis.export_file import (
    EndLine,
    ExchangeError,
    Export,
    FileHead,
    RunLine,
    check_run,
    checked_lines,
    file_text,
    is_export_of,
    parsed,
)
from evals.sessions.judgement import Judgement
from evals.sessions.session import Session, SessionAsk, SessionQuestion
from evals.sessions.votes import Vote
from llmfirst import Value

Line = TypeVar("Line", bound=Value)


class SessionHead(FileHead):
    kind: Literal["llmfirst-session"] = "llmfirst-session"


def _check_id(session: Session) -> Session:
    if not re.fullmatch("[0-9a-f]{1,32}", session.session_id):  # it becomes part of file names
        raise ValueError("its id is not one of llmfirst")
    return session


class SessionLine(Value):
    kind: Literal["session"] = "session"
    session: Annotated[Session, AfterValidator(_check_id)]


class QuestionLine(Value):
    kind: Literal["question"] = "question"
    question: SessionQuestion


class SessionAskLine(Value):
    kind: Literal["session_ask"] = "session_ask"
    ask: SessionAsk


class VoteLine(Value):
    kind: Literal["vote"] = "vote"
    vote: Vote


class JudgementLine(Value):
    kind: Literal["judgement"] = "judgement"
    judgement: Judgement


_lines: Final[TypeAdapter[Value]] = TypeAdapter(
    Annotated[
        SessionHead | SessionLine | QuestionLine | SessionAskLine | RunLine | VoteLine | JudgementLine | EndLine,
        Field(discriminator="kind"),
    ]
)


@dataclass(frozen=True)
class SessionExport:
    """The content of a file, checked: the hash chain of each run holds, and all belongs to the session."""

    session: Session
    questions: tuple[SessionQuestion, ...]
    asks: tuple[SessionAsk, ...]
    runs: tuple[RunLine, ...]
    votes: tuple[Vote, ...]
    judgements: tuple[Judgement, ...]


def read_any_export(path: str) -> Export | SessionExport:
    """Read a file that `export` wrote, of an evaluation or of a session. Raises ExchangeError."""
    text = file_text(path)
    return parsed_session(text) if is_export_of(SessionHead, text) else parsed(text)


def read_session_export(path: str) -> SessionExport:
    """Read the file of a session. Raises ExchangeError."""
    return parsed_session(file_text(path))


def parsed_session(text: str) -> SessionExport:
    """Check the text of a file. Raises ExchangeError."""
    lines = checked_lines(text, "session", SessionHead, _lines)
    sessions = [line.session for line in _of(SessionLine, lines)]
    if len(sessions) != 1:
        raise ExchangeError(f"The file contains {len(sessions)} sessions; one is expected. Export it again.")
    export = SessionExport(
        sessions[0],
        tuple(line.question for line in _of(QuestionLine, lines)),
        tuple(line.ask for line in _of(SessionAskLine, lines)),
        tuple(_of(RunLine, lines)),
        tuple(line.vote for line in _of(VoteLine, lines)),
        tuple(line.judgement for line in _of(JudgementLine, lines)),
    )
    for run in export.runs:
        check_run(run)
    _check_that_all_belongs_to(export)
    return export


def _check_that_all_belongs_to(export: SessionExport) -> None:
    """Raise ExchangeError for an answer or a vote that is not of this session."""
    entrants = {entrant.key for entrant in export.session.entrants}
    questions = {question.question_id for question in export.questions}
    runs = {run.run_id for run in export.runs}
    asked = {ask.run_id: ask.question_id for ask in export.asks}
    for ask in export.asks:
        if ask.entrant not in entrants or ask.question_id not in questions or ask.run_id not in runs:
            raise ExchangeError(f"Run {ask.run_id} does not belong to this session: export the session again.")
    for vote in export.votes:
        if {asked.get(vote.left), asked.get(vote.right)} != {vote.question_id} or vote.left == vote.right:
            raise ExchangeError(f"A vote on {vote.left} is on no pair of this session: export the session again.")


def _of(shape: type[Line], lines: Iterable[Value]) -> list[Line]:
    return [line for line in lines if isinstance(line, shape)]
