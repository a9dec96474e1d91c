"""Answers from elsewhere, judged as those of an evaluation are: by criteria, anchors and checks of form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pydantic import ConfigDict, Field, model_validator

from evals.analysis.trust import JudgeEvidence, Trust, trust_in
from evals.judge.injection import to_the_judge
from evals.judge.judged_answers import item_verdict_of, verdicts_of
from evals.judge.questions import JudgeQuestion, neutral_anchor, questions_about
from evals.judge.verdicts import ItemVerdict, Verdict
from evals.records.opinions import YesNo
from evals.suite.cases import SHAPES, Case, Checks, Criterion, Language, Line, Text
from evals.suite.files import Problem, RawItem, read_raw
from evals.suite.problems import checked, refusal
from llmfirst import CorrectedRate, Proportion, Value, corrected_rate, proportion

_LIST: Final = Field(strict=False, min_length=1)


class ExternalAnswer(Value):
    """An answer with what it is judged by.

    Without `good` the reference is the good anchor; without `bad` it is a text that meets no claim. A calibration
    says nothing of such anchors: it was made with those of the gold set, which were written for their items.
    """

    model_config = ConfigDict(strict=True)
    question: Text
    answer: Text
    reference: Text
    criteria: tuple[Criterion, ...] = _LIST
    id: Line | None = None
    language: Language | None = None
    checks: Checks = Checks()
    good: Text | None = None
    bad: Text | None = None

    @model_validator(mode="after")
    def _fault_has_an_example(self) -> Self:
        if self.bad is None and any(one.negative for one in self.criteria):
            raise ValueError("a negative criterion needs `bad`, an answer with that fault: add it")
        return self

    @property
    def has_anchors(self) -> bool:
        return self.good is not None and self.bad is not None

    @property
    def case(self) -> Case:
        """Return what it is judged by as an item."""
        fields = {name: getattr(self, name) for name in ("question", "reference", "criteria", "language", "checks")}
        named = {} if self.id is None else {"id": self.id}
        bad = self.bad or neutral_anchor(self.language)
        return Case(**fields, **named, good=self.good or self.reference, bad=bad)


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


def load_external_answers(path: Path) -> tuple[ExternalAnswer, ...]:
    """Return the answers of a YAML or JSONL file; SuiteError says what is wrong with it, by lines."""
    raw = read_raw(path)
    found = [checked(ExternalAnswer, one, SHAPES) for one in raw.found if isinstance(one, RawItem)]
    problems = [one for one in raw.found if isinstance(one, Problem)]
    problems += [problem for one in found if isinstance(one, list) for problem in one]
    if not found and not problems:
        problems = [Problem("it holds no answer; write at least one")]
    if problems:
        raise refusal(path.name, problems)
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
    trust = trust_in({one.language for one in answers}, known)
    if trust == "measured" and not all(one.has_anchors for one in answers):
        trust = "unproven"
    decided = len(items) - items.count("abstained")
    rates = _rates(found, known) if trust == "measured" else {}
    return JudgedExternalAnswers(
        found, trust, proportion(items.count("passed"), decided), items.count("abstained"), rates
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
