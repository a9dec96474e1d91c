from collections.abc import Sequence
from math import sqrt

import pytest

from evals.analysis.compare import (
    USUAL,
    ComparedMetric,
    ComparedVerdict,
    Delta,
    Matters,
    ModelComparison,
    compare,
    same_models,
    share_questions,
)
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict
from llmfirst.stats import mcnemar
from tests.evals.made import OTHER, TARGET, attempt, case, evaluation, failure, judged, timing, trial


def answer(
    number: int, item: ItemVerdict | None = "passed", total: float = 50.0, *, repeat: int = 0, was_cold: bool = False
) -> JudgedAnswer:
    of = case(number)
    timed = timing(total=total, first_text=total / 10, was_cold=was_cold)
    return judged(item, attempt(trial(of.id, repeat=repeat), timed=timed), of)


def failed(number: int, item: ItemVerdict | None = "failed") -> JudgedAnswer:
    of = case(number)
    return judged(item, failure(trial(of.id)), of)


def delta(comparing: ModelComparison, measure: ComparedMetric) -> Delta:
    return next(one for one in comparing.deltas if one.measure == measure)


def totals(seconds: Sequence[float]) -> list[JudgedAnswer]:
    return [answer(number, total=total) for number, total in enumerate(seconds)]


def test_nothing_and_nothing_cannot_be_told_apart() -> None:
    comparing = compare([], [])
    assert (comparing.changes, comparing.left_out) == ((), ())
    assert {(one.difference, one.verdict, one.p) for one in comparing.deltas} == {(None, "cannot tell", None)}


def test_deltas_are_told_for_quality_then_for_the_times() -> None:
    assert [one.measure for one in compare([answer(1)], [answer(1)]).deltas] == [
        "quality",
        "on_time_and_passed",
        "first_text",
        "total",
        "first_token",
    ]


def test_an_earlier_first_token_is_told_and_decides_nothing() -> None:
    def thinking(first_token: float) -> list[JudgedAnswer]:
        tokens = {number: first_token * (1 + number / 20) for number in range(12)}
        timed = {number: timing(first_text=9.0, first_token=token) for number, token in tokens.items()}
        return [judged("passed", attempt(trial(f"case-{at}"), timed=one), case(at)) for at, one in timed.items()]

    comparing = compare(thinking(3.0), thinking(1.0))
    assert delta(comparing, "first_token").verdict == "better"
    assert comparing.verdicts == {"cannot tell"}


def test_a_question_is_paired_with_itself_whatever_else_was_asked() -> None:
    comparing = compare([answer(3), answer(1), answer(2)], [answer(2), answer(1), answer(4)])
    assert sorted(change.case_id for change in comparing.changes) == ["case-1", "case-2"]
    assert comparing.left_out == ("case-3", "case-4")


def test_a_question_in_other_words_is_another_question() -> None:
    of = case(1, question="Question one?")
    reworded = judged("failed", attempt(trial(of.id)), of)
    comparing = compare([answer(1), answer(2)], [reworded, answer(2)])
    assert [change.case_id for change in comparing.changes] == ["case-2"]
    assert comparing.left_out == ("case-1",)


def test_a_question_held_against_something_else_is_another_question() -> None:
    of = case(1, reference="another reference")
    assert compare([answer(1)], [judged("passed", attempt(trial(of.id)), of)]).left_out == ("case-1",)


def test_repeats_are_paired_in_turn_and_a_repeat_without_its_pair_leaves_no_question_out() -> None:
    thrice = [answer(1, total=40.0 + repeat, repeat=repeat) for repeat in range(3)]
    comparing = compare(thrice, [answer(1, total=45.0)])
    assert [change.seconds for change in comparing.changes] == [5.0]
    assert comparing.left_out == ()


def test_faster_on_every_question_is_better_and_the_other_way_round_worse() -> None:
    slow = totals([60.0 + number for number in range(12)])
    fast = totals([50.0 + number / 2 for number in range(12)])
    for first, second, verdict in ((slow, fast, "better"), (fast, slow, "worse")):
        one = delta(compare(first, second), "total")
        assert one.verdict == verdict
        assert one.difference is not None
        assert abs(one.difference.mean) == pytest.approx(12.75)
        assert (one.difference.clusters, one.difference.pairs) == (12, 12)
        assert one.p is None
    assert delta(compare(slow, fast), "first_text").verdict == "better"


def test_of_five_questions_nothing_can_be_told() -> None:
    comparing = compare(totals([60.0 + number for number in range(5)]), totals([10.0 + number for number in range(5)]))
    one = delta(comparing, "total")
    assert one.verdict == "cannot tell"
    assert one.difference is not None
    assert one.difference.interval is None
    assert one.difference.mean == pytest.approx(-50)


def test_more_passed_items_are_better_and_mcnemar_counts_those_that_turned() -> None:
    before = [answer(number, "failed" if number < 10 else "passed") for number in range(20)]
    after = [answer(number, "failed" if number == 19 else "passed") for number in range(20)]
    one = delta(compare(before, after), "quality")
    assert one.verdict == "better"
    assert one.p == mcnemar(1, 10)
    assert one.difference is not None
    assert one.difference.mean == pytest.approx(9 / 20)


def test_with_repeats_mcnemar_says_nothing_because_answers_to_one_question_are_not_independent() -> None:
    first = [answer(1, "failed", repeat=repeat) for repeat in range(2)]
    second = [answer(1, "passed", repeat=repeat) for repeat in range(2)]
    one = delta(compare(first, second), "quality")
    assert one.p is None
    assert one.difference is not None
    assert (one.difference.clusters, one.difference.pairs) == (1, 2)


def test_where_no_item_turned_mcnemar_has_nothing_to_say() -> None:
    assert delta(compare([answer(1)], [answer(1)]), "quality").p is None


@pytest.mark.parametrize("undecided", ["abstained", None])
def test_what_was_not_decided_on_both_sides_is_no_pair_of_quality(undecided: ItemVerdict | None) -> None:
    comparing = compare([answer(1)], [answer(1, undecided)])
    assert comparing.changes[0].quality is None
    assert delta(comparing, "quality").difference is None
    assert delta(comparing, "total").difference is not None


def test_a_cold_answer_and_a_failure_are_no_pair_of_times() -> None:
    comparing = compare([answer(1), answer(2)], [answer(1, was_cold=True), failed(2)])
    assert [change.seconds for change in comparing.changes] == [None, None]
    assert [delta(comparing, measure).difference for measure in ("total", "first_text")] == [None, None]
    quality = delta(comparing, "quality").difference
    assert quality is not None
    assert quality.mean == -0.5  # a failure is a miss


def test_regressions_of_quality_come_first_and_times_stand_apart() -> None:
    first = [answer(1), answer(2), answer(3), answer(4, "failed"), answer(5), answer(6), answer(7, None)]
    second = [
        answer(1, total=50.5),
        answer(2, total=70.0),
        answer(3, "failed"),
        answer(4, "passed"),
        answer(5, total=90.0),
        answer(6, total=10.0),
        failed(7, None),
    ]
    changes = compare(first, second).changes
    assert [(change.case_id, change.kind, change.pace) for change in changes] == [
        ("case-3", "regressed", "same"),
        ("case-7", "regressed", "same"),
        ("case-4", "improved", "same"),
        ("case-5", "same", "slower"),
        ("case-2", "same", "slower"),
        ("case-1", "same", "same"),
        ("case-6", "same", "faster"),
    ]


def test_a_failure_where_an_answer_was_is_a_regression_also_without_a_judge() -> None:
    assert compare([answer(1, None)], [failed(1, None)]).changes[0].kind == "regressed"
    assert compare([failed(1, None)], [answer(1, None)]).changes[0].kind == "improved"
    assert compare([failed(1, None)], [failed(1, None)]).changes[0].kind == "same"


def test_a_slower_answer_that_passes_is_better_and_slower() -> None:
    better = compare([answer(1, "failed", 50)], [answer(1, "passed", 90)]).changes[0]
    assert (better.kind, better.pace) == ("improved", "slower")
    worse = compare([answer(1, "passed", 90)], [answer(1, "failed", 50)]).changes[0]
    assert (worse.kind, worse.pace) == ("regressed", "faster")


@pytest.mark.parametrize(("seconds", "pace"), [(0.9, "same"), (-0.9, "same"), (1.0, "slower"), (-1.0, "faster")])
def test_less_than_a_second_is_no_change(seconds: float, pace: str) -> None:
    assert compare([answer(1)], [answer(1, total=50 + seconds)]).changes[0].pace == pace
    strict = Matters(total_seconds=0.5)
    assert compare([answer(1)], [answer(1, total=50 + seconds)], strict).changes[0].pace != "same"


@pytest.mark.parametrize(
    ("by", "matters", "verdict"),
    [
        (0.1, USUAL, "same"),  # surely slower, by less than anybody minds
        (0.1, Matters(total_seconds=0.0), "worse"),
        (5.0, USUAL, "worse"),
        (-5.0, USUAL, "better"),
        (0.9, Matters(total_seconds=1.0), "cannot tell"),  # the interval reaches over what counts
    ],
)
def test_a_difference_below_what_matters_is_called_neither_better_nor_worse(
    by: float, matters: Matters, verdict: ComparedVerdict
) -> None:
    first = totals([50.0] * 20)
    second = totals([50.0 + by * (0.5 + number % 4 / 3) for number in range(20)])
    assert delta(compare(first, second, matters), "total").verdict == verdict


def test_on_time_and_passed_counts_what_passed_in_the_times_of_the_first_tier() -> None:
    first = [answer(number) for number in range(20)]
    late = [answer(number, total=130.0 if number < 9 else 50.0) for number in range(20)]
    comparing = compare(first, late)
    one = delta(comparing, "on_time_and_passed")
    assert one.difference is not None
    assert one.difference.mean == pytest.approx(-9 / 20)
    assert one.verdict == "worse"
    assert delta(comparing, "quality").verdict == "cannot tell"
    cold = compare([answer(1)], [answer(1, was_cold=True)])
    assert delta(cold, "on_time_and_passed").difference is None
    failed_cold = compare([answer(1, "failed")], [answer(1, "failed", was_cold=True)])
    assert delta(failed_cold, "on_time_and_passed").difference is not None


def test_a_model_is_compared_with_itself_and_without_a_shared_question_nothing_is() -> None:
    one, both = evaluation(case(1), models=(TARGET,)), evaluation(case(1), case(2), models=(OTHER, TARGET))
    assert same_models(one, both) == (TARGET.key,)
    assert same_models(one, evaluation(models=(OTHER,))) == ()
    assert share_questions(one, both)
    assert not share_questions(one, evaluation(case(2), case(1, question="Another?")))


def test_the_same_two_sides_are_compared_the_same_each_time() -> None:
    first, second = totals([sqrt(number) for number in range(9)]), totals([float(number) for number in range(9)])
    assert compare(first, second).deltas == compare(first, second).deltas
