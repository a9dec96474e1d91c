"""Simulated judges: what they decide is wrong as seldom as was asked for, and as much as can be is decided."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.stats import Selection, generator, miss_rate_bound, selection

MOST_WRONG = 0.1
decisions = st.lists(st.tuples(st.sampled_from([0.1, 0.5, 1.0, 2.0]), st.booleans()), max_size=120)
"""Many of equal confidence."""


def threshold_of(found: Selection | None) -> float:
    assert found is not None
    return found.threshold


def test_it_begins_with_as_many_as_can_prove_the_share() -> None:
    assert selection([(1.0, True)] * 28, MOST_WRONG) is None
    assert selection([(1.0, True)] * 29, MOST_WRONG) == Selection(1.0, decided=29, wrong=0, total=29)
    assert selection([], MOST_WRONG) is None


def test_it_ends_before_the_first_threshold_that_proves_nothing() -> None:
    sure = [(100.0 - number, True) for number in range(60)]
    assert threshold_of(selection([*sure, (40.0, False), *[(30.0, False)] * 9], MOST_WRONG)) == 40.0
    later = [(20.0, True)] * 400  # would prove it again, but is not reached
    assert threshold_of(selection([*sure, *[(30.0, False)] * 9, *later], MOST_WRONG)) == 41.0


@given(decisions)
def test_what_is_decided_is_proved_and_includes_all_of_equal_confidence(some: list[tuple[float, bool]]) -> None:
    found = selection(some, MOST_WRONG)
    if found is None:
        return
    taken = [is_right for confidence, is_right in some if confidence >= found.threshold]
    assert (found.decided, found.wrong, found.total) == (len(taken), taken.count(False), len(some))
    bound = miss_rate_bound(found.wrong, found.decided)
    assert bound is not None
    assert bound <= MOST_WRONG


@given(decisions)
def test_the_order_of_the_cases_means_nothing(some: list[tuple[float, bool]]) -> None:
    assert selection(some, MOST_WRONG) == selection(some[::-1], MOST_WRONG)


@pytest.mark.parametrize("size", [40, 100, 400])
@pytest.mark.parametrize(
    "error",
    [
        lambda doubt: 0.3 * doubt,
        lambda doubt: 0.5 * doubt**2,
        lambda doubt: 0.05 + 0.15 * doubt,
        lambda doubt: 0.101 + 0 * doubt,  # no threshold is right: whatever is found is wrong
        lambda doubt: 0.5 + 0 * doubt,
    ],
)
def test_in_95_of_100_calibrations_the_true_share_is_kept(size: int, error: Callable[[np.ndarray], np.ndarray]) -> None:
    """`error` is how often a judge is wrong by its doubt, 0 to 1, which is uniform."""
    draw, kept, calibrations = generator(7), 0, 400
    for _ in range(calibrations):
        doubts = draw.random(size)
        rights = draw.random(size) >= error(doubts)
        found = selection([(1 - doubt, bool(right)) for doubt, right in zip(doubts, rights, strict=True)], MOST_WRONG)
        if found is not None:
            decided = np.linspace(0, 1 - found.threshold, 500)
            kept += float(np.mean(error(decided))) <= MOST_WRONG
        else:
            kept += 1
    luck = 2 * (calibrations * 0.95 * 0.05) ** 0.5  # two standard deviations of their number
    assert kept >= 0.95 * calibrations - luck


def test_a_judge_that_is_sure_where_it_is_right_decides_most_and_a_coin_nothing() -> None:
    draw = generator(3)
    doubts = draw.random(200)
    good = [(1 - doubt, bool(draw.random() >= 0.3 * doubt**3)) for doubt in doubts]
    coin = [(1 - doubt, bool(draw.random() >= 0.5)) for doubt in doubts]
    found = selection(good, MOST_WRONG)
    assert found is not None
    assert found.share.rate is not None
    assert found.share.rate > 0.6
    assert selection(coin, MOST_WRONG) is None


@pytest.mark.parametrize("most_wrong", [0.0, 1.0, -0.1])
def test_an_impossible_share_is_refused(most_wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        selection([], most_wrong)
