"""Exports an evaluation to a file of JSON lines and imports it on another machine."""

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from evals.analysis.human_labels import label_tasks
from evals.calibration.answers import GOLD_LANGUAGES, load_gold
from evals.calibration.calibration import gold_questions
from evals.judge.judged_answers import judge_answers
from evals.judge.questions import questions_to_judge, yes_no_key
from evals.records.archive import Archive, EvaluationUnknown, EvaluationUnreadable, first_problem
from evals.records.attempts import Ask
from evals.records.evaluation import Evaluation
from evals.records.loop_lag import HarnessTiming
from evals.records.opinions import HumanLabel, YesNo
from llmfirst import (
    LOCAL,
    AnswerEvent,
    CallFinished,
    LlmfirstError,
    QuestionSubmitted,
    RunUnknown,
    RunUnreadable,
    Value,
    fold,
    verify,
)

logger = logging.getLogger(__name__)

_VERSION: Final = 1


class ExchangeError(LlmfirstError):
    """The file is not a complete evaluation of this version; nothing was imported."""


class _Head(Value):
    model_config = ConfigDict(extra="ignore")  # later versions may add fields
    kind: Literal["llmfirst-evaluation"] = "llmfirst-evaluation"
    version: int = _VERSION


def _check_id(evaluation: Evaluation) -> Evaluation:
    if not re.fullmatch("[0-9a-f]{1,32}", evaluation.evaluation_id):  # it becomes part of file names
        raise ValueError("its id is not one of llmfirst")
    return evaluation


def _check_numbers(events: tuple[AnswerEvent, ...]) -> tuple[AnswerEvent, ...]:
    """Refuse what services told in impossible numbers: the ledger keeps these only of older versions' runs here."""
    for position, event in enumerate(events):
        if isinstance(event, CallFinished):
            for name, told in (("usage", event.call.usage), ("timings", event.call.timings)):
                try:
                    if told is not None:
                        type(told).model_validate(dict(told))
                except ValidationError as error:
                    raise ValueError(f"{position}.call.{name}.{first_problem(error)}") from error
    return events


class _EvaluationLine(Value):
    kind: Literal["evaluation"] = "evaluation"
    evaluation: Annotated[Evaluation, AfterValidator(_check_id)]


class _AskLine(Value):
    kind: Literal["ask"] = "ask"
    ask: Ask


class _RunLine(Value):
    kind: Literal["run"] = "run"
    run_id: str = Field(pattern=r"^[0-9a-f]{1,32}$")
    events: Annotated[tuple[AnswerEvent, ...], FailFast(), AfterValidator(_check_numbers)] = Field(min_length=1)


class _ReadingLine(Value):
    kind: Literal["reading"] = "reading"
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    reading: YesNo


class _CanaryLine(Value):
    kind: Literal["canary"] = "canary"
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    reading: YesNo


class _LabelLine(Value):
    kind: Literal["label"] = "label"
    label: HumanLabel


class _HealthLine(Value):
    kind: Literal["health"] = "health"
    health: HarnessTiming


class _EndLine(Value):
    """The last line: the hash of all lines before it, which reveals a file that was cut off or changed."""

    kind: Literal["end"] = "end"
    sha256: str


_Line = Annotated[
    _Head | _EvaluationLine | _AskLine | _RunLine | _ReadingLine | _CanaryLine | _LabelLine | _HealthLine | _EndLine,
    Field(discriminator="kind"),
]
_lines: TypeAdapter[_Line] = TypeAdapter(_Line)


def exported(archive: Archive, evaluation: Evaluation) -> Iterator[str]:
    """Yield the lines of the file, each one JSON object without a line break."""
    digest = hashlib.sha256()
    for line in _exported(archive, evaluation):
        digest.update(f"{line}\n".encode())
        yield line
    yield _EndLine(sha256=digest.hexdigest()).model_dump_json()


def _exported(archive: Archive, evaluation: Evaluation) -> Iterator[str]:
    yield _Head().model_dump_json()
    yield _EvaluationLine(evaluation=evaluation).model_dump_json(by_alias=True)
    for ask in archive.asks(evaluation.evaluation_id):
        try:
            run = archive.store.load(ask.run_id, archive.owner)
        except RunUnknown:
            continue
        if run.has_ended and not run.unreadable:  # running answers are left out
            yield _AskLine(ask=ask).model_dump_json()
            yield _RunLine(run_id=ask.run_id, events=run.events).model_dump_json()
    attempts = archive.attempts(evaluation.evaluation_id)
    if evaluation.judge is not None:
        own = questions_to_judge(evaluation, attempts)
        gold = [question for language in GOLD_LANGUAGES for question in gold_questions(load_gold(language))]
        needed = {yes_no_key(*question) for question in (*own, *gold)}
        for key, reading in archive.readings(evaluation.judge).items():
            if key in needed:
                yield _ReadingLine(key=key, reading=reading).model_dump_json()
        for key, reading in archive.readings(evaluation.judge, evaluation.evaluation_id).items():
            yield _CanaryLine(key=key, reading=reading).model_dump_json()
    labelled = {task.key for task in label_tasks(judge_answers(evaluation, attempts, {}))}
    for label in archive.human_labels():
        if label.key in labelled:
            yield _LabelLine(label=label).model_dump_json()
    yield _HealthLine(health=archive.health(evaluation.evaluation_id)).model_dump_json()


@dataclass(frozen=True)
class Export:
    """The content of a file, checked: the hash chain of each run holds."""

    evaluation: Evaluation
    lines: tuple[_Line, ...]


def imported(archive: Archive, text: str) -> Evaluation:
    """Store the evaluation from the text of a file, as `parsed` and `kept` do."""
    return kept(archive, parsed(text))


def read_export(path: str) -> Export:
    """Read a file that `export` wrote. Raises ExchangeError."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExchangeError(
            f"{Path(path).name} cannot be read ({error}): choose a file that `export` wrote."
        ) from error
    return parsed(text)


def parsed(text: str) -> Export:
    """Check the text of a file. Raises ExchangeError."""
    # Not splitlines(): it would also split at U+2028, which JSON strings may contain.
    json_lines = [line for part in text.split("\n") if (line := part.strip("\r \t"))]
    _check_head(json_lines)
    lines = [_line(number, line) for number, line in enumerate(json_lines, start=1)]
    end = lines[-1]
    if not isinstance(end, _EndLine) or end.sha256 != _sha256(json_lines[:-1]):
        raise ExchangeError("The file was cut off or changed after it was written: export the evaluation again.")
    evaluations = [line.evaluation for line in lines if isinstance(line, _EvaluationLine)]
    if len(evaluations) != 1:
        raise ExchangeError(f"The file contains {len(evaluations)} evaluations; one is expected. Export it again.")
    runs = [line for line in lines if isinstance(line, _RunLine)]
    for run in runs:
        _check(run)
    asks = [line.ask for line in lines if isinstance(line, _AskLine)]
    _check_asks(evaluations[0], asks, {run.run_id for run in runs})
    return Export(evaluations[0], tuple(lines))


def kept(archive: Archive, export: Export) -> Evaluation:
    """Store the evaluation of a file and return it. Raises ExchangeError, and then stores nothing.

    Records that exist already are not changed. Everything is stored for the archive's owner, under ids that cannot
    collide with those of other owners.
    """
    runs = [line for line in export.lines if isinstance(line, _RunLine)]
    run_ids = {run.run_id: _own_run_id(archive, run.run_id) for run in runs}
    evaluation = _with_own_id(archive, export.evaluation)
    _check_is_new(archive, evaluation)
    _keep(archive, evaluation, [_renamed(line, run_ids) for line in export.lines])
    return evaluation


def _with_own_id(archive: Archive, evaluation: Evaluation) -> Evaluation:
    given = evaluation.evaluation_id
    return evaluation.model_copy(update={"evaluation_id": _own_id(archive, given, lambda seen: seen.load(given))})


def _own_run_id(archive: Archive, given: str) -> str:
    return _own_id(archive, given, lambda seen: seen.store.load(given, seen.owner))


def _own_id(archive: Archive, given: str, load: Callable[[Archive], object]) -> str:
    """Return the id under which a record with the id `given` is stored for the archive's owner.

    If the owner has this record already, its id stays. LOCAL keeps the given id if it is free. In all other cases the
    id is derived from the owner's name, so that nobody can find out whether somebody else has a record with this id.
    """
    everything = Archive(archive.documents, archive.store)
    if _is_there(archive, load) or (archive.writes_as == LOCAL and not _is_there(everything, load)):
        return given
    return hashlib.sha256(f"{archive.writes_as}\n{given}".encode()).hexdigest()[:32]


def _is_there(archive: Archive, load: Callable[[Archive], object]) -> bool:
    try:
        load(archive)
    except (EvaluationUnreadable, RunUnreadable):
        return True
    except (EvaluationUnknown, RunUnknown):
        return False
    return True


def _renamed(line: _Line, run_ids: Mapping[str, str]) -> _Line:
    match line:
        case _AskLine(ask=ask):
            return _AskLine(ask=ask.model_copy(update={"run_id": run_ids[ask.run_id]}))
        case _RunLine(run_id=run_id, events=(first, *events)):
            own = {"run_id": run_ids[run_id]}
            return _RunLine(events=(first.model_copy(update=own), *events), **own)
        case _HealthLine(health=health):
            lags = {run_ids.get(run_id, run_id): lag for run_id, lag in health.lags.items()}
            return _HealthLine(health=health.model_copy(update={"lags": lags}))
        case _:
            return line


def _keep(archive: Archive, evaluation: Evaluation, lines: Sequence[_Line]) -> None:
    for run in (line for line in lines if isinstance(line, _RunLine)):
        try:
            archive.store.load(run.run_id, archive.owner)
        except RunUnreadable as error:  # it is stored already
            logger.warning("%s", error)
        except RunUnknown:
            archive.store.append(run.run_id, 0, run.events, archive.writes_as)
    known_runs = {ask.run_id for ask in archive.asks(evaluation.evaluation_id)}
    known_readings = {} if evaluation.judge is None else archive.readings(evaluation.judge)
    known_labels = archive.labels()
    for line in lines:
        if isinstance(line, _AskLine) and line.ask.run_id not in known_runs:
            archive.keep_ask(evaluation.evaluation_id, line.ask)
        elif isinstance(line, _ReadingLine) and evaluation.judge is not None and line.key not in known_readings:
            archive.take_in_reading(evaluation.judge, line.key, line.reading)
        elif isinstance(line, _CanaryLine) and evaluation.judge is not None and not known_runs:
            archive.keep_reading(evaluation.judge, line.key, line.reading, evaluation.evaluation_id)
        elif isinstance(line, _LabelLine) and line.label.key not in known_labels.get(line.label.person, {}):
            archive.keep_label(line.label)
        elif isinstance(line, _HealthLine) and not known_runs:
            archive.keep_health(evaluation.evaluation_id, line.health)
    archive.add(evaluation)


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _check_head(lines: Sequence[str]) -> None:
    """Raise ExchangeError unless the file is an evaluation of this version; only then can its other lines be parsed."""
    try:
        head = _Head.model_validate_json(lines[0] if lines else "")
    except ValidationError as error:
        raise ExchangeError(
            "This file is not an evaluation of llmfirst: export one with `python -m evals export`."
        ) from error
    if head.version != _VERSION:
        raise ExchangeError(
            f"The file has version {head.version}, but this llmfirst reads version {_VERSION}: update the older one."
        )


def _line(number: int, line: str) -> _Line:
    try:
        return _lines.validate_json(line)
    except ValidationError as error:
        raise ExchangeError(
            f"Line {number} of the file cannot be read ({first_problem(error)}): export the evaluation again."
        ) from error


def _check(run: _RunLine) -> None:
    first = run.events[0]
    if not isinstance(first, QuestionSubmitted) or first.run_id != run.run_id:
        raise ExchangeError(f"Run {run.run_id} does not begin with its own question: export the evaluation again.")
    try:
        head = fold(run.events).metrics().ledger_head
    except KeyError as error:  # text of a phase that never started
        raise ExchangeError(
            f"The events of run {run.run_id} are in the wrong order: export the evaluation again."
        ) from error
    proof = verify(run.events, expected_head=head)
    if not proof.chain_holds:
        raise ExchangeError(f"The record of run {run.run_id} was changed: {' '.join(proof.problems)}")


def _check_asks(evaluation: Evaluation, asks: Iterable[Ask], runs: set[str]) -> None:
    cases, models = {case.id for case in evaluation.suite.cases}, {model.key for model in evaluation.models}
    for ask in asks:
        trial = ask.trial
        is_trial = trial.case_id in cases and trial.model in models and trial.repeat < evaluation.repeats
        if not is_trial or ask.run_id not in runs:
            raise ExchangeError(f"Run {ask.run_id} does not belong to this evaluation: export the evaluation again.")


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
