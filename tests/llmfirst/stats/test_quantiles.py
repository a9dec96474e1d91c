"""Against NumPy, published ranks, and sums over all outcomes."""

from math import comb, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.stats import Interval, least_sample, quantile, quantile_interval
from tests.conftest import tries

seconds = st.integers(0, 200_000).map(lambda milliseconds: milliseconds / 1000)
shares = st.integers(1, 99).map(lambda percent: percent / 100)


def numbers(total: int) -> list[float]:
    """Return 1 to `total`, so that a value is its own rank."""
    return [float(rank) for rank in range(1, total + 1)]


@given(st.lists(seconds, min_size=1), st.floats(0, 1))
def test_a_quantile_is_that_of_numpy(values: list[float], share: float) -> None:
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-6, abs=1e-6)


@given(st.lists(seconds, min_size=1), shares)
def test_a_quantile_lies_among_the_values_and_rises_with_the_share(values: list[float], share: float) -> None:
    less, more = quantile(values, share), quantile(values, min(1, share + 0.1))
    assert less is not None
    assert more is not None
    assert min(values) <= less <= more <= max(values)


def test_a_quantile_of_one_value_is_that_value_and_of_none_is_nothing() -> None:
    assert [quantile([7.0], share) for share in (0, 0.5, 1)] == [7, 7, 7]
    assert quantile([], 0.5) is None


def test_the_order_of_the_values_does_not_matter_and_is_kept() -> None:
    values = [3.0, 1.0, 2.0]
    assert quantile(values, 0.5) == 2
    assert values == [3.0, 1.0, 2.0]


def test_an_answer_that_never_ended_counts_as_the_slowest() -> None:
    values = [1.0, 2.0, 3.0, inf, inf]
    assert quantile(values, 0.5) == 3
    assert quantile(values, 0.6) == inf
    assert quantile(values, 1) == inf
    assert quantile([*numbers(8), *[inf] * 93], 0.07) == 8


@pytest.mark.parametrize(("share", "total"), [(0.9, 36), (0.95, 72), (0.99, 368), (0.5, 6), (0.1, 36)])
def test_a_percentile_needs_this_many_values(share: float, total: int) -> None:
    """Published tables of the interval of a median begin with six values, too."""
    assert least_sample(share) == total
    assert quantile_interval(numbers(total - 1), share) is None
    assert quantile_interval(numbers(total), share) is not None


def test_one_value_more_is_not_asked_for_where_the_numbers_are_whole() -> None:
    assert least_sample(0.5, confidence=1 - 2 / 2**4) == 4
    assert least_sample(0.5, confidence=1 - 2 / 2**10) == 10


@pytest.mark.parametrize(
    ("total", "low", "high"),
    # Campbell and Gardner, in Altman et al., Statistics with Confidence (2nd ed., 2000): ranks for the median
    [(6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)],
)
def test_the_interval_of_the_median_has_the_published_ranks(total: int, low: int, high: int) -> None:
    assert quantile_interval(numbers(total), 0.5) == Interval(low, high)


@pytest.mark.parametrize(("total", "share"), [(36, 0.9), (60, 0.75), (80, 0.95), (200, 0.9), (400, 0.99), (40, 0.2)])
def test_each_end_is_wrong_in_at_most_one_of_forty_samples_and_could_not_be_nearer(total: int, share: float) -> None:
    def below(rank: int) -> float:
        """Return the chance that fewer than `rank` values lie under the true quantile."""
        return sum(comb(total, count) * share**count * (1 - share) ** (total - count) for count in range(rank))

    found = quantile_interval(numbers(total), share)
    assert found is not None
    low, high = int(found.low), int(found.high)
    assert below(low) <= 0.025 < below(low + 1)
    assert 1 - below(high) <= 0.025 < 1 - below(high - 1)


def test_the_interval_covers_the_true_percentile_of_a_skewed_distribution() -> None:
    rng = np.random.default_rng(20240607)
    samples = rng.exponential(size=(400, 80))
    true = float(-np.log(0.1))
    found = [quantile_interval(sample.tolist(), 0.9) for sample in samples]
    covered = sum(interval is not None and interval.low <= true <= interval.high for interval in found)
    assert 0.94 <= covered / len(samples) <= 1


@settings(max_examples=tries(30))
@given(st.lists(seconds, min_size=36, max_size=80), st.sampled_from([0.25, 0.5, 0.75, 0.9]))
def test_the_interval_contains_the_quantile(values: list[float], share: float) -> None:
    interval, middle = quantile_interval(values, share), quantile(values, share)
    assert interval is not None
    assert middle is not None
    assert interval.low <= middle <= interval.high
    assert {interval.low, interval.high} <= set(values)


@settings(max_examples=tries(30))
@given(st.lists(seconds, min_size=60, max_size=100))
def test_more_confidence_asks_for_a_wider_interval_of_a_quantile(values: list[float]) -> None:
    sure, unsure = quantile_interval(values, 0.9, 0.99), quantile_interval(values, 0.9, 0.9)
    assert sure is not None
    assert unsure is not None
    assert sure.low <= unsure.low <= unsure.high <= sure.high


def test_an_interval_may_end_at_an_answer_that_never_ended() -> None:
    interval = quantile_interval([*numbers(38), inf, inf], 0.9)
    assert interval is not None
    assert interval.low < 38
    assert interval.high == inf


@pytest.mark.parametrize("value", [nan, -inf])
def test_what_is_no_measurement_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="must not be NaN"):
        quantile([1.0, value], 0.5)
    with pytest.raises(ValueError, match="must not be NaN"):
        quantile_interval([1.0, value], 0.5)


@pytest.mark.parametrize("share", [-0.1, 95])
def test_a_share_in_percent_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share must be between"):
        quantile([1.0], share)
    with pytest.raises(ValueError, match="share must be between"):
        least_sample(share)


@pytest.mark.parametrize("share", [0, 1])
def test_the_ends_of_a_distribution_have_no_interval(share: float) -> None:
    with pytest.raises(ValueError, match="share must be between"):
        quantile_interval(numbers(100), share)
