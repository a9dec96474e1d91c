"""Exports an evaluation from an archive to a file of JSON lines, and keeps one that another machine exported."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from evals.analysis.export_file import (
    AskLine,
    CanaryLine,
    EvaluationLine,
    ExchangeError,
    Export,
    Head,
    HealthLine,
    LabelLine,
    Line,
    MomentsLine,
    ReadingLine,
    RunLine,
    parsed,
    sealed,
)
from evals.analysis.human_labels import label_tasks
from evals.calibration.answers import GOLD_LANGUAGES, load_gold
from evals.calibration.gold_verdicts import gold_questions
from evals.judge.judged_answers import judge_answers
from evals.judge.questions import questions_to_judge, yes_no_key
from evals.records.archive import Archive, EvaluationUnknown
from evals.records.evaluation import Evaluation
from evals.records.moments import MOMENTS, AskedMoments
from llmfirst import LOCAL, RunUnknown, RunUnreadable

logger = logging.getLogger(__name__)


def exported(archive: Archive, evaluation: Evaluation) -> Iterator[str]:
    """Yield the lines of the file, each one JSON object without a line break."""
    yield from sealed(_exported(archive, evaluation))


def _exported(archive: Archive, evaluation: Evaluation) -> Iterator[str]:
    yield Head().model_dump_json()
    yield EvaluationLine(evaluation=evaluation).model_dump_json(by_alias=True)
    for ask in archive.asks(evaluation.evaluation_id):
        if (run := ended_run(archive, ask.run_id)) is not None:
            yield AskLine(ask=ask).model_dump_json()
            yield run.model_dump_json()
    attempts, moments = archive.attempts(evaluation.evaluation_id), archive.moments(evaluation.evaluation_id)
    if moments:
        yield MomentsLine(moments=AskedMoments(seconds=moments)).model_dump_json()
    if evaluation.judge is not None:
        own = questions_to_judge(evaluation, attempts, moments)
        gold = [question for language in GOLD_LANGUAGES for question in gold_questions(load_gold(language))]
        needed = {yes_no_key(*question) for question in (*own, *gold)}
        for key, reading in archive.readings(evaluation.judge).items():
            if key in needed:
                yield ReadingLine(key=key, reading=reading).model_dump_json()
        for key, reading in archive.readings(evaluation.judge, evaluation.evaluation_id).items():
            yield CanaryLine(key=key, reading=reading).model_dump_json()
    labelled = {
        (task.key, seconds)
        for seconds in (None, *MOMENTS)
        for task in label_tasks(judge_answers(evaluation, [one.stood_at(seconds) for one in attempts], {}))
    }
    for label in archive.human_labels():
        if (label.key, label.cut_seconds) in labelled:
            yield LabelLine(label=label).model_dump_json()
    yield HealthLine(health=archive.health(evaluation.evaluation_id)).model_dump_json()


def imported(archive: Archive, text: str) -> Evaluation:
    """Store the evaluation from the text of a file, as `parsed` and `kept` do."""
    return kept(archive, parsed(text))


def kept(archive: Archive, export: Export) -> Evaluation:
    """Store the evaluation of a file and return it. Raises ExchangeError, and then stores nothing.

    Records that exist already are not changed. Everything is stored for the archive's owner, under ids that cannot
    collide with those of other owners.
    """
    runs = [line for line in export.lines if isinstance(line, RunLine)]
    run_ids = own_run_ids(archive, runs)
    evaluation = _with_own_id(archive, export.evaluation)
    _check_is_new(archive, evaluation)
    _keep(archive, evaluation, [_renamed(line, run_ids) for line in export.lines])
    return evaluation


def _with_own_id(archive: Archive, evaluation: Evaluation) -> Evaluation:
    given = evaluation.evaluation_id
    return evaluation.model_copy(update={"evaluation_id": own_id(archive, given, lambda seen: seen.has(given))})


def ended_run(archive: Archive, run_id: str) -> RunLine | None:
    """Return the line of a run; None for one that is being written, was deleted, or cannot be read in whole."""
    try:
        run = archive.store.load(run_id, archive.owner)
    except RunUnknown:
        return None
    return RunLine(run_id=run_id, events=run.events) if run.has_ended and not run.unreadable else None


def own_run_ids(archive: Archive, runs: Iterable[RunLine]) -> dict[str, str]:
    """Return the id under which each run of a file is stored for the archive's owner, by its id there."""
    return {run.run_id: own_id(archive, run.run_id, partial(_has_run, run_id=run.run_id)) for run in runs}


def own_id(archive: Archive, given: str, is_there: Callable[[Archive], bool]) -> str:
    """Return the id under which a record with the id `given` is stored for the archive's owner.

    If the owner has this record already, its id stays. LOCAL keeps the given id if it is free. In all other cases the
    id is derived from the owner's name, so that nobody can find out whether somebody else has a record with this id.
    """
    everything = Archive(archive.documents, archive.store)
    if is_there(archive) or (archive.writes_as == LOCAL and not is_there(everything)):
        return given
    return hashlib.sha256(f"{archive.writes_as}\n{given}".encode()).hexdigest()[:32]


def _has_run(archive: Archive, run_id: str) -> bool:
    try:
        archive.store.load(run_id, archive.owner)
    except RunUnreadable as error:  # it is stored, and stays as it is
        logger.warning("%s", error)
        return True
    except RunUnknown:
        return False
    return True


def _renamed(line: Line, run_ids: Mapping[str, str]) -> Line:
    match line:
        case AskLine(ask=ask):
            return AskLine(ask=ask.model_copy(update={"run_id": run_ids[ask.run_id]}))
        case RunLine():
            return renamed_run(line, run_ids)
        case HealthLine(health=health):
            lags = {run_ids.get(run_id, run_id): lag for run_id, lag in health.lags.items()}
            return HealthLine(health=health.model_copy(update={"lags": lags}))
        case _:
            return line


def renamed_run(line: RunLine, run_ids: Mapping[str, str]) -> RunLine:
    """Return a run with the id under which it is stored."""
    first, *events = line.events
    own = {"run_id": run_ids[line.run_id]}
    return RunLine(events=(first.model_copy(update=own), *events), **own)


def keep_runs(archive: Archive, runs: Iterable[RunLine]) -> None:
    """Store the runs that are not stored yet; they are not in the history."""
    for run in runs:
        if not _has_run(archive, run.run_id):
            archive.store.append(run.run_id, 0, run.events, archive.writes_as, is_background=True)


def _keep(archive: Archive, evaluation: Evaluation, lines: Sequence[Line]) -> None:
    keep_runs(archive, (line for line in lines if isinstance(line, RunLine)))
    known_runs = {ask.run_id for ask in archive.asks(evaluation.evaluation_id)}
    known_readings = {} if evaluation.judge is None else archive.readings(evaluation.judge)
    known_labels = {(label.person, label.key, label.cut_seconds) for label in archive.human_labels()}
    for line in lines:
        if isinstance(line, AskLine) and line.ask.run_id not in known_runs:
            archive.keep_ask(evaluation.evaluation_id, line.ask)
        elif isinstance(line, ReadingLine) and evaluation.judge is not None and line.key not in known_readings:
            archive.take_in_reading(evaluation.judge, line.key, line.reading)
        elif isinstance(line, CanaryLine) and evaluation.judge is not None and not known_runs:
            archive.keep_reading(evaluation.judge, line.key, line.reading, evaluation.evaluation_id)
        elif isinstance(line, LabelLine):
            if (line.label.person, line.label.key, line.label.cut_seconds) not in known_labels:
                archive.keep_label(line.label)
        elif isinstance(line, MomentsLine) and not archive.moments(evaluation.evaluation_id):
            archive.ask_moments(evaluation.evaluation_id, line.moments)
        elif isinstance(line, HealthLine) and not known_runs:
            archive.keep_health(evaluation.evaluation_id, line.health)
    archive.add(evaluation)


def _check_is_new(archive: Archive, evaluation: Evaluation) -> None:
    """Raise ExchangeError if another evaluation has this id."""
    try:
        known = archive.load(evaluation.evaluation_id)
    except EvaluationUnknown:
        return
    if known != evaluation:
        raise ExchangeError(
            f"Another evaluation {evaluation.evaluation_id} exists already and was not changed: its questions, models "
            "or judge differ from those in the file."
        )
