"""What came of an evaluation: each answer with its verdicts, from attempts and readings. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evals.archive import in_order, reading_key
from evals.cases import Case, Criterion
from evals.checks import CheckResult, run_checks
from evals.hostile import to_the_judge
from evals.records import Attempt, Evaluation, Reading, Unscored, Verdict
from evals.verdicts import ItemVerdict, Pair, item_verdict, statements, verdict_of


@dataclass(frozen=True)
class Judged:
    """One attempt and all that was said of it; `item` is None where quality was not measured.

    `to_the_judge`: places where the answer talks to whoever judges it; with one, no machine passes it.
    """

    attempt: Attempt
    case: Case
    checks: tuple[CheckResult, ...]
    verdicts: Mapping[int, Verdict]
    item: ItemVerdict | None
    to_the_judge: tuple[str, ...] = ()


def judged(evaluation: Evaluation, attempts: Iterable[Attempt], readings: Mapping[str, Reading]) -> tuple[Judged, ...]:
    """Return the attempts in the order of the suite with what the judge said of them so far."""
    return tuple(_judged(evaluation, attempt, readings) for attempt in in_order(evaluation, attempts))


def _judged(evaluation: Evaluation, attempt: Attempt, readings: Mapping[str, Reading]) -> Judged:
    case = evaluation.case(attempt.turn.case_id)
    checks = run_checks(case.checks, attempt.text) if attempt.is_answer else ()
    verdicts = verdicts_of(case, attempt.text, readings) if case.is_judged and attempt.is_answer else {}
    is_reached = any(not (isinstance(one, Unscored) and one.cause == "not_reached") for one in verdicts.values())
    item: ItemVerdict | None = None
    if evaluation.judge is not None and case.is_judged and not attempt.is_answer:
        item = "failed"
    elif evaluation.judge is not None and is_reached:
        item = item_verdict_of(case, attempt.text, verdicts)
    return Judged(
        attempt=attempt,
        case=case,
        checks=checks,
        to_the_judge=to_the_judge(attempt.text),
        verdicts=verdicts,
        item=item,
    )


def verdicts_of(case: Case, text: str, readings: Mapping[str, Reading]) -> dict[int, Verdict]:
    """Return what a judge says of a text, by the number of the criterion."""
    return {number: _verdict(case, criterion, text, readings) for number, criterion in enumerate(case.criteria)}


def item_verdict_of(case: Case, text: str, verdicts: Mapping[int, Verdict]) -> ItemVerdict:
    """Return whether a text passes its item, by judge and checks of form; one that talks to the judge never does."""
    item = item_verdict(case, verdicts, run_checks(case.checks, text))
    return "abstained" if item == "passed" and to_the_judge(text) else item


def _verdict(case: Case, criterion: Criterion, text: str, readings: Mapping[str, Reading]) -> Verdict:
    pairs = [_pair(case, criterion, one, readings) for one in (text, case.good or "", case.bad or "")]
    answer, good, bad = pairs
    if answer is None or good is None or bad is None:
        return Unscored(cause="not_reached")
    return verdict_of(criterion, answer, good, bad)


def _pair(case: Case, criterion: Criterion, text: str, readings: Mapping[str, Reading]) -> Pair | None:
    found = [readings.get(reading_key(case.question, text, one)) for one in statements(criterion)]
    claim, opposite = found
    return None if claim is None or opposite is None else Pair(claim, opposite)
