from collections.abc import Mapping
from itertools import product
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.judge.verdicts import (
    BAR,
    LEAST_MASS,
    TIE,
    Cause,
    Scored,
    Unscored,
    Verdict,
    item_verdict,
    log_odds,
    verdict_of,
)
from evals.records.opinions import YesNo
from evals.suite.cases import Case, Checks, Criterion
from evals.suite.checks import run_checks
from tests.conftest import tries
from tests.evals.made import case, reading

CLAIM = Criterion(claim="It is 42.")
FAULT = Criterion(claim="It says 41.", negative=True)
GOOD, BAD = reading(2.0), reading(-2.0)
PASSED = Scored(passed=True, score=1.0, good_anchor=2.0, bad_anchor=-2.0)
FAILED = PASSED.model_copy(update={"passed": False})
OPEN = Unscored(cause="too_close", figures="near")
EACH: tuple[Verdict, ...] = (PASSED, FAILED, OPEN)


def cause_of(verdict: Verdict) -> Cause | None:
    return verdict.cause if isinstance(verdict, Unscored) else None


def has_passed(verdict: Verdict) -> bool:
    assert isinstance(verdict, Scored)
    return verdict.passed


@given(yes=st.floats(min_value=0.5, max_value=1.0))
def test_a_judge_that_always_says_the_same_decides_nothing(yes: float) -> None:
    always = YesNo(yes=yes, no=1 - yes)
    for criterion in (CLAIM, FAULT):
        assert cause_of(verdict_of(criterion, always, always, always)) == "anchors_do_not_separate"


def test_log_odds_stay_finite_and_are_those_of_the_probabilities() -> None:
    assert log_odds(YesNo(yes=0.8, no=0.2)) == pytest.approx(log(4))
    assert log_odds(YesNo(yes=1, no=0)) == -log_odds(YesNo(yes=0, no=1)) == pytest.approx(log(1e6))
    assert log_odds(YesNo(yes=0, no=0)) == 0


def test_an_answer_near_the_good_anchor_passes_and_one_near_the_bad_anchor_fails() -> None:
    assert has_passed(verdict_of(CLAIM, reading(1.0), GOOD, BAD))
    assert not has_passed(verdict_of(CLAIM, reading(-1.0), GOOD, BAD))
    assert has_passed(
        verdict_of(CLAIM, reading(-1.0), reading(-0.5), reading(-3.0))
    )  # the anchors decide, and never zero


def test_the_bar_is_a_third_of_the_way_from_the_bad_anchor_to_the_good_one() -> None:
    third = -2.0 + 4.0 / 3
    assert has_passed(verdict_of(CLAIM, reading(third + TIE + 0.01), GOOD, BAD))
    assert not has_passed(verdict_of(CLAIM, reading(third - TIE - 0.01), GOOD, BAD))
    assert cause_of(verdict_of(CLAIM, reading(third), GOOD, BAD)) == "too_close"


def test_a_fault_passes_when_the_answer_does_not_have_it() -> None:
    without, with_it = reading(-2.0), reading(2.0)
    passed = verdict_of(FAULT, reading(-1.5), good=without, bad=with_it)
    assert has_passed(passed)
    assert isinstance(passed, Scored)
    assert (passed.score, passed.good_anchor, passed.bad_anchor) == pytest.approx((1.5, 2.0, -2.0))
    assert not has_passed(verdict_of(FAULT, reading(1.5), good=without, bad=with_it))
    assert cause_of(verdict_of(FAULT, reading(1.5), good=with_it, bad=without)) == "anchors_do_not_separate"


SCORES = st.floats(min_value=-6, max_value=6)


@given(answer=SCORES, good=SCORES, bad=SCORES)
def test_a_fault_is_its_claim_with_every_sign_changed(answer: float, good: float, bad: float) -> None:
    pairs = [reading(score) for score in (answer, good, bad)]
    positive = verdict_of(CLAIM, *pairs)
    negative = verdict_of(FAULT, *[YesNo(yes=one.no, no=one.yes) for one in pairs])
    assert cause_of(positive) == cause_of(negative)
    if isinstance(positive, Scored):
        assert has_passed(positive) == has_passed(negative)


@pytest.mark.parametrize(("good", "bad"), [(1.0, 1.0), (1.0, 0.61), (-1.0, 1.0), (0.0, 0.0)])
def test_anchors_that_do_not_separate_decide_nothing(good: float, bad: float) -> None:
    verdict = verdict_of(CLAIM, reading(5.0), reading(good), reading(bad))
    assert cause_of(verdict) == "anchors_do_not_separate"
    assert isinstance(verdict, Unscored)
    assert f"{good:+.2f}" in verdict.figures


@given(answer=SCORES, good=SCORES, bad=SCORES)
def test_within_a_tie_of_the_bar_nothing_is_decided(answer: float, good: float, bad: float) -> None:
    verdict = verdict_of(CLAIM, reading(answer), reading(good), reading(bad))
    if isinstance(verdict, Scored):
        bar = verdict.bad_anchor + BAR * (verdict.good_anchor - verdict.bad_anchor)
        assert abs(verdict.score - bar) >= TIE
        assert verdict.good_anchor - verdict.bad_anchor > 2 * TIE
        assert verdict.passed == (verdict.score > bar)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_too_little_mass_on_yes_and_no_is_no_verdict(place: int) -> None:
    pairs = [reading(2.0), GOOD, BAD]
    pairs[place] = reading(2.0 if place < 2 else -2.0, mass=LEAST_MASS - 0.01)
    assert cause_of(verdict_of(CLAIM, *pairs)) == "no_verdict"
    pairs[place] = reading(2.0 if place < 2 else -2.0, mass=LEAST_MASS + 0.01)
    assert has_passed(verdict_of(CLAIM, *pairs))


def item(count: int, critical: frozenset[int] = frozenset()) -> Case:
    return case(criteria=tuple(Criterion(claim=f"It is {n}.", critical=n in critical) for n in range(count)))


def verdicts(*said: Verdict) -> dict[int, Verdict]:
    return dict(enumerate(said))


@pytest.mark.parametrize("count", range(1, 31))
def test_an_item_needs_exactly_80_percent_of_its_criteria(count: int) -> None:
    for passed in range(count + 1):
        said = verdicts(*[PASSED] * passed, *[FAILED] * (count - passed))
        assert item_verdict(item(count), said) == ("passed" if 10 * passed >= 8 * count else "failed")


def test_a_critical_criterion_that_fails_fails_the_item() -> None:
    said = verdicts(FAILED, *[PASSED] * 9)
    assert item_verdict(item(10), said) == "passed"
    assert item_verdict(item(10, frozenset({0})), said) == "failed"


def test_what_is_undecided_makes_an_item_abstain_only_where_it_could_change_the_result() -> None:
    five = item(5, frozenset({0}))
    assert item_verdict(five, verdicts(PASSED, PASSED, PASSED, PASSED, OPEN)) == "passed"
    assert item_verdict(five, verdicts(OPEN, PASSED, PASSED, PASSED, PASSED)) == "abstained"
    assert item_verdict(five, verdicts(FAILED, OPEN, OPEN, OPEN, OPEN)) == "failed"
    assert item_verdict(five, verdicts(OPEN, FAILED, FAILED, PASSED, PASSED)) == "failed"
    assert item_verdict(five, {}) == "abstained"


def test_a_failed_check_of_form_fails_an_item_whatever_the_judge_says() -> None:
    checks = run_checks(Checks(numbers=(42.0,)), "41")
    for said in (PASSED, FAILED, OPEN):
        assert item_verdict(item(1), verdicts(said), checks) == "failed"
    assert item_verdict(item(1), verdicts(PASSED), run_checks(Checks(numbers=(42.0,)), "42")) == "passed"


def undecided_places(said: Mapping[int, Verdict]) -> list[int]:
    return [number for number, verdict in said.items() if isinstance(verdict, Unscored)]


@given(data=st.data(), count=st.integers(min_value=1, max_value=8))
@settings(max_examples=tries(50))
def test_deciding_one_more_criterion_never_turns_a_verdict_round(data: st.DataObject, count: int) -> None:
    critical = data.draw(st.frozensets(st.integers(min_value=0, max_value=count - 1)))
    said = verdicts(*data.draw(st.lists(st.sampled_from(EACH), min_size=count, max_size=count)))
    before = item_verdict(item(count, critical), said)
    for place in undecided_places(said):
        for verdict in (PASSED, FAILED):
            after = item_verdict(item(count, critical), {**said, place: verdict})
            assert after == before or before == "abstained"


@given(data=st.data(), count=st.integers(min_value=1, max_value=5))
@settings(max_examples=tries(50))
def test_an_item_abstains_exactly_when_both_results_are_still_possible(data: st.DataObject, count: int) -> None:
    critical = data.draw(st.frozensets(st.integers(min_value=0, max_value=count - 1)))
    said = verdicts(*data.draw(st.lists(st.sampled_from(EACH), min_size=count, max_size=count)))
    left = undecided_places(said)
    ends = {
        item_verdict(item(count, critical), {**said, **dict(zip(left, chosen, strict=True))})
        for chosen in product((PASSED, FAILED), repeat=len(left))
    }
    assert "abstained" not in ends
    found = item_verdict(item(count, critical), said)
    assert ends == ({"passed", "failed"} if found == "abstained" else {found})
