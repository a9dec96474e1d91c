"""A rate corrected for the errors of its judge: the textbook's value, and an interval that holds what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.stats import Confusion, corrected_rate, generator

COUNT = st.integers(min_value=0, max_value=60)


def judge(sensitivity: float, specificity: float, each: int) -> Confusion:
    yes, no = round(sensitivity * each), round(specificity * each)
    return Confusion(true_yes=yes, false_no=each - yes, true_no=no, false_yes=each - no)


@pytest.mark.parametrize(
    ("passed", "total", "sensitivity", "specificity", "value"),
    [
        (50, 100, 0.9, 0.8, 0.3 / 0.7),  # Rogan and Gladen: (p + spec - 1) / (sens + spec - 1)
        (80, 100, 1.0, 1.0, 0.8),
        (83, 100, 0.95, 0.4, (0.83 - 0.6) / 0.35),
        (95, 100, 0.9, 0.9, 1.0),  # above what this judge could say of good answers alone
        (5, 100, 0.9, 0.9, 0.0),
    ],
)
def test_the_value_is_that_of_rogan_and_gladen(
    passed: int, total: int, sensitivity: float, specificity: float, value: float
) -> None:
    found = corrected_rate(passed, total, judge(sensitivity, specificity, 100))
    assert found is not None
    assert found.value == pytest.approx(value)
    assert 0 <= found.interval.low <= found.interval.high <= 1


@pytest.mark.parametrize(
    "confusion", [judge(0.5, 0.5, 60), judge(0.95, 0.05, 60), judge(0.2, 0.3, 60), judge(0.9, 0.9, 0)]
)
def test_a_judge_no_better_than_chance_tells_nothing(confusion: Confusion) -> None:
    assert corrected_rate(40, 50, confusion) is None


def test_without_verdicts_there_is_no_rate() -> None:
    assert corrected_rate(0, 0, judge(0.9, 0.9, 60)) is None


@pytest.mark.parametrize(("passed", "total"), [(-1, 3), (4, 3)])
def test_an_impossible_count_is_refused(passed: int, total: int) -> None:
    with pytest.raises(ValueError, match="passes must be between"):
        corrected_rate(passed, total, judge(0.9, 0.9, 60))


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.8, 0.95])
@pytest.mark.parametrize(("sensitivity", "specificity", "each"), [(0.9, 0.9, 60), (0.75, 0.8, 30)])
def test_the_interval_holds_the_truth_as_often_as_it_says(
    rate: float, sensitivity: float, specificity: float, each: int
) -> None:
    chance, draws, held = generator(3), 600, 0
    says_yes = rate * sensitivity + (1 - rate) * (1 - specificity)
    for _ in range(draws):
        yes, no = chance.binomial(each, sensitivity), chance.binomial(each, specificity)
        found = corrected_rate(
            int(chance.binomial(40, says_yes)), 40, Confusion(int(yes), int(each - yes), int(no), int(each - no))
        )
        held += found is None or found.interval.low <= rate <= found.interval.high
    assert held / draws >= 0.93


@pytest.mark.parametrize(("there", "good"), [(0.0, 0.5), (0.3, 0.1), (0.3, 0.9), (0.9, 0.5)])
@pytest.mark.parametrize(("sensitivity", "specificity", "each"), [(0.9, 0.9, 60), (0.75, 0.8, 30)])
def test_the_interval_holds_the_truth_also_where_the_judge_has_nothing_to_read_of_some(
    there: float, good: float, sensitivity: float, specificity: float, each: int
) -> None:
    chance, draws, held, rate, found_rates = generator(3), 600, 0, there * good, 0.0
    for _ in range(draws):
        right, wrong, unread = (int(one) for one in chance.multinomial(40, [rate, there - rate, 1 - there]))
        passed = int(chance.binomial(right, sensitivity) + chance.binomial(wrong, 1 - specificity))
        yes, no = int(chance.binomial(each, sensitivity)), int(chance.binomial(each, specificity))
        found = corrected_rate(passed, 40, Confusion(yes, each - yes, no, each - no), unread=unread)
        assert found is not None
        held += found.interval.low - 1e-9 <= rate <= found.interval.high + 1e-9
        found_rates += found.value
    assert held / draws >= 0.93
    assert found_rates / draws == pytest.approx(rate, abs=0.03)


def test_a_text_that_is_not_there_is_not_corrected_for_being_passed_by_mistake() -> None:
    half = corrected_rate(15, 40, judge(0.9, 0.8, 100), unread=20)
    assert half is not None
    assert half.value == pytest.approx((0.375 - 0.5 * 0.2) / 0.7)
    nothing = corrected_rate(0, 40, judge(0.9, 0.8, 100), unread=40)
    assert nothing is not None
    assert (nothing.value, nothing.interval.low) == (0.0, 0.0)
    with pytest.raises(ValueError, match="what was read"):
        corrected_rate(21, 40, judge(0.9, 0.8, 100), unread=20)


@given(passed=st.integers(min_value=0, max_value=39), yes=COUNT, no=COUNT)
def test_more_passes_never_make_less(passed: int, yes: int, no: int) -> None:
    confusion = Confusion(yes, 60 - yes, no, 60 - no)
    fewer, more = (corrected_rate(count, 40, confusion) for count in (passed, passed + 1))
    assert (fewer is None) == (more is None)
    if fewer is not None and more is not None:
        assert fewer.value <= more.value
