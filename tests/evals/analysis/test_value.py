"""What answers are worth to a reader who stops: the rules of trust, and tests that are wrong as seldom as they say."""

from collections.abc import Mapping

import pytest

from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.analysis.value import Paired, ValueAt, paired_tests, value_of
from evals.judge.judged_answers import JudgedAnswer, judge_answers
from evals.judge.questions import questions_to_judge, yes_no_key
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from llmfirst.stats import generator
from tests.evals.made import NO, OTHER, TARGET, YES, attempt, calibrated, case, evaluation, failure, trial

A, B = TARGET.key, OTHER.key
ITEMS = 30
OF = evaluation(*(case(number) for number in range(ITEMS)), models=(TARGET, OTHER))
TRUSTED = JudgeEvidence({"en": calibrated(0.9, 0.9)})
Decided = dict[float | None, dict[str, dict[str, bool]]]


def answer(number: int, model: str, **shown: str) -> Attempt:
    """Return an answer that ends after 40 s and stood as `s10`, `s20` and `s30` say."""
    at = {float(name[1:]): text for name, text in shown.items()}
    return attempt(trial(f"case-{number}", TARGET if model == A else OTHER), text=f"{model} end {number}", shown=at)


def found(
    attempts: list[Attempt], good: set[str], known: JudgeEvidence = TRUSTED, of: Evaluation = OF, left_out: str = ""
) -> tuple[ValueAt, ...]:
    """Return what answers are worth at 10, 20 and 60 s and at their end, by a judge that passes the texts in `good`."""
    moments = (10.0, 20.0, 60.0)
    passed = good | {"a good answer"}
    readings = {
        yes_no_key(*asked): YES if asked.text in passed else NO
        for asked in questions_to_judge(of, attempts, moments)
        if asked.text != left_out
    }

    def judged(seconds: float | None) -> tuple[JudgedAnswer, ...]:
        return judge_answers(of, [one.stood_at(seconds) for one in attempts], readings)

    return value_of(of, {seconds: judged(seconds) for seconds in (*moments, None)}, known)


def both(good_at_10: int, good_at_20: int, good_at_end: int) -> tuple[list[Attempt], set[str]]:
    """Return answers of two models, of which B has no text at 10 s, and so many of A's good ones at each moment."""
    attempts = [
        *(answer(number, A, s10=f"A 10 {number}", s20=f"A 20 {number}", s30="") for number in range(ITEMS)),
        *(answer(number, B, s10="", s20=f"B 20 {number}", s30="") for number in range(ITEMS)),
    ]
    good = {f"A 10 {number}" for number in range(good_at_10)} | {f"A 20 {number}" for number in range(good_at_20)}
    good |= {f"B 20 {number}" for number in range(20)} | {f"{B} end {number}" for number in range(28)}
    return attempts, good | {f"{A} end {number}" for number in range(good_at_end)}


def test_a_model_that_is_ahead_early_and_behind_at_the_end_is_told_so_and_between_nothing_is() -> None:
    ten, twenty, sixty, end = found(*both(20, 19, 12))
    assert [one.ahead for one in (ten, twenty, sixty, end)] == [A, None, None, B]
    assert [one.seconds for one in (ten, twenty, sixty, end)] == [10, 20, 60, None]
    rates = {one.model: one.rate.value for one in ten.models if one.rate is not None}
    assert rates == {A: pytest.approx((20 / 30 - 0.1) / 0.8), B: 0.0}
    assert [(one.empty, one.ended, one.answers) for one in ten.models] == [(0, 0, 30), (30, 0, 30)]
    # After 60 s every answer has ended, so there is nothing to be tested that the end does not test.
    assert sixty.has_all_ended
    assert (sixty.tests, [one.rate for one in sixty.models]) == ((), [one.rate for one in end.models])
    assert all(test.p <= 1 and not test.is_told for test in twenty.tests)


def test_an_untrusted_judge_and_one_that_has_not_read_everything_say_nothing_but_what_was_read() -> None:
    attempts, good = both(20, 19, 12)
    for moments in (found(attempts, good, NO_EVIDENCE), found(attempts, good, left_out="A 20 3")):
        assert [test for one in moments for test in one.tests if one.seconds == 20] == []
        assert (moments[1].ahead, moments[1].models[0].rate) == (None, None)
    assert found(attempts, good, left_out="A 20 3")[1].models[0].unread == 1
    untrusted = found(attempts, good, NO_EVIDENCE)[0].models[0]
    assert (untrusted.quality.trust, untrusted.quality.passed.passed, untrusted.unread) == ("unproven", 20, 0)


def test_a_failure_has_nothing_from_when_it_is_seen_and_what_was_there_before_counts() -> None:
    of = evaluation(case(1))
    gone = failure(trial("case-1")).model_copy(update={"shown": {10.0: "A 10"}})
    ten, twenty, _, end = found([gone], {"A 10"}, of=of)
    assert [one.models[0].quality.passed.passed for one in (ten, twenty, end)] == [1, 0, 0]
    assert [one.models[0].empty for one in (ten, twenty, end)] == [0, 1, 1]


def test_the_end_has_the_quality_of_the_whole_answers() -> None:
    attempts, good = both(20, 19, 12)
    end = found(attempts, good)[-1]
    assert [one.quality.passed.passed for one in end.models] == [12, 28]


def the_test(found: Mapping[float | None, tuple[Paired, ...]], seconds: float | None) -> Paired:
    (test,) = found[seconds]
    return test


def test_one_model_is_tested_against_its_own_end() -> None:
    end = {f"{number}": number < 25 for number in range(30)}
    decided: Decided = {10.0: {A: dict.fromkeys(end, False)}, 20.0: {A: end | {"0": False}}, None: {A: end}}
    tests = paired_tests(decided)
    assert None not in tests
    assert the_test(tests, 10.0).is_told
    assert not the_test(tests, 20.0).is_told
    assert (the_test(tests, 10.0).only_first, the_test(tests, 10.0).only_second) == (0, 25)


def test_p_values_are_raised_for_all_tests_together_and_no_items_in_common_tell_nothing() -> None:
    first = {f"{number}": True for number in range(6)}
    second = dict.fromkeys(first, False)
    one: Decided = {10.0: {A: first, B: second}}
    three: Decided = {**one, 20.0: {A: first, B: first}, None: {A: {"x": True}, B: {"y": False}}}
    assert the_test(paired_tests(one), 10.0).p == pytest.approx(2 * 0.5**6)
    assert the_test(paired_tests(three), 10.0).p == pytest.approx(3 * 2 * 0.5**6)
    assert (the_test(paired_tests(three), 20.0).p, the_test(paired_tests(three), None).p) == (1.0, 1.0)


@pytest.mark.parametrize("models", [1, 2, 3])
def test_where_no_model_and_no_moment_differs_any_lead_is_told_at_most_as_often_as_it_says(models: int) -> None:
    chance, draws, wrong = generator(11), 600, 0
    moments: tuple[float | None, ...] = (10.0, 20.0, 30.0, 60.0, None)
    for _ in range(draws):
        hard = chance.random(40)  # an item is as hard for every model, and at every moment
        decided: Decided = {
            seconds: {
                f"m{number}": {f"{item}": bool(chance.random() < hard[item]) for item in range(40)}
                for number in range(models)
            }
            for seconds in moments
        }
        wrong += any(test.is_told for tests in paired_tests(decided).values() for test in tests)
    assert wrong / draws <= 0.05


def test_the_rate_at_a_moment_holds_the_truth_through_the_errors_of_the_judge_and_texts_that_are_not_there() -> None:
    of = evaluation(*(case(number) for number in range(40)))
    chance, draws, held = generator(5), 45, 0
    truth, there, sensitivity, specificity = 0.4, 0.7, 0.9, 0.85
    for _ in range(draws):
        attempts, good = [], set()
        for number in range(40):
            draw = chance.random()
            text = "" if draw >= there else f"text {number}"
            attempts.append(answer(number, A, s10=text))
            passes = sensitivity if draw < truth else 1 - specificity
            good |= {text} if text and chance.random() < passes else set()
        ten = found(attempts, good, JudgeEvidence({"en": calibrated(sensitivity, specificity)}), of)[0]
        rate = ten.models[0].rate
        assert rate is not None
        held += rate.interval.low <= truth <= rate.interval.high
    assert held / draws >= 0.93
