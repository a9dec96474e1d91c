"""Answers from elsewhere, judged as those of an evaluation are: by criteria, anchors and checks of form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pydantic import ConfigDict, Field, model_validator

from evals.analysis.trust import JudgeEvidence, Trust, trust_in
from evals.judge.injection import to_the_judge
from evals.judge.judged_answers import item_verdict_of, verdicts_of
from evals.judge.questions import JudgeQuestion, questions_about
from evals.judge.verdicts import ItemVerdict, Verdict
from evals.records.opinions import YesNo
from evals.suite.cases import SHAPES, Case, Checks, Criterion, Language, Name, Text
from evals.suite.files import read_raw
from evals.suite.problems import SuiteError, checked
from evals.suite.raw import Problem, RawItem, invalid
from llmfirst import CorrectedRate, Proportion, Value, corrected_rate, proportion

_LIST: Final = Field(strict=False, min_length=1)


class ExternalAnswer(Value):
    """An answer with what it is judged by; the anchors are those of a case."""

    model_config = ConfigDict(strict=True)
    question: Text
    answer: Text
    reference: Text
    criteria: tuple[Criterion, ...] = _LIST
    id: Name | None = None
    language: Language | None = None
    checks: Checks = Checks()
    good: Text | None = None
    bad: Text | None = None

    @model_validator(mode="after")
    def _fault_has_an_example(self) -> Self:
        if self.bad is None and any(one.negative for one in self.criteria):
            raise invalid("no_bad")
        return self

    @property
    def case(self) -> Case:
        """Return what it is judged by as an item."""
        return Case.model_validate(self.model_dump(by_alias=True, exclude={"answer"}, exclude_none=True))


@dataclass(frozen=True)
class JudgedExternalAnswer:
    """What came of one answer; `to_the_judge`: places where it talks to whoever judges it."""

    given: ExternalAnswer
    verdicts: Mapping[int, Verdict]
    item: ItemVerdict
    to_the_judge: tuple[str, ...]


@dataclass(frozen=True)
class JudgedExternalAnswers:
    """What came of all; `passed` counts decided answers. `rates`, by language, are there only where `trust` allows."""

    answers: tuple[JudgedExternalAnswer, ...]
    trust: Trust
    passed: Proportion
    abstained: int
    rates: Mapping[Language, CorrectedRate]
    unanchored: int
    """How many answers are compared with others than a good and a bad one of their item."""


def load_external_answers(path: Path) -> tuple[ExternalAnswer, ...]:
    """Return the answers of a YAML or JSONL file; SuiteError says what is wrong with it, by lines."""
    raw = read_raw(path)
    found = [checked(ExternalAnswer, one, SHAPES) for one in raw.found if isinstance(one, RawItem)]
    problems = [one for one in raw.found if isinstance(one, Problem)]
    problems += [problem for one in found if isinstance(one, list) for problem in one]
    if not found and not problems:
        problems = [Problem("no_answer")]
    if problems:
        raise SuiteError(problems, path.name)
    return tuple(one for one in found if isinstance(one, ExternalAnswer))


def questions_of(answers: Sequence[ExternalAnswer]) -> list[JudgeQuestion]:
    """Return all that a judge has to read of these answers."""
    return [asked for one in answers for asked in questions_about(one.case, [one.answer])]


def judge_external_answers(
    answers: Sequence[ExternalAnswer], readings: Mapping[str, YesNo], known: JudgeEvidence
) -> JudgedExternalAnswers:
    """Return the verdicts on the answers; pure."""
    found = tuple(_judged(one, readings) for one in answers)
    items = [one.item for one in found]
    unanchored = sum(not one.case.has_own_anchors for one in answers)
    trust = trust_in({one.language for one in answers}, known, unanchored=unanchored)
    decided = len(items) - items.count("abstained")
    rates = _rates(found, known) if trust == "measured" else {}
    return JudgedExternalAnswers(
        found, trust, proportion(items.count("passed"), decided), items.count("abstained"), rates, unanchored
    )


def _rates(found: Sequence[JudgedExternalAnswer], known: JudgeEvidence) -> dict[Language, CorrectedRate]:
    rates: dict[Language, CorrectedRate] = {}
    for language, calibration in known.calibrations.items():
        items = [one.item for one in found if one.given.language == language and one.item != "abstained"]
        rate = corrected_rate(items.count("passed"), len(items), calibration.confusion)
        if rate is not None:
            rates[language] = rate
    return rates


def _judged(given: ExternalAnswer, readings: Mapping[str, YesNo]) -> JudgedExternalAnswer:
    case = given.case
    verdicts = verdicts_of(case, given.answer, readings)
    return JudgedExternalAnswer(
        given, verdicts, item_verdict_of(case, given.answer, verdicts), to_the_judge(given.answer)
    )
