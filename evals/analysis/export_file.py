"""The file of an exported evaluation: its lines, and how they are read and checked, as those of any such file are."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from evals.records.archive import first_problem
from evals.records.attempts import Ask
from evals.records.evaluation import Evaluation
from evals.records.loop_lag import HarnessTiming
from evals.records.moments import AskedMoments
from evals.records.opinions import HumanLabel, YesNo
from llmfirst import AnswerEvent, CallFinished, LlmfirstError, QuestionSubmitted, Value, fold, verify

AnyLine = TypeVar("AnyLine", bound=Value)
Content = Literal["evaluation", "session"]
_NAMED: Final[dict[Content, str]] = {"evaluation": "an evaluation", "session": "a session"}
_VERSION: Final = 1


class ExchangeError(LlmfirstError):
    """The file is not a complete evaluation of this version; nothing was imported."""


class FileHead(Value):
    """The first line: what the file is."""

    model_config = ConfigDict(extra="ignore")  # later versions may add fields
    version: int = _VERSION


class Head(FileHead):
    kind: Literal["llmfirst-evaluation"] = "llmfirst-evaluation"


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


class EvaluationLine(Value):
    kind: Literal["evaluation"] = "evaluation"
    evaluation: Annotated[Evaluation, AfterValidator(_check_id)]


class AskLine(Value):
    kind: Literal["ask"] = "ask"
    ask: Ask


class RunLine(Value):
    kind: Literal["run"] = "run"
    run_id: str = Field(pattern=r"^[0-9a-f]{1,32}$")
    events: Annotated[tuple[AnswerEvent, ...], FailFast(), AfterValidator(_check_numbers)] = Field(min_length=1)


class ReadingLine(Value):
    kind: Literal["reading"] = "reading"
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    reading: YesNo


class CanaryLine(Value):
    kind: Literal["canary"] = "canary"
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    reading: YesNo


class LabelLine(Value):
    kind: Literal["label"] = "label"
    label: HumanLabel


class MomentsLine(Value):
    kind: Literal["moments"] = "moments"
    moments: AskedMoments


class HealthLine(Value):
    kind: Literal["health"] = "health"
    health: HarnessTiming


class EndLine(Value):
    """The last line: the hash of all lines before it, which reveals a file that was cut off or changed."""

    kind: Literal["end"] = "end"
    sha256: str


Line = Annotated[
    Head
    | EvaluationLine
    | AskLine
    | RunLine
    | ReadingLine
    | CanaryLine
    | LabelLine
    | MomentsLine
    | HealthLine
    | EndLine,
    Field(discriminator="kind"),
]
_lines: TypeAdapter[Line] = TypeAdapter(Line)


@dataclass(frozen=True)
class Export:
    """The content of a file, checked: the hash chain of each run holds."""

    evaluation: Evaluation
    lines: tuple[Line, ...]


def read_export(path: str) -> Export:
    """Read a file that `export` wrote. Raises ExchangeError."""
    return parsed(file_text(path))


def file_text(path: str) -> str:
    """Return the text of a file. Raises ExchangeError."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExchangeError(
            f"{Path(path).name} cannot be read ({error}): choose a file that `export` wrote."
        ) from error


def parsed(text: str) -> Export:
    """Check the text of a file. Raises ExchangeError."""
    lines = checked_lines(text, "evaluation", Head, _lines)
    evaluations = [line.evaluation for line in lines if isinstance(line, EvaluationLine)]
    if len(evaluations) != 1:
        raise ExchangeError(f"The file contains {len(evaluations)} evaluations; one is expected. Export it again.")
    runs = [line for line in lines if isinstance(line, RunLine)]
    for run in runs:
        check_run(run)
    asks = [line.ask for line in lines if isinstance(line, AskLine)]
    _check_asks(evaluations[0], asks, {run.run_id for run in runs})
    return Export(evaluations[0], tuple(lines))


def sealed(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a file, and the last one, by which it is seen whether the file is whole."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
        yield line
    yield EndLine(sha256=digest.hexdigest()).model_dump_json()


def is_export_of(head: type[FileHead], text: str) -> bool:
    """Return whether a text begins like a file of this kind, of whatever version."""
    try:
        return "kind" in head.model_validate_json(text.partition("\n")[0]).model_fields_set
    except ValidationError:
        return False


def checked_lines(text: str, what: Content, head: type[FileHead], shape: TypeAdapter[AnyLine]) -> list[AnyLine]:
    """Return the lines of a file that is whole and not changed. Raises ExchangeError."""
    # Not splitlines(): it would also split at U+2028, which JSON strings may contain.
    json_lines = [line for part in text.split("\n") if (line := part.strip("\r \t"))]
    _check_head(json_lines, what, head)
    lines = [_line(number, line, what, shape) for number, line in enumerate(json_lines, start=1)]
    end = lines[-1]
    if not isinstance(end, EndLine) or end.sha256 != _sha256(json_lines[:-1]):
        raise ExchangeError(f"The file was cut off or changed after it was written: export the {what} again.")
    return lines


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _check_head(lines: Sequence[str], what: Content, head: type[FileHead]) -> None:
    """Raise ExchangeError unless the file is one of this version; only then can its other lines be parsed."""
    try:
        found = head.model_validate_json(lines[0] if lines else "")
    except ValidationError as error:
        raise ExchangeError(
            f"This file is not {_NAMED[what]} of llmfirst: export one with `python -m evals export`."
        ) from error
    if found.version != _VERSION:
        raise ExchangeError(
            f"The file has version {found.version}, but this llmfirst reads version {_VERSION}: update the older one."
        )


def _line(number: int, line: str, what: Content, shape: TypeAdapter[AnyLine]) -> AnyLine:
    try:
        return shape.validate_json(line)
    except ValidationError as error:
        raise ExchangeError(
            f"Line {number} of the file cannot be read ({first_problem(error)}): export the {what} again."
        ) from error


def check_run(run: RunLine) -> None:
    """Raise ExchangeError unless a run begins with its question and its hash chain holds."""
    first = run.events[0]
    if not isinstance(first, QuestionSubmitted) or first.run_id != run.run_id:
        raise ExchangeError(f"Run {run.run_id} does not begin with its own question: export it again.")
    try:
        head = fold(run.events).metrics().ledger_head
    except KeyError as error:  # text of a phase that never started
        raise ExchangeError(f"The events of run {run.run_id} are in the wrong order: export it again.") from error
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
