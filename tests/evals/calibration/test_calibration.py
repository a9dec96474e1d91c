"""What the gold set says of judges whose errors are known, because they were scripted."""

from math import ceil, log
from typing import Any

import pytest

from evals.calibration.calibration import (
    EARLY_CONFIDENCE,
    EARLY_LOOKS,
    LAST_CONFIDENCE,
    LEAST_RATE,
    Calibration,
    calibration,
    looks,
)
from evals.calibration.gold_verdicts import gold_questions
from evals.judge.questions import yes_no_key
from evals.records.opinions import YesNo
from llmfirst.stats import generator, passes_needed
from tests.evals.calibration.made import GOLD, Opinion, found, readings, right
from tests.evals.made import NO, YES, reading

UNSURE = reading(-log(98) / 3)  # at the bar between YES and NO


def broken(one: Calibration) -> set[str]:
    return {rule.name for rule in one.rules if not rule.holds}


def test_a_judge_that_is_always_right_can_be_believed() -> None:
    one = found(right)
    assert one.is_trustworthy
    assert (one.answers, one.decided) == (144, 144)
    assert (one.confusion.sensitivity.rate, one.confusion.specificity.rate) == (1, 1)
    assert one.auc is not None
    assert one.auc.area == 1
    assert all(share.passed == 0 for share in one.passed_bad.values())


def test_a_judge_that_passes_everything_passes_only_what_no_check_stops() -> None:
    one = found(lambda *_: YES)
    assert not one.is_trustworthy
    assert one.judge_alone.specificity.rate == 0
    passed = {defect: share.passed for defect, share in one.passed_bad.items()}
    assert passed.pop("injected") == passed.pop("wrong_language") == passed.pop("too_long") == 0
    assert all(count > 0 for count in passed.values())
    assert {"specificity", "auc", "kappa"} <= broken(one)


def test_a_judge_that_is_never_sure_is_not_covered() -> None:
    one = found(lambda *_: UNSURE)
    assert "coverage" in broken(one)
    assert {verdict.by_judge for verdict in one.verdicts} == {"abstained"}


def test_a_judge_whose_first_token_is_no_verdict_breaks_the_rule_of_mass() -> None:
    one = found(lambda label, defect, number: YesNo(yes=0.1, no=0.1) if number < 9 else right(label, defect, number))
    assert broken(one) == {"verdict_mass"}


@pytest.mark.parametrize(("wrong", "trusted"), [(0, True), (8, True), (28, False)])
def test_trust_ends_where_sensitivity_is_not_proved(wrong: int, trusted: bool) -> None:
    def opinion(label: str, defect: str | None, number: int) -> YesNo:
        return NO if label == "good" and number // 2 < wrong else right(label, defect, number)

    one = found(opinion)
    assert one.is_trustworthy == trusted
    assert ("sensitivity" in broken(one)) != trusted


def test_a_judge_that_goes_by_length_does_not_beat_length() -> None:
    lengths = {answer.text: len(answer.text) for case in GOLD.cases for answer in case.answers}
    middle = sorted(lengths.values())[len(lengths) // 2]
    answers = [answer for case in GOLD.cases for answer in case.answers]
    one = found(lambda label, defect, number: YES if len(answers[number].text) >= middle else NO)
    assert {"beats_length", "auc"} <= broken(one)


def often_right(label: str, defect: str | None, number: int) -> YesNo:
    return NO if label == "good" and number % 8 == 0 else right(label, defect, number)


def begun(cases: int, opinion: Opinion) -> Calibration | None:
    """Return what is certain of a judge that has read so many cases."""
    return calibration(GOLD, readings(GOLD.first(cases), opinion))


def test_a_judge_that_is_always_right_is_believed_after_half_of_the_gold_set() -> None:
    early, _ = looks(GOLD)
    assert begun(early - 1, right) is None
    one = begun(early, right)
    assert one is not None
    assert (one.ended, one.is_trustworthy, one.answers, one.of_answers) == ("proved", True, 72, 144)
    assert begun(early + 1, right) == one


def test_a_judge_that_may_yet_be_believed_reads_to_the_end() -> None:
    assert all(begun(cases, often_right) is None for cases in (*looks(GOLD), len(GOLD.cases) - 1))
    assert found(often_right).is_trustworthy


@pytest.mark.parametrize(
    ("opinion", "rule"),
    [(lambda *_: YES, "specificity"), (lambda *_: NO, "sensitivity"), (lambda *_: UNSURE, "coverage")],
)
def test_a_judge_that_can_no_longer_be_believed_reads_no_further(opinion: Opinion, rule: str) -> None:
    ends = [one for cases in range(2, 24, 4) if (one := begun(cases, opinion)) is not None]
    assert ends
    assert {(one.ended, one.is_trustworthy) for one in ends} == {("lost", False)}
    assert rule in broken(ends[0])
    assert ends[0].answers < 0.75 * ends[0].of_answers
    assert not found(opinion).is_trustworthy


def test_the_whole_gold_set_is_read_where_that_is_asked_for() -> None:
    assert calibration(GOLD, readings(GOLD.first(20), right), is_whole=True) is None
    one = calibration(GOLD, readings(GOLD, right), is_whole=True)
    assert one is not None
    assert one.ended == "whole"


def test_three_looks_believe_a_judge_at_the_limit_no_more_often_than_one_and_cost_less() -> None:
    """Simulated: how often the sensitivity is proved, by how many gold answers are decided."""
    for decided in range(30, 73, 6):
        first, second, last = proved(LEAST_RATE, decided)
        assert (first | second | last).mean() < 0.025 + 0.002  # two standard errors of the simulation
        assert (first | second).mean() < 0.005 + 0.001
    first, second, _ = proved(0.95, 72)
    assert first.mean() > 0.8
    assert (first | second).mean() > 0.95


def proved(rate: float, decided: int) -> list[Any]:
    """Simulate calibrations of a judge, and return for each look which of them prove its sensitivity."""
    passed = (generator(5).random((40_000, decided)) < rate).cumsum(axis=1)
    at = [*(ceil(share * decided) for share in EARLY_LOOKS), decided]
    confidences = [*[EARLY_CONFIDENCE] * len(EARLY_LOOKS), LAST_CONFIDENCE]
    needed = [passes_needed(count, LEAST_RATE, one) for count, one in zip(at, confidences, strict=True)]
    return [passed[:, count - 1] >= (least or decided + 1) for count, least in zip(at, needed, strict=True)]


def test_while_a_reading_is_missing_there_is_no_calibration() -> None:
    said = readings(GOLD, often_right)
    assert set(said) == {yes_no_key(*asked) for asked in gold_questions(GOLD)}
    said.popitem()
    assert calibration(GOLD, said) is None
