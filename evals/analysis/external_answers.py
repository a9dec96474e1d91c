"""Judges answers from a file with the same criteria, anchors and checks of form as the answers of an evaluation."""

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
from evals.suite.problems import SuiteError, checked_all
from evals.suite.raw import Problem, invalid
from llmfirst import CorrectedRate, Proportion, Value, corrected_rate, proportion

_LIST: Final = Field(strict=False, min_length=1)


class ExternalAnswer(Value):
    """An answer from a file, with its question and the criteria that judge it; its anchors are those of a case."""

    model_config = ConfigDict(strict=True)
    question: Text
    answer: Text
    reference: Text
    criteria: tuple[Criterion, ...] = _LIST
    id: Name | None = None
    language: Language | None = None
    checks: Checks = Checks()
    good: Text | None = None
    """The good anchor; if None, the reference."""
    bad: Text | None = None
    """The bad anchor; if None, a text that fulfils no claim."""

    @model_validator(mode="after")
    def _fault_has_an_example(self) -> Self:
        if self.bad is None and any(criterion.negative for criterion in self.criteria):
            raise invalid("no_bad")
        return self

    @property
    def case(self) -> Case:
        """The item by which the answer is judged."""
        return Case.model_validate(self.model_dump(by_alias=True, exclude={"answer"}, exclude_none=True))


@dataclass(frozen=True)
class JudgedExternalAnswer:
    """An external answer with its verdicts."""

    given: ExternalAnswer
    verdicts: Mapping[int, Verdict]
    """The verdict on each criterion, by its index."""
    item: ItemVerdict
    """Whether the answer passes as a whole."""
    to_the_judge: tuple[str, ...]
    """Passages that address the judge; if there are any, only a person can pass the answer."""


@dataclass(frozen=True)
class JudgedExternalAnswers:
    """All answers of a file with their verdicts, and what these are worth."""

    answers: tuple[JudgedExternalAnswer, ...]
    trust: Trust
    passed: Proportion
    """Of the decided answers."""
    abstained: int
    rates: Mapping[Language, CorrectedRate]
    """The pass rates corrected for the judge's errors, by language; empty unless `trust` is "measured"."""
    unanchored: int
    """The number of answers without both a good and a bad answer of their own as anchors."""


def load_external_answers(path: Path) -> tuple[ExternalAnswer, ...]:
    """Return the answers of a YAML or JSONL file. Raises SuiteError, which lists the problems by line."""
    raw = read_raw(path)
    results, problems = checked_all(ExternalAnswer, raw.found, SHAPES)
    if not results and not problems:
        problems = [Problem("no_answer")]
    if problems:
        raise SuiteError(problems, path.name)
    return tuple(result for result in results if isinstance(result, ExternalAnswer))


def questions_of(answers: Sequence[ExternalAnswer]) -> list[JudgeQuestion]:
    """Return all questions for the judge about these answers."""
    return [question for answer in answers for question in questions_about(answer.case, [answer.answer])]


def judge_external_answers(
    answers: Sequence[ExternalAnswer], readings: Mapping[str, YesNo], known: JudgeEvidence
) -> JudgedExternalAnswers:
    """Return the verdicts on the answers. Pure."""
    judged = tuple(_judged(answer, readings) for answer in answers)
    items = [answer.item for answer in judged]
    unanchored = sum(not answer.case.has_own_anchors for answer in answers)
    trust = trust_in({answer.language for answer in answers}, known, unanchored=unanchored)
    decided = len(items) - items.count("abstained")
    rates = _rates(judged, known) if trust == "measured" else {}
    return JudgedExternalAnswers(
        judged, trust, proportion(items.count("passed"), decided), items.count("abstained"), rates, unanchored
    )


def _rates(answers: Sequence[JudgedExternalAnswer], known: JudgeEvidence) -> dict[Language, CorrectedRate]:
    rates: dict[Language, CorrectedRate] = {}
    for language, calibration in known.calibrations.items():
        items = [answer.item for answer in answers if answer.given.language == language and answer.item != "abstained"]
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
