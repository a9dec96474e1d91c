"""Computes the verdicts on each answer from the attempts and the judge's readings. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evals.judge.injection import to_the_judge
from evals.judge.questions import anchors_of, neutral_anchor, yes_no_key
from evals.judge.verdicts import Decided, ItemVerdict, Scored, Unscored, Verdict, item_verdict, verdict_of
from evals.records.archive import in_order
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.records.opinions import YesNo
from evals.records.timing import Timing
from evals.suite.cases import Case, CheckName, Criterion
from evals.suite.checks import CheckResult, run_checks


@dataclass(frozen=True)
class JudgedAnswer:
    """One attempt with the results of its checks and the verdicts on its criteria."""

    attempt: Attempt
    case: Case
    checks: tuple[CheckResult, ...]
    verdicts: Mapping[int, Verdict]
    """The verdict on each criterion, by its index in `case.criteria`."""
    item: ItemVerdict | None
    """Whether the answer passes its item; None if quality was not measured."""
    to_the_judge: tuple[str, ...] = ()
    """Passages of the answer that address the judge; if there are any, only a person can pass the answer."""

    @property
    def model(self) -> str:
        """The key of the model that answered."""
        return self.attempt.trial.model

    @property
    def timing(self) -> Timing:
        return self.attempt.timing

    @property
    def criteria_decided(self) -> int:
        return sum(isinstance(verdict, Scored | Decided) for verdict in self.verdicts.values())

    @property
    def criteria_passed(self) -> int:
        """How many of the decided criteria the answer passes."""
        return sum(isinstance(verdict, Scored | Decided) and verdict.passed for verdict in self.verdicts.values())

    @property
    def quality(self) -> float | None:
        """The share of the decided criteria that the answer passes, 0 to 1; None if none was decided."""
        return self.criteria_passed / self.criteria_decided if self.criteria_decided else None

    @property
    def failed_checks(self) -> tuple[CheckName, ...]:
        return tuple(check.name for check in self.checks if not check.passed)


def judge_answers(
    evaluation: Evaluation, attempts: Iterable[Attempt], readings: Mapping[str, YesNo]
) -> tuple[JudgedAnswer, ...]:
    """Return the attempts with the verdicts so far, sorted by suite, model and repeat."""
    return tuple(_judge_answer(evaluation, attempt, readings) for attempt in in_order(evaluation, attempts))


def _judge_answer(evaluation: Evaluation, attempt: Attempt, readings: Mapping[str, YesNo]) -> JudgedAnswer:
    case = evaluation.case(attempt.trial.case_id)
    checks = run_checks(case.checks, attempt.text) if attempt.is_answer else ()
    verdicts = verdicts_of(case, attempt.text, readings) if case.is_judged and attempt.is_answer else {}
    is_reached = any(not (isinstance(found, Unscored) and found.cause == "not_reached") for found in verdicts.values())
    item: ItemVerdict | None = None
    if evaluation.judge is not None and case.is_judged and not attempt.is_answer:
        item = "failed"
    elif evaluation.judge is not None and is_reached:
        item = item_verdict_of(case, attempt.text, verdicts)
    return JudgedAnswer(
        attempt=attempt,
        case=case,
        checks=checks,
        to_the_judge=to_the_judge(attempt.text),
        verdicts=verdicts,
        item=item,
    )


def verdicts_of(case: Case, text: str, readings: Mapping[str, YesNo]) -> dict[int, Verdict]:
    """Return the verdict on each criterion, from the judge's readings or from the check that decides it."""
    judged = {
        number: _verdict(case, criterion, text, readings)
        for number, criterion in enumerate(case.criteria)
        if criterion.check is None
    }
    return dict(sorted((judged | checked_verdicts(case, run_checks(case.checks, text))).items()))


def checked_verdicts(case: Case, checks: Iterable[CheckResult]) -> dict[int, Verdict]:
    """Return the verdicts on the criteria that a check decides."""
    by_name = {check.name: check for check in checks}
    return {
        number: Decided(
            by="code",
            passed=by_name[criterion.check].passed != criterion.negative,
            figures=by_name[criterion.check].found,
        )
        for number, criterion in enumerate(case.criteria)
        if criterion.check is not None
    }


def item_verdict_of(case: Case, text: str, verdicts: Mapping[int, Verdict]) -> ItemVerdict:
    """Return whether a text passes its item; a text that addresses the judge is never passed, only abstained from."""
    item = item_verdict(case, verdicts, run_checks(case.checks, text))
    return "abstained" if item == "passed" and to_the_judge(text) else item


def _verdict(case: Case, criterion: Criterion, text: str, readings: Mapping[str, YesNo]) -> Verdict:
    good_text, bad_text = anchors_of(case)
    if criterion.bad_passes:
        bad_text = neutral_anchor(case.language)
    answer, good, bad = (
        readings.get(yes_no_key(case.question, read_text, criterion.claim)) for read_text in (text, good_text, bad_text)
    )
    if answer is None or good is None or bad is None:
        return Unscored(cause="not_reached")
    return verdict_of(criterion, answer, good, bad)
