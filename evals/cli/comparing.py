"""The command `session`: puts questions to several models without a browser, and prints what came of it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

from evals.cli.judging import judged_session, judgement_code
from evals.cli.outcome import FAILED, PASSED
from evals.cli.running import model_key
from evals.records.evaluation import split_entry
from evals.report.judgement import judgement_lines
from evals.report.session_page import session_data
from evals.report.standings_view import standings_view
from evals.run.service import Evaluations
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import Judgement
from evals.sessions.rounds import Round, Turn
from evals.sessions.service import Chosen, Sessions
from evals.sessions.session import Session, SessionQuestion, new_question, suite_questions
from evals.sessions.summary import SessionSummary, summary_of_session
from evals.suite.cases import open_suite
from llmfirst import (
    Language,
    Services,
    Settings,
    SetupError,
    UndecodableText,
    decode_text,
    open_services,
    visible,
)

_TITLE_CHARACTERS: Final = 80


def session(given: argparse.Namespace, settings: Settings) -> int:
    questions = questions_in(given)

    async def held() -> tuple[SessionSummary, Judgement | None]:
        async with open_services(settings) as services:
            return await hold(given, services, questions)

    summary, judgement = asyncio.run(held())
    code = session_printed(given, summary)
    if judgement is None or code == FAILED:
        return code
    if not given.json:
        sys.stdout.write("\n".join(judgement_lines(judgement, "en")) + "\n")
    return judgement_code(judgement)


async def hold(
    given: argparse.Namespace, services: Services, questions: Sequence[SessionQuestion]
) -> tuple[SessionSummary, Judgement | None]:
    """Hold a session, or go on with one, and let the judge vote if one is given; return what came of it.

    Cancelling stops the models.
    """
    evaluations = Evaluations(services)
    sessions = Sessions(services, evaluations)
    if given.resume is not None:
        held = await _found(given.resume, services, sessions)
    else:
        held = await _planned(given, services, sessions, questions)
    archive = await asyncio.to_thread(sessions.archive.beside, held.session_id)
    await sessions.begin(held, questions, owner=archive.evaluations.writes_as)
    sys.stderr.write(f"session {held.session_id}\n")
    try:
        await _ask_all(sessions, archive, held, given.language)
    finally:
        await sessions.stop(archive.evaluations.writes_as)
    judgement = None
    if given.judge is not None:
        judge = await evaluations.judge(given.judge)
        judgement = await judged_session(held.session_id, archive, judge)
    return await asyncio.to_thread(summary_of_session, archive, held.session_id), judgement


def questions_in(given: argparse.Namespace) -> list[SessionQuestion]:
    """Return the questions that are typed, those of a file with one in each line, and those of a suite."""
    lines = [] if given.lines is None else _lines(given.lines)
    typed = [new_question(text) for text in [*(given.questions or ()), *lines]]
    return typed + ([] if given.suite is None else suite_questions(open_suite(given.suite).suite))


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in decode_text(path.read_bytes()).text.splitlines() if line.strip()]
    except UndecodableText as error:
        raise SetupError(f"{path} cannot be read ({error}): save it as UTF-8.") from error


async def _planned(
    given: argparse.Namespace, services: Services, sessions: Sessions, questions: Sequence[SessionQuestion]
) -> Session:
    if not questions:
        raise SetupError("A session needs a question: use --question, --lines or --suite.")
    entries = [chosen_in(entry) for entry in given.models or ()]
    chosen = [Chosen(await model_key(services, entry.model), entry.settings) for entry in entries]
    return await sessions.plan(
        chosen,
        title=given.title or " ".join(questions[0].text.split())[:_TITLE_CHARACTERS],
        fairness=given.fairness,
        order=given.order,
        is_blind=False,
        profile=given.same_profile,
        most_tokens=given.same_tokens,
        seed=given.seed,
    )


async def _found(session_id: str, services: Services, sessions: Sessions) -> Session:
    held = await asyncio.to_thread(sessions.archive.load, session_id)
    for entrant in held.entrants:
        await model_key(services, entrant.model.model_key)
    return held


def chosen_in(entry: str) -> Chosen:
    """Return the model and the settings of `model:setting=value:...`, as keys of entrants are written.

    Raises SetupError.
    """
    return Chosen(*split_entry(entry))


async def _ask_all(sessions: Sessions, archive: SessionArchive, held: Session, language: Language) -> None:
    """Put every question to those who have not answered it, and print who does what."""
    owner = archive.evaluations.writes_as
    questions = await asyncio.to_thread(archive.questions, held.session_id)
    for number, question in enumerate(questions, 1):
        sys.stderr.write(f"question {number}/{len(questions)}\n")
        last = await sessions.ask(held.session_id, question, language=question.language or language, owner=owner)
        async with aclosing(sessions.watch(held.session_id, owner)) as rounds:
            async for now in rounds:
                _tell(last, now)
                last = now


def _tell(last: Round, now: Round) -> None:
    if now.is_in_turn and not last.is_in_turn:
        sys.stderr.write("  the models do not fit into memory together: one at a time\n")
    for turn in now.turns:
        if turn.stage != last.turn(turn.entrant).stage:
            sys.stderr.write(f"  {visible(turn.entrant)}: {_stage(turn)}\n")


def _stage(turn: Turn) -> str:
    if turn.problem is not None:
        return f"{turn.stage}: {visible(str(turn.problem))}"
    if turn.stage == "asked" and turn.loading_seconds is not None:
        return f"asked (its model was loaded in {turn.loading_seconds:.1f} s)"
    return turn.stage


def session_printed(given: argparse.Namespace, summary: SessionSummary) -> int:
    """Print what came of a session as text or, with `--json`, as JSON; return the exit code."""
    if given.json:
        sys.stdout.write(json.dumps(session_data(summary), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(f"{session_text(summary)}\n")
    answered = sum(answer.is_answer for answer in summary.answers.values())
    return PASSED if answered == len(summary.questions) * len(summary.session.entrants) else FAILED


def session_text(summary: SessionSummary) -> str:
    """Return the standings of a session as English text: a row for each entrant, then what can be said."""
    view = standings_view(summary.field, summary.tally, "en")
    heads = ["", *(head for head, _ in view.entrants[0].cells)]
    rows = [[one.name, *(f"{cell.value} {cell.small}".strip() for _, cell in one.cells)] for one in view.entrants]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    said = [f"{one.name}: {one.sentence}" for one in view.electorates]
    return "\n".join(visible(line.rstrip()) for line in (*lines, *said, view.speed) if line)
