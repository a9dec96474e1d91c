"""The commands on stored evaluations; they work while the server is running too."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.analysis.compare import Matters, compare
from evals.analysis.summary import summary_of
from evals.analysis.transfer import exported, kept
from evals.analysis.trend import trend_of
from evals.cli.comparing import session_printed
from evals.cli.outcome import CANNOT_TELL, FAILED, PASSED, comparison_json, printed
from evals.judge.judged_answers import JudgedAnswer
from evals.records.archive import Archive, EvaluationUnreadable
from evals.records.captions import caption_of
from evals.records.local_time import local_time
from evals.report.export import answers_csv, answers_jsonl
from evals.report.file_name import file_stem
from evals.report.page import report_html
from evals.report.sentences import comparison_sentence, proves_sentence
from evals.report.session_page import report_name, session_report_html
from evals.sessions.archive import SessionArchive, SessionUnreadable
from evals.sessions.export_file import SessionExport, read_any_export
from evals.sessions.summary import SessionSummary, summary_of_session
from evals.sessions.transfer import exported_session, kept_session
from evals.suite.apart import apart
from evals.suite.cases import shipped
from llmfirst import LOCAL, DocumentStore, RunStore, Settings, SetupError, open_database, visible


@contextmanager
def _opened(settings: Settings) -> Iterator[Archive]:
    """Open the archive without the rest of the services; it shows the evaluations of all owners."""
    database = open_database(settings.data_dir, settings.database)
    try:
        yield Archive(DocumentStore(database), RunStore(database))
    finally:
        database.dispose()


def report_command(given: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as everything:
        sessions = SessionArchive(everything)
        if sessions.has(given.evaluation):
            return _session_report(given, summary_of_session(sessions.beside(given.evaluation), given.evaluation))
        evaluation = everything.load(given.evaluation)
        archive = everything.beside(given.evaluation)
        summary = summary_of(archive, evaluation)
        trend = trend_of(archive, summary)
    path = given.html or Path(f"{file_stem(evaluation, summary.caption)}.html")
    written = {path: report_html(summary, trend, given.language, Matters.of(settings))}
    if given.csv is not None:
        written[given.csv] = answers_csv(summary.answers)
    if given.jsonl is not None:
        written[given.jsonl] = answers_jsonl(summary.answers)
    for place, text in written.items():
        _write(place, text)
        sys.stderr.write(f"{place}\n")
    return printed(given, summary)


def _session_report(given: argparse.Namespace, summary: SessionSummary) -> int:
    if given.csv is not None or given.jsonl is not None:
        raise SetupError("--csv and --jsonl are of evaluations: a session has `export` and `report --json`.")
    path = given.html or Path(report_name(summary.session))
    _write(path, session_report_html(summary, given.language))
    sys.stderr.write(f"{path}\n")
    return session_printed(given, summary)


def compare_command(given: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as archive:
        sides = [_side(archive, name) for name in (given.first, given.second)]
    comparing = compare(sides[0], sides[1], Matters.of(settings))
    names = (given.first, given.second)
    if given.json:
        sys.stdout.write(json.dumps(comparison_json(comparing), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(comparison_sentence(comparing, names, "en") + "\n")
        for change in comparing.changes:
            said = [one for one in (change.kind, change.pace) if one != "same"]
            if said:
                sys.stdout.write(f"  {', '.join(said)}: {change.case_id}\n")
    if "worse" in comparing.verdicts:
        return FAILED
    return PASSED if "better" in comparing.verdicts else CANNOT_TELL


def _side(archive: Archive, name: str) -> tuple[JudgedAnswer, ...]:
    evaluation_id, _, model = name.partition(":")
    evaluation = archive.load(evaluation_id)
    keys = [one.key for one in evaluation.models]
    if model and model not in keys:
        raise SetupError(f"The evaluation {evaluation_id} has no model {model}: choose of {', '.join(keys)}.")
    if not model and len(keys) > 1:
        raise SetupError(f"The evaluation {evaluation_id} has several models: name one, as {evaluation_id}:{keys[0]}.")
    return summary_of(archive.beside(evaluation_id), evaluation).believed_of(model or keys[0])


def export_command(given: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as everything:
        sessions = SessionArchive(everything)
        if sessions.has(given.evaluation):
            lines = list(exported_session(sessions.beside(given.evaluation), sessions.load(given.evaluation)))
        else:
            lines = list(exported(everything.beside(given.evaluation), everything.load(given.evaluation)))
    _write(given.file, "\n".join(lines) + "\n")
    sys.stderr.write(f"{given.file}: {len(lines)} lines\n")
    return PASSED


def import_command(given: argparse.Namespace, settings: Settings) -> int:
    export = asyncio.run(apart(read_any_export, str(given.file.absolute())))
    with _opened(settings) as archive:
        own = archive.seen_by(LOCAL)
        if isinstance(export, SessionExport):
            stored_id = kept_session(SessionArchive(own), export).session_id
        else:
            stored_id = kept(own, export).evaluation_id
    sys.stdout.write(f"{stored_id}\n")
    return PASSED


def suites_command(_: argparse.Namespace, __: Settings) -> int:
    for suite in shipped():
        sys.stdout.write(f"{suite.name}: {suite.title}, {len(suite.cases)} items\n")
        sys.stdout.write(f"  {proves_sentence(suite, True, 'en')}\n")
    return PASSED


def list_command(_: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as archive:
        for one in archive.listed():
            if isinstance(one, EvaluationUnreadable):
                sys.stdout.write(f"{one.evaluation_id}  {visible(str(one))}\n")
                continue
            named = f"{one.suite.name}  {', '.join(model.key for model in one.models)}"
            called = f"  {name}" if (name := caption_of(archive, one.evaluation_id).name) else ""
            sys.stdout.write(f"{one.evaluation_id}  {local_time(one.created_at)}  {visible(named + called)}\n")
        for session in SessionArchive(archive).listed():
            if isinstance(session, SessionUnreadable):
                sys.stdout.write(f"{session.session_id}  {visible(str(session))}\n")
                continue
            named = f"session {session.title}  {', '.join(entrant.key for entrant in session.entrants)}"
            sys.stdout.write(f"{session.session_id}  {local_time(session.created_at)}  {visible(named)}\n")
    return PASSED


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")  # the ends of lines are those of the format
    except OSError as error:
        raise SetupError(f"{path} cannot be written ({error.strerror}): choose another place.") from error
