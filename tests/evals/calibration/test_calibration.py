"""What the gold set says of judges whose errors are known, because they were scripted."""

import pytest

from evals.calibration.calibration import Calibration, calibration, gold_questions
from evals.judge.questions import yes_no_key
from evals.records.opinions import YesNo
from tests.evals.calibration.made import GOLD, found, readings, right
from tests.evals.made import NO, YES

UNSURE = YesNo(yes=0.5, no=0.5)


def broken(one: Calibration) -> set[str]:
    return {rule.name for rule in one.rules if not rule.holds}


def test_a_judge_that_is_always_right_can_be_believed() -> None:
    one = found(right)
    assert one.is_trustworthy
    assert (one.answers, one.decided) == (120, 120)
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


@pytest.mark.parametrize(("wrong", "trusted"), [(0, True), (8, True), (24, False)])
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


def test_while_a_reading_is_missing_there_is_no_calibration() -> None:
    said = readings(GOLD, right)
    assert set(said) == {yes_no_key(*asked) for asked in gold_questions(GOLD)}
    said.popitem()
    assert calibration(GOLD, said) is None
