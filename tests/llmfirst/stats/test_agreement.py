"""Against published examples, counting all pairs, a polynomial, and sums over all tables."""

from itertools import pairwise
from math import comb, inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.stats import Confusion, RocPoint, Table, auc, cohen_kappa, cross_table, proportion, roc, wilson

scores = st.lists(st.integers(0, 8).map(float), min_size=1, max_size=20)  # few values, so that many are equal
cell = st.integers(0, 60)
tables = st.tuples(st.tuples(cell, cell), st.tuples(cell, cell))

# Hanley and McNeil (1982), table I: CT images of 58 healthy and 51 ill people, rated 1 to 5.
HEALTHY = [float(rating) for rating, count in zip(range(1, 6), (33, 6, 6, 11, 2), strict=True) for _ in range(count)]
ILL = [float(rating) for rating, count in zip(range(1, 6), (3, 2, 2, 11, 33), strict=True) for _ in range(count)]


@pytest.mark.parametrize(
    ("table", "kappa"),
    [  # the examples of the article on Cohen's kappa in Wikipedia; the last two agree equally often
        (((20, 5), (10, 15)), 0.4),
        (((45, 15), (25, 15)), 0.1304),
        (((25, 35), (5, 35)), 0.2593),
    ],
)
def test_kappa_of_published_examples(table: Table, kappa: float) -> None:
    found = cohen_kappa(table)
    assert found is not None
    assert found.value == pytest.approx(kappa, abs=5e-5)
    assert found.pairs == sum(map(sum, table))
    assert found.interval.low < found.value < found.interval.high


def test_perfect_agreement_has_an_interval_that_shrinks_with_the_pairs() -> None:
    few, many = cohen_kappa(((10, 0), (0, 10))), cohen_kappa(((100, 0), (0, 100)))
    agreement = wilson(20, 20)
    assert few is not None
    assert many is not None
    assert agreement is not None
    assert few.value == few.interval.high == 1
    assert few.interval.low == pytest.approx(2 * agreement.low - 1)
    assert few.interval.low < many.interval.low < 1


def test_perfect_disagreement_is_minus_one() -> None:
    found = cohen_kappa(((0, 10), (10, 0)))
    assert found is not None
    assert found.value == found.interval.low == -1


@pytest.mark.parametrize("table", [((0, 0), (0, 0)), ((9, 0), (0, 0)), ((0, 0), (0, 9))])
def test_without_two_words_there_is_no_kappa(table: Table) -> None:
    assert cohen_kappa(table) is None


def test_a_judge_that_always_says_yes_agrees_no_more_than_chance() -> None:
    found = cohen_kappa(((20, 20), (0, 0)))
    assert found is not None
    assert found.value == 0


def test_a_negative_count_in_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        cohen_kappa(((5, -1), (1, 5)))


@given(tables)
def test_kappa_lies_in_its_interval_and_does_not_care_who_is_first(table: Table) -> None:
    (both, only_first), (only_second, neither) = table
    found = cohen_kappa(table)
    assert found == cohen_kappa(((both, only_second), (only_first, neither)))
    if found is not None:
        assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1
        assert found.interval.low < found.interval.high


@pytest.mark.parametrize(
    "chances", [(0.4, 0.1, 0.1, 0.4), (0.45, 0.05, 0.05, 0.45), (0.49, 0.01, 0.01, 0.49), (0.5, 0.01, 0.35, 0.14)]
)
def test_the_interval_of_kappa_covers_the_true_one(chances: tuple[float, float, float, float]) -> None:
    """The exact coverage for 16 pairs, summed over all tables; the usual interval falls to 0.28 in the third row."""
    first, second, third, fourth = chances
    expected = (first + second) * (first + third) + (third + fourth) * (second + fourth)
    true = (first + fourth - expected) / (1 - expected)
    covered = defined = 0.0
    for a in range(17):
        for b in range(17 - a):
            for c in range(17 - a - b):
                d = 16 - a - b - c
                chance = comb(16, a) * comb(16 - a, b) * comb(16 - a - b, c)
                weight = chance * first**a * second**b * third**c * fourth**d
                if weight > 1e-9 and (found := cohen_kappa(((a, b), (c, d)))) is not None:
                    defined += weight
                    covered += weight * (found.interval.low <= true <= found.interval.high)
    assert covered / defined > 0.93


def test_pairs_are_counted_by_what_both_said() -> None:
    pairs = [(True, True), (True, False), (True, True), (False, False), (False, True), (False, True), (False, True)]
    assert cross_table(pairs) == ((2, 1), (3, 1))
    assert cross_table([]) == ((0, 0), (0, 0))


def test_sensitivity_is_of_the_good_and_specificity_of_the_bad() -> None:
    """Measured: P(yes) of a 1.5B judge on 40 pairs of LLMBar-Natural."""
    judge = Confusion(true_yes=38, false_no=2, true_no=11, false_yes=29)
    assert judge.sensitivity == proportion(38, 40)
    assert judge.specificity == proportion(11, 40)
    for share, low, high in ((judge.sensitivity, 0.83, 0.99), (judge.specificity, 0.16, 0.43)):
        assert share.interval is not None
        assert (share.interval.low, share.interval.high) == pytest.approx((low, high), abs=0.006)
    assert judge.table == ((38, 29), (2, 11))


def test_a_judge_that_saw_no_bad_answer_has_no_specificity() -> None:
    judge = Confusion(true_yes=3, false_no=0, true_no=0, false_yes=0)
    assert judge.specificity.rate is None
    assert judge.specificity.interval is None


def test_the_area_of_the_published_ratings() -> None:
    found = auc(ILL, HEALTHY)
    assert found is not None
    assert found.area == pytest.approx(0.893, abs=5e-4)
    assert (found.good, found.bad) == (51, 58)
    # The paper's standard error is 0.032; the interval is about as wide, and longer downwards.
    assert found.interval.high - found.interval.low == pytest.approx(4 * 0.032, rel=0.1)
    assert found.interval.high - found.area < found.area - found.interval.low


@pytest.mark.parametrize(("good", "bad"), [([3.0], []), ([], [3.0]), ([], [])])
def test_without_both_kinds_there_is_no_curve(good: list[float], bad: list[float]) -> None:
    assert auc(good, bad) is None
    assert roc(good, bad) == ()


def test_scores_that_are_all_equal_tell_nothing() -> None:
    found = auc([8.0] * 20, [8.0] * 20)
    assert found is not None
    assert found.area == 0.5
    assert found.interval.low == pytest.approx(1 - found.interval.high)
    assert found.interval.low < 0.4


def test_a_judge_without_a_mistake_may_still_make_one() -> None:
    few, many = auc([2.0] * 5, [1.0] * 5), auc([2.0] * 50, [1.0] * 50)
    assert few is not None
    assert many is not None
    assert few.area == few.interval.high == 1
    assert few.interval.low < many.interval.low < 1


def test_infinite_log_odds_have_an_order_too() -> None:
    found = auc([inf, 2.0], [-inf, 1.0])
    assert found is not None
    assert found.area == 1


def test_nan_is_refused_as_a_score() -> None:
    with pytest.raises(ValueError, match="NaN"):
        auc([nan], [1.0])
    with pytest.raises(ValueError, match="NaN"):
        roc([1.0], [nan])


@given(scores, scores)
def test_the_area_is_the_share_of_pairs_in_the_right_order(good: list[float], bad: list[float]) -> None:
    right = [1.0 if one > other else 0.5 if one == other else 0.0 for one in good for other in bad]
    found, turned = auc(good, bad), auc(bad, good)
    assert found is not None
    assert turned is not None
    assert found.area == pytest.approx(sum(right) / len(right))
    assert 0 <= found.interval.low <= found.area <= found.interval.high <= 1
    assert found.interval.low < found.interval.high
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (1 - turned.interval.high, 1 - turned.interval.low)
    )


@given(scores, scores)
def test_the_ends_are_roots_of_the_polynomial_of_newcombe(good: list[float], bad: list[float]) -> None:
    """His method 5, multiplied by (2 - x)(1 + x): mn (area - x)^2 = z^2 x (1 - x) shape."""
    found = auc(good, bad)
    assert found is not None
    x = np.polynomial.Polynomial([0, 1])
    others, pairs = (len(good) + len(bad)) / 2 - 1, len(good) * len(bad)
    shape = (2 - x) * (1 + x) + others * ((1 - x) * (1 + x) + x * (2 - x))
    zero = pairs * (found.area - x) ** 2 * (2 - x) * (1 + x) - 1.959964**2 * x * (1 - x) * shape
    scale = pairs + others
    assert abs(zero(found.interval.low)) < 1e-5 * scale
    assert abs(zero(found.interval.high)) < 1e-5 * scale


@pytest.mark.parametrize(("distance", "true"), [(0.0, 0.5), (2.3262, 0.95)])
def test_the_interval_of_the_area_covers_it_about_as_often_as_it_says(distance: float, true: float) -> None:
    """Two normal distributions; in the second row 20 good and 30 bad answers are hardly mixed."""
    rng = np.random.default_rng(20240607)
    covered = 0
    for _ in range(300):
        found = auc(rng.normal(distance, 1, 20).tolist(), rng.normal(0, 1, 30).tolist())
        assert found is not None
        covered += found.interval.low <= true <= found.interval.high
    assert 0.92 <= covered / 300 <= 0.99


def test_a_curve_rises_from_none_passed_to_all_passed() -> None:
    assert roc([3.0, 2.0], [2.0, 1.0]) == (
        RocPoint(inf, 0, 0),
        RocPoint(3, 0.5, 0),
        RocPoint(2, 1, 0.5),
        RocPoint(1, 1, 1),
    )


@given(scores, scores)
def test_the_area_under_the_points_is_the_auc(good: list[float], bad: list[float]) -> None:
    points, found = roc(good, bad), auc(good, bad)
    assert found is not None
    steps = pairwise(points)
    area = sum((b.bad_share - a.bad_share) * (a.good_share + b.good_share) / 2 for a, b in steps)
    assert area == pytest.approx(found.area)
    assert [point.threshold for point in points] == sorted({point.threshold for point in points}, reverse=True)
    assert (points[-1].good_share, points[-1].bad_share) == (1, 1)
