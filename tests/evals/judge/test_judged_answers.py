import pytest

from evals.judge.judged_answers import JudgedAnswer, judge_answers
from evals.judge.questions import yes_no_key
from evals.judge.verdicts import Scored, Unscored
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.records.opinions import YesNo
from evals.suite.cases import Checks, Criterion
from tests.evals.made import NO, OTHER, TARGET, YES, attempt, case, evaluation, failure, trial

ONE = case(1)


def readings(of: Evaluation, *, text: str = "an answer", says: YesNo = YES) -> dict[str, YesNo]:
    """Return what a judge said that tells good from bad, and `says` to each claim about `text`."""
    said: dict[str, YesNo] = {}
    for item in of.suite.cases:
        for criterion in item.criteria:
            for about, claim in ((text, says), (item.good, YES), (item.bad, NO)):
                said[yes_no_key(item.question, about or "", criterion.claim)] = claim
    return said


def only(of: Evaluation, made: Attempt, said: dict[str, YesNo]) -> JudgedAnswer:
    (one,) = judge_answers(of, [made], said)
    return one


@pytest.mark.parametrize(("says", "item"), [(YES, "passed"), (NO, "failed")])
def test_an_answer_is_judged_by_what_was_said_of_it_and_of_the_anchors(says: YesNo, item: str) -> None:
    of = evaluation(ONE)
    one = only(of, attempt(), readings(of, says=says))
    assert one.item == item
    assert isinstance(one.verdicts[0], Scored)


def test_what_was_said_of_another_text_counts_nothing() -> None:
    of = evaluation(ONE)
    one = only(of, attempt(text="another answer"), readings(of))
    assert one.item is None
    assert isinstance(one.verdicts[0], Unscored)
    assert one.verdicts[0].cause == "not_reached"


def test_half_of_what_is_needed_is_not_reached() -> None:
    of = evaluation(ONE)
    said = readings(of)
    for key in said:
        one = only(of, attempt(), {other: reading for other, reading in said.items() if other != key})
        assert one.item is None


def test_an_item_that_is_half_judged_has_no_verdict_that_could_turn() -> None:
    two = case(1, criteria=(Criterion(claim="It is right."), Criterion(claim="It is short.")))
    first = evaluation(two.model_copy(update={"criteria": two.criteria[:1]}))
    assert only(evaluation(two), attempt(), readings(first, says=YES)).item == "abstained"
    assert only(evaluation(two), attempt(), readings(first, says=NO)).item == "failed"


def test_a_failure_is_a_miss_and_nothing_of_it_is_checked() -> None:
    of = evaluation(case(1, checks=Checks(numbers=(42.0,))))
    one = only(of, failure(), {})
    assert (one.item, one.checks, one.verdicts) == ("failed", (), {})


def test_without_a_judge_nothing_has_a_verdict_and_checks_stand_alone() -> None:
    of = evaluation(case(1, checks=Checks(numbers=(42.0,))), judge=None)
    answered, failed = only(of, attempt(), {}), only(of, failure(), {})
    assert (answered.item, failed.item) == (None, None)
    assert [check.passed for check in answered.checks] == [False]


def test_an_item_without_criteria_is_only_timed() -> None:
    plain = case(1, criteria=(), reference=None, good=None, bad=None)
    of = evaluation(plain)
    assert [only(of, made, {}).item for made in (attempt(), failure())] == [None, None]


def test_a_failed_check_fails_what_the_judge_would_pass() -> None:
    of = evaluation(case(1, checks=Checks(words_at_most=1)))
    assert only(of, attempt(), readings(of)).item == "failed"


def test_an_answer_that_was_shortened_is_judged_as_it_is() -> None:
    of = evaluation(ONE)
    assert only(of, attempt(outcome="deadline"), readings(of)).item == "passed"
    assert only(of, attempt(outcome="interrupted"), readings(of)).item == "failed"


def test_results_stand_in_the_order_of_the_suite_then_of_the_models_then_of_the_repeats() -> None:
    of = evaluation(case(2), case(1), models=(OTHER, TARGET), repeats=2)
    wanted = [
        trial(item, target, repeat) for item in ("case-2", "case-1") for target in (OTHER, TARGET) for repeat in (0, 1)
    ]
    found = judge_answers(of, [attempt(one) for one in reversed(wanted)], {})
    assert [one.attempt.trial for one in found] == wanted
