"""Exports a session from an archive to a file of JSON lines, and keeps one that another machine exported."""

from collections.abc import Iterator

from evals.analysis.export_file import ExchangeError, sealed
from evals.analysis.transfer import ended_run, keep_runs, own_id, own_run_ids, renamed_run
from evals.sessions.archive import SessionArchive, SessionUnknown
from evals.sessions.export_file import (
    JudgementLine,
    QuestionLine,
    SessionAskLine,
    SessionExport,
    SessionHead,
    SessionLine,
    VoteLine,
)
from evals.sessions.session import Session


def exported_session(archive: SessionArchive, session: Session) -> Iterator[str]:
    """Yield the lines of the file, each one JSON object without a line break."""
    yield from sealed(_exported(archive, session))


def _exported(archive: SessionArchive, session: Session) -> Iterator[str]:
    session_id = session.session_id
    yield SessionHead().model_dump_json()
    yield SessionLine(session=session).model_dump_json(by_alias=True)
    for question in archive.questions(session_id):
        yield QuestionLine(question=question).model_dump_json()
    for ask in archive.asks(session_id):
        if (run := ended_run(archive.evaluations, ask.run_id)) is not None:
            yield SessionAskLine(ask=ask).model_dump_json()
            yield run.model_dump_json()
    for vote in archive.votes(session_id):
        yield VoteLine(vote=vote).model_dump_json()
    for judgement in archive.judgements(session_id):
        yield JudgementLine(judgement=judgement).model_dump_json()


def kept_session(archive: SessionArchive, export: SessionExport) -> Session:
    """Store the session of a file and return it. Raises ExchangeError, and then stores nothing.

    What exists already is not changed; its own title stays too. Everything is stored for the archive's owner, under ids
    that cannot collide with those of other owners.
    """
    evaluations = archive.evaluations
    run_ids = own_run_ids(evaluations, export.runs)
    given = export.session.session_id
    session_id = own_id(evaluations, given, lambda seen: SessionArchive(seen).has(given))
    session = export.session.model_copy(update={"session_id": session_id})
    is_new = _is_new(archive, session)
    keep_runs(evaluations, (renamed_run(run, run_ids) for run in export.runs))
    if is_new:
        archive.add(session)
    known = {question.question_id for question in archive.questions(session_id)}
    for question in export.questions:
        if question.question_id not in known:
            archive.keep_question(session_id, question)
        archive.unveil(session_id, question.question_id)  # a file tells who wrote what
    asked = {ask.run_id for ask in archive.asks(session_id)}
    for ask in export.asks:
        if (run_id := run_ids[ask.run_id]) not in asked:
            archive.keep_ask(session_id, ask.model_copy(update={"run_id": run_id}))
    voted = {vote.key for vote in archive.votes(session_id)}
    for vote in export.votes:
        own = vote.model_copy(update={"left": run_ids[vote.left], "right": run_ids[vote.right]})
        if own.key not in voted:
            archive.keep_vote(session_id, own)
    judged = {judgement.judge for judgement in archive.judgements(session_id)}
    for judgement in export.judgements:
        if judgement.judge not in judged:
            archive.keep_judgement(session_id, judgement)
    return archive.load(session_id)


def _is_new(archive: SessionArchive, session: Session) -> bool:
    """Return whether there is no such session yet. Raises ExchangeError if another one has its id."""
    try:
        known = archive.load(session.session_id)
    except SessionUnknown:
        return True
    if known.model_copy(update={"title": session.title}) != session:
        raise ExchangeError(
            f"Another session {session.session_id} exists already and was not changed: its models, mode or order "
            "differ from those in the file."
        )
    return False
