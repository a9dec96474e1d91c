"""Several tests at once, against a worked example and by their promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.stats import generator, holm

shares = st.lists(st.floats(0, 1), max_size=12)


def test_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_one_test_needs_no_adjustment_and_none_gives_none() -> None:
    assert holm([0.03]) == (0.03,)
    assert holm([]) == ()


@given(shares)
def test_no_value_gets_smaller_and_their_order_stays(found: list[float]) -> None:
    adjusted = holm(found)
    assert all(before <= after <= 1 for before, after in zip(found, adjusted, strict=True))
    by_value = sorted(range(len(found)), key=found.__getitem__)
    assert [adjusted[number] for number in by_value] == sorted(adjusted)


def test_of_many_looks_at_nothing_at_most_one_in_twenty_finds_something() -> None:
    drawn = generator(1).random((1000, 10))
    assert sum(min(holm(list(row))) <= 0.05 for row in drawn) / len(drawn) < 0.065


def test_a_value_that_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, 1.5])
