"""Against the tables of papers, known tables, SciPy, and sums over all outcomes."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from llmfirst.stats import (
    Interval,
    items_needed,
    mcnemar,
    miss_rate_bound,
    more_needed,
    passes_needed,
    proportion,
    wilson,
)

counts = st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def ends(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [  # Newcombe (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(passed: int, total: int, low: float, high: float) -> None:
    assert ends(wilson(passed, total)) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("total", "at_80_percent", "at_90_percent"),
    [  # 95 % intervals in whole percent
        (20, (58, 92), (70, 97)),
        (50, (67, 89), (79, 96)),
        (100, (71, 87), (83, 94)),
        (200, (74, 85), (85, 93)),
        (400, (76, 84), (87, 93)),
    ],
)
def test_wilson_gives_the_known_table(
    total: int, at_80_percent: tuple[int, int], at_90_percent: tuple[int, int]
) -> None:
    for share, expected in ((8, at_80_percent), (9, at_90_percent)):
        assert tuple(round(100 * end) for end in ends(wilson(total * share // 10, total))) == expected


@pytest.mark.parametrize(("total", "proven"), [(20, 0.84), (50, 0.93), (100, 0.96)])
def test_all_inside_the_limit_proves_less_than_all(total: int, proven: float) -> None:
    low, high = ends(wilson(total, total))
    assert low == pytest.approx(proven, abs=0.005)
    assert high == 1


@given(counts, confidences)
def test_wilson_is_that_of_scipy(count: tuple[int, int], confidence: float) -> None:
    passed, total = count
    expected = binomtest(passed, total).proportion_ci(confidence, method="wilson")
    assert ends(wilson(passed, total, confidence)) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(counts, confidences)
def test_wilson_contains_the_share_and_has_a_width(count: tuple[int, int], confidence: float) -> None:
    passed, total = count
    low, high = ends(wilson(passed, total, confidence))
    assert 0 <= low <= passed / total <= high <= 1
    assert low < high


@given(counts)
def test_wilson_rises_with_the_passes(count: tuple[int, int]) -> None:
    passed, total = count
    less, more = ends(wilson(passed, total)), ends(wilson(min(passed + 1, total), total))
    assert less[0] <= more[0]
    assert less[1] <= more[1]


@given(counts)
def test_more_confidence_asks_for_a_wider_interval(count: tuple[int, int]) -> None:
    sure, unsure = ends(wilson(*count, 0.99)), ends(wilson(*count, 0.9))
    assert sure[0] <= unsure[0]
    assert unsure[1] <= sure[1]


@pytest.mark.parametrize(("total", "rate"), [(20, 0.5), (50, 0.8), (100, 0.9)])
def test_wilson_covers_the_true_rate_about_as_often_as_it_says(total: int, rate: float) -> None:
    """The exact coverage, summed over all outcomes; it oscillates around the nominal one."""
    covered = sum(
        comb(total, passed) * rate**passed * (1 - rate) ** (total - passed)
        for passed in range(total + 1)
        if (found := wilson(passed, total)) is not None and found.low <= rate <= found.high
    )
    assert 0.93 < covered < 0.98


def test_nothing_measured_gives_nothing() -> None:
    assert wilson(0, 0) is None
    assert miss_rate_bound(0, 0) is None
    assert passes_needed(0, 0.8) is None
    assert proportion(0, 0).rate is None
    assert proportion(0, 0).interval is None


def test_a_proportion_carries_its_counts() -> None:
    quality = proportion(29, 30)
    assert (quality.passed, quality.total, quality.rate) == (29, 30, 29 / 30)
    assert quality.interval == wilson(29, 30)


@pytest.mark.parametrize(("passed", "total"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(passed: int, total: int) -> None:
    with pytest.raises(ValueError, match="count must be between"):
        wilson(passed, total)
    with pytest.raises(ValueError, match="count must be between"):
        miss_rate_bound(passed, total)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_in_percent_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence"):
        miss_rate_bound(1, 2, confidence)


def test_no_miss_in_forty_proves_less_than_seven_percent() -> None:
    assert miss_rate_bound(0, 40) == pytest.approx(0.072, abs=5e-4)
    assert miss_rate_bound(0, 40) == pytest.approx(1 - 0.05 ** (1 / 40))


@given(counts, confidences)
def test_the_bound_of_the_miss_rate_is_that_of_clopper_and_pearson(count: tuple[int, int], confidence: float) -> None:
    misses, total = count
    expected = binomtest(misses, total, alternative="less").proportion_ci(confidence, method="exact").high
    bound = miss_rate_bound(misses, total, confidence)
    assert bound == pytest.approx(expected, abs=1e-9)
    assert misses / total <= expected <= 1


def test_at_the_bound_so_few_misses_come_in_one_of_twenty_samples() -> None:
    bound = miss_rate_bound(3, 50)
    assert bound is not None
    few = sum(comb(50, misses) * bound**misses * (1 - bound) ** (50 - misses) for misses in range(4))
    assert few == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("total", "passed"),
    # two-sided 95 % Wilson
    [(20, 20), (30, 29), (40, 37), (50, 46), (60, 55), (100, 88), (200, 172), (300, 254), (500, 418)],
)
def test_the_passes_that_prove_80_percent_are_the_known_ones(total: int, passed: int) -> None:
    assert passes_needed(total, 0.8) == passed


@given(st.integers(1, 120), st.integers(0, 100))
def test_the_passes_needed_are_the_least_that_do(total: int, percent: int) -> None:
    enough = [passed for passed in range(total + 1) if ends(wilson(passed, total))[0] >= percent / 100]
    assert passes_needed(total, percent / 100) == min(enough, default=None)


@pytest.mark.parametrize(("rate", "items"), [(0.8, 16), (0.85, 22), (0.9, 35), (0.0, 1)])
def test_a_target_needs_this_many_items(rate: float, items: int) -> None:
    assert items_needed(rate) == items


@given(st.integers(1, 990), confidences)
def test_with_one_item_less_even_all_passes_do_not_prove_the_rate(permille: int, confidence: float) -> None:
    items = items_needed(permille / 1000, confidence)
    assert passes_needed(items, permille / 1000, confidence) == items
    assert passes_needed(items - 1, permille / 1000, confidence) is None


def test_no_number_proves_that_all_pass() -> None:
    assert passes_needed(1000, 1) is None
    with pytest.raises(ValueError, match="rate of 1"):
        items_needed(1)


@pytest.mark.parametrize("rate", [-0.1, 80])
def test_a_rate_in_percent_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be between"):
        passes_needed(10, rate)
    with pytest.raises(ValueError, match="rate must be between"):
        items_needed(rate)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_two_sided_binomial_test(only_first: int, only_second: int) -> None:
    p = mcnemar(only_first, only_second)
    if only_first + only_second == 0:
        assert p is None
    else:
        assert p == pytest.approx(binomtest(only_first, only_first + only_second).pvalue)
        assert p == mcnemar(only_second, only_first)


def test_mcnemar_counts_all_outcomes_at_least_as_far_from_even() -> None:
    assert mcnemar(1, 6) == pytest.approx(2 * (comb(7, 0) + comb(7, 1)) / 2**7)
    assert mcnemar(0, 6) == pytest.approx(2 / 2**6)
    assert mcnemar(4, 4) == 1


@pytest.mark.parametrize("counted", [(-1, 3), (3, -1), (-2, -2)])
def test_a_negative_count_is_refused(counted: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="count must be between"):
        mcnemar(*counted)


@pytest.mark.parametrize(
    ("passed", "total", "more"), [(32, 40, 45), (9, 10, 15), (40, 40, 0), (28, 40, None), (0, 0, None)]
)
def test_what_is_missing_is_as_many_more_trials_as_lift_the_lower_end(
    passed: int, total: int, more: int | None
) -> None:
    assert more_needed(passed, total, 0.7) == more


@given(counts)
def test_with_what_was_missing_the_rate_is_proved_and_with_less_it_is_not(pair: tuple[int, int]) -> None:
    passed, total = pair
    if passed / total >= 0.75 and (more := more_needed(passed, total, 0.7)):
        for extra, is_proved in ((more, True), (more - 1, False)):
            needed = passes_needed(total + extra, 0.7)
            assert (needed is not None and needed <= passed * (total + extra) / total) == is_proved
