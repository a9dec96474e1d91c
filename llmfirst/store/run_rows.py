"""The rows of one run: begun, ended, made searchable, and read back as far as they can be read."""

import logging
from collections.abc import Sequence

import sqlalchemy as sa
from pydantic import ValidationError

from llmfirst.answer import Answer, fold
from llmfirst.errors import RunUnreadable
from llmfirst.events import (
    AnswerEvent,
    PartlyRead,
    Phase,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    TextAdded,
    ThoughtAdded,
    answer_events,
    is_end,
)
from llmfirst.runs.owners import Owner
from llmfirst.store.history import ended_row, number_at, submitted_row
from llmfirst.store.search import searchable
from llmfirst.store.tables import events, run_texts, runs
from llmfirst.store.upsert import insert_into
from llmfirst.store.utf8 import in_utf8

logger = logging.getLogger(__name__)


def read_events(run_id: str, rows: Sequence[tuple[int, bytes]], *, has_ended: bool) -> tuple[AnswerEvent, ...]:
    """Return what can be read of a run. Raises RunUnreadable if this is not even its question."""
    read: list[AnswerEvent] = []
    begun: set[Phase] = set()
    for _, body in rows:
        try:
            event = answer_events.validate_json(body)
        except ValidationError:
            continue
        if isinstance(event, PhaseStarted):
            begun.add(event.phase)
        elif isinstance(event, TextAdded | ThoughtAdded | PhaseFinished) and event.phase not in begun:
            continue
        read.append(event)
    if not read or not isinstance(read[0], QuestionSubmitted):
        raise RunUnreadable(
            f"The run {run_id} cannot be read (its first event is missing or of a later version): it stays in the "
            "database as it is, and a newer llmfirst may read it."
        )
    lacks_end = has_ended and not is_end(read[-1])
    unreadable = rows[-1][0] + 1 - len(read) + lacks_end
    if unreadable == 0:
        return tuple(read)
    kept = [event for event in read if not is_end(event)]
    return (*kept, PartlyRead(elapsed_seconds=read[-1].elapsed_seconds, unreadable=unreadable))


def bodies_of(connection: sa.Connection, run_id: str) -> list[tuple[int, bytes]]:
    query = (
        sa.select(events.c.position, in_utf8(events.c.body))
        .where(events.c.run_id == run_id)
        .order_by(events.c.position)
    )
    return [(position, bytes_) for position, bytes_ in connection.execute(query)]


def begin_run(
    connection: sa.Connection, event: QuestionSubmitted, owner: Owner, *, is_background: bool, replica: str | None
) -> None:
    """Store a new run with the next free number, in the conversation of the run that it follows up."""
    parent = sa.select(runs.c.conversation_id).where(runs.c.run_id == event.parent_run_id, runs.c.owner == owner)
    row = submitted_row(event, owner, is_background=is_background)
    row |= {"conversation_id": connection.scalar(parent) or event.run_id, "replica": replica}
    insert = insert_into(connection, runs).on_conflict_do_nothing(index_elements=["number"])
    number = number_at(event.submitted_at)
    while connection.scalar(insert.values(**row, number=number).returning(runs.c.number)) is None:
        number += 1
    connection.execute(run_texts.insert().values(number=number, text=searchable(event.question, None)))


def end_run(connection: sa.Connection, run_id: str) -> None:
    """Store the figures and the text of a run that has ended."""
    answer = answer_of(connection, run_id)
    row = {"has_ended": True} if answer is None else ended_row(answer)
    connection.execute(runs.update().where(runs.c.run_id == run_id).values(row))
    index_text(connection, run_id, answer)


def answer_of(connection: sa.Connection, run_id: str) -> Answer | None:
    """Return the answer of a run that has ended; None if it cannot be read."""
    try:
        return fold(read_events(run_id, bodies_of(connection, run_id), has_ended=True))
    except RunUnreadable as error:
        logger.warning("%s", error)
        return None


def index_text(connection: sa.Connection, run_id: str, answer: Answer | None) -> None:
    """Make a run searchable that has ended; until then it is found by its question."""
    number, question = connection.execute(
        sa.select(runs.c.number, runs.c.question).where(runs.c.run_id == run_id)
    ).one()
    connection.execute(run_texts.delete().where(run_texts.c.number == number))  # the index has no update
    connection.execute(run_texts.insert().values(number=number, text=searchable(question, answer)))
