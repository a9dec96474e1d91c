"""Turns readings into verdicts by comparing an answer with the good and the bad anchor of its item."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from evals.records.opinions import YesNo
from evals.suite.cases import Case, Criterion
from evals.suite.checks import CheckResult
from llmfirst import Value


class Scored(Value):
    """A criterion that the judge decided. All scores are log-odds of yes; of no if the criterion is negative."""

    type: Literal["scored"] = "scored"
    passed: bool
    score: float
    """The score of the answer."""
    good_anchor: float
    """The score of the good anchor."""
    bad_anchor: float
    """The score of the bad anchor."""


Cause = Literal["no_verdict", "only_thought", "anchors_do_not_separate", "too_close", "not_reached"]


class Unscored(Value):
    """A criterion that was not decided. It counts neither as passed nor as failed."""

    type: Literal["unscored"] = "unscored"
    cause: Cause
    figures: str = ""
    """The numbers behind the cause, for display."""


class Decided(Value):
    """A criterion that was decided by code (a check of form) or by a person, not by a model."""

    type: Literal["decided"] = "decided"
    by: Literal["code", "person"]
    passed: bool
    figures: str = ""
    """What the check found, for display."""


Verdict = Annotated[Scored | Decided | Unscored, Field(discriminator="type")]


# The least probability of yes and no together for a verdict. A judge of 1.5B parameters reaches 0.999.
LEAST_MASS: Final = 0.9
# Differences of log-odds below this are ties: for the same prompt at temperature 0, the state of llama.cpp's KV cache
# changed the log-odds by up to 0.16 (12 prompts).
TIE: Final = 0.2
# Where an answer passes, on the way from the bad anchor to the good one. A weak judge scores a good answer lower when
# it says the same in other words: with the bar in the middle, it failed every fifth one (docs/decisions/0024).
BAR: Final = 1 / 3
LEAST_SHARE: Final = 0.8  # of an item's criteria that an answer must pass; critical criteria must all pass
_FLOOR: Final = 1e-6  # keeps log-odds finite

ItemVerdict = Literal["passed", "failed", "abstained"]


def log_odds(reading: YesNo) -> float:
    """Return ln(P(yes) / P(no)), with both probabilities at least 1e-6."""
    return math.log(max(reading.yes, _FLOOR) / max(reading.no, _FLOOR))


def verdict_of(criterion: Criterion, answer: YesNo, good: YesNo, bad: YesNo) -> Verdict:
    """Decide one criterion of one answer by the readings of the answer and of both anchors. Pure.

    An answer passes if its score is above the bar, which lies a third of the way from the bad anchor to the good one,
    and fails if it is below, each by at least TIE. Comparing with the anchors cancels out a judge's bias towards yes: a
    judge that says yes to everything does not separate the anchors, so nothing is decided. For a negative criterion,
    whose claim is a fault, all signs are reversed.
    """
    if answer.only_thought or good.only_thought or bad.only_thought:
        return Unscored(cause="only_thought")
    least_mass = min(answer.mass, good.mass, bad.mass)
    if least_mass < LEAST_MASS:
        return Unscored(cause="no_verdict", figures=f"{least_mass:.0%} < {LEAST_MASS:.0%}")
    sign = -1.0 if criterion.negative else 1.0
    score, high, low = (sign * log_odds(reading) for reading in (answer, good, bad))
    if high - low <= 2 * TIE:
        return Unscored(
            cause="anchors_do_not_separate",
            figures=f"{high:+.2f} − {low:+.2f} ≤ {2 * TIE:.1f}",
        )
    bar = low + BAR * (high - low)
    if abs(score - bar) < TIE:
        return Unscored(cause="too_close", figures=f"|{score:+.2f} − {bar:+.2f}| < {TIE}")
    return Scored(passed=score > bar, score=score, good_anchor=high, bad_anchor=low)


def item_verdict(case: Case, verdicts: Mapping[int, Verdict], checks: Iterable[CheckResult] = ()) -> ItemVerdict:
    """Return whether an answer passes its item; abstain if undecided criteria could change the result.

    To pass, it needs all checks of form, all critical criteria and 80 % of all criteria. `verdicts` are by index of the
    criterion.
    """
    if any(not check.passed for check in checks):
        return "failed"
    if _passes(case, verdicts, undecided=False):
        return "passed"
    return "abstained" if _passes(case, verdicts, undecided=True) else "failed"


def verdicts_of_items(verdicts: Iterable[tuple[str, ItemVerdict | None]]) -> tuple[ItemVerdict, ...]:
    """Return one verdict for each item, from pairs of an item's id and the verdict on one answer to it.

    Repeated answers to one question resemble each other, so an item counts once however often it was answered. It is
    passed if more than half of its decided answers are, and abstained from if none is decided. Answers that were not
    judged (None) are ignored.
    """
    by_item: dict[str, list[ItemVerdict]] = {}
    for item, verdict in verdicts:
        if verdict is not None:
            by_item.setdefault(item, []).append(verdict)
    return tuple(_majority(found) for found in by_item.values())


def _majority(verdicts: Sequence[ItemVerdict]) -> ItemVerdict:
    passed, failed = verdicts.count("passed"), verdicts.count("failed")
    if passed == failed == 0:
        return "abstained"
    return "passed" if passed > failed else "failed"


def _passes(case: Case, verdicts: Mapping[int, Verdict], *, undecided: bool) -> bool:
    """Return whether an answer passes its item if every undecided criterion counts as `undecided`."""
    passed = [_passed(verdicts.get(number), undecided=undecided) for number in range(len(case.criteria))]
    critical = [is_passed for is_passed, criterion in zip(passed, case.criteria, strict=True) if criterion.critical]
    return all(critical) and sum(passed) >= LEAST_SHARE * len(passed)


def _passed(verdict: Verdict | None, *, undecided: bool) -> bool:
    match verdict:
        case Scored(passed=passed) | Decided(passed=passed):
            return passed
        case _:
            return undecided
