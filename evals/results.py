"""What came of an evaluation: each answer with its verdicts, from attempts and readings. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evals.archive import Asked, in_order, reading_key
from evals.cases import Case, Criterion, Language
from evals.checks import CheckResult, run_checks
from evals.hostile import to_the_judge
from evals.records import Attempt, Decided, Evaluation, Reading, Unscored, Verdict
from evals.verdicts import ItemVerdict, item_verdict, verdict_of

# Compared with where the bad answer of an item meets the claim as well.
_OFF_TOPIC: Final[Mapping[Language, str]] = {
    "ko": "이 글은 질문을 다루지 않습니다.",
    "en": "This text does not deal with the question.",
}


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
    """Return what is said of a text, by the number of the criterion: by a judge, or by the check that decides it."""
    judged = {
        number: _verdict(case, criterion, text, readings)
        for number, criterion in enumerate(case.criteria)
        if criterion.check is None
    }
    return dict(sorted((judged | checked_verdicts(case, run_checks(case.checks, text))).items()))


def checked_verdicts(case: Case, checks: Iterable[CheckResult]) -> dict[int, Verdict]:
    """Return the verdicts of the criteria that a check decides."""
    found = {check.name: check for check in checks}
    return {
        number: Decided(
            by="code",
            passed=found[criterion.check].passed != criterion.negative,
            figures=found[criterion.check].found,
        )
        for number, criterion in enumerate(case.criteria)
        if criterion.check is not None
    }


def item_verdict_of(case: Case, text: str, verdicts: Mapping[int, Verdict]) -> ItemVerdict:
    """Return whether a text passes its item, by judge and checks of form; one that talks to the judge never does."""
    item = item_verdict(case, verdicts, run_checks(case.checks, text))
    return "abstained" if item == "passed" and to_the_judge(text) else item


def to_judge(case: Case, texts: Iterable[str]) -> Iterator[Asked]:
    """Yield all that a judge has to read for texts of one item, what it is compared with first.

    All statements about a text follow one another, always in the same order, so that each is read along the same path
    through the KV cache.
    """
    judged = [criterion for criterion in case.criteria if criterion.check is None]
    plan = [(case.good or "", judged), (case.bad or "", [one for one in judged if not one.bad_passes])]
    plan += [(neutral_anchor(case.language), [one for one in judged if one.bad_passes])]
    plan += [(text, judged) for text in texts]
    for text, criteria in plan:
        for criterion in criteria:
            yield case.question, text, criterion.claim


def neutral_anchor(language: Language | None) -> str:
    """Return a text that meets no claim of any item."""
    return _OFF_TOPIC["ko" if language == "ko" else "en"]


def _verdict(case: Case, criterion: Criterion, text: str, readings: Mapping[str, Reading]) -> Verdict:
    low = neutral_anchor(case.language) if criterion.bad_passes else case.bad or ""
    texts = (text, case.good or "", low)
    answer, good, bad = (readings.get(reading_key(case.question, one, criterion.claim)) for one in texts)
    if answer is None or good is None or bad is None:
        return Unscored(cause="not_reached")
    return verdict_of(criterion, answer, good, bad)
