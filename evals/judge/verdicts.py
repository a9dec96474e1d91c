"""From readings to verdicts: an answer lies nearer to the good or to the bad anchor, or nothing is decided."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from evals.records.opinions import YesNo
from evals.suite.cases import Case, Criterion
from evals.suite.checks import CheckResult
from llmfirst import Value


class Scored(Value):
    """A criterion that the judge decided. `score`: how far it says yes to the claim, in log-odds; to no for a fault."""

    type: Literal["scored"] = "scored"
    passed: bool
    score: float
    good_anchor: float
    bad_anchor: float


Cause = Literal["no_verdict", "anchors_do_not_separate", "too_close", "not_reached"]


class Unscored(Value):
    """A criterion that was not decided, and why, with the figures that show it: never a pass, never a zero."""

    type: Literal["unscored"] = "unscored"
    cause: Cause
    figures: str = ""


class Decided(Value):
    """A criterion that no model decided: code did, by a check of form, or a person."""

    type: Literal["decided"] = "decided"
    by: Literal["code", "person"]
    passed: bool
    figures: str = ""


Verdict = Annotated[Scored | Decided | Unscored, Field(discriminator="type")]


LEAST_MASS: Final = 0.9  # of the first token on yes or no; less is no verdict. A 1.5B judge gives 0.999.
# The log-odds of one prompt at temperature 0 move by up to 0.16 with the state of llama.cpp's KV cache (12 prompts): a
# smaller difference is a tie.
TIE: Final = 0.2
_LEAST_SHARE: Final = 0.8  # of an item's criteria; all the critical ones besides
_FLOOR: Final = 1e-6

ItemVerdict = Literal["passed", "failed", "abstained"]


def log_odds(reading: YesNo) -> float:
    """Return ln(P(yes) / P(no)), kept finite."""
    return math.log(max(reading.yes, _FLOOR) / max(reading.no, _FLOOR))


def verdict_of(criterion: Criterion, answer: YesNo, good: YesNo, bad: YesNo) -> Verdict:
    """Decide one criterion of one answer against two anchors; pure.

    Passed where the answer is nearer to the good anchor than to the bad one by more than a tie: a judge that says yes
    to everything tells the anchors apart no more than the answers. For a negative criterion the claim is a fault, so
    that all scores change their sign.
    """
    least = min(answer.mass, good.mass, bad.mass)
    if least < LEAST_MASS:
        return Unscored(cause="no_verdict", figures=f"{least:.0%} < {LEAST_MASS:.0%}")
    sign = -1.0 if criterion.negative else 1.0
    score, high, low = (sign * log_odds(one) for one in (answer, good, bad))
    if high - low <= 2 * TIE:
        return Unscored(
            cause="anchors_do_not_separate",
            figures=f"{high:+.2f} − {low:+.2f} ≤ {2 * TIE:.1f}",
        )
    middle = (high + low) / 2
    if abs(score - middle) < TIE:
        return Unscored(cause="too_close", figures=f"|{score:+.2f} − {middle:+.2f}| < {TIE}")
    return Scored(passed=score > middle, score=score, good_anchor=high, bad_anchor=low)


def item_verdict(case: Case, verdicts: Mapping[int, Verdict], checks: Iterable[CheckResult] = ()) -> ItemVerdict:
    """Return whether an answer passes its item: every check of form, every critical criterion, 80 % of all criteria.

    `verdicts` are by the criterion's number. Abstained where what is undecided could change the result.
    """
    if any(not check.passed for check in checks):
        return "failed"
    if _passes(case, verdicts, undecided=False):
        return "passed"
    return "abstained" if _passes(case, verdicts, undecided=True) else "failed"


def verdicts_of_items(verdicts: Iterable[tuple[str, ItemVerdict | None]]) -> tuple[ItemVerdict, ...]:
    """Return one verdict for each item, of pairs of its id and the verdict of one answer; None was not judged.

    Answers to one question resemble each other: more of them say no more of a model than one would. An item is passed
    where more than half of its decided answers are, and abstained from where none is decided.
    """
    by_item: dict[str, list[ItemVerdict]] = {}
    for item, verdict in verdicts:
        if verdict is not None:
            by_item.setdefault(item, []).append(verdict)
    return tuple(_most(found) for found in by_item.values())


def _most(found: Sequence[ItemVerdict]) -> ItemVerdict:
    passed, failed = found.count("passed"), found.count("failed")
    if passed == failed == 0:
        return "abstained"
    return "passed" if passed > failed else "failed"


def _passes(case: Case, verdicts: Mapping[int, Verdict], *, undecided: bool) -> bool:
    passed = [_passed(verdicts.get(number), undecided=undecided) for number in range(len(case.criteria))]
    critical = [did for did, criterion in zip(passed, case.criteria, strict=True) if criterion.critical]
    return all(critical) and sum(passed) >= _LEAST_SHARE * len(passed)


def _passed(verdict: Verdict | None, *, undecided: bool) -> bool:
    match verdict:
        case Scored(passed=passed) | Decided(passed=passed):
            return passed
        case _:
            return undecided
