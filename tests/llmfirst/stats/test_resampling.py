"""Against Student's t, formulas, all resamples of a small sample, and simulation with a seed."""

from itertools import product
from math import inf, nan, sqrt

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmfirst.stats import Difference, Interval, mean_interval, paired_difference
from tests.conftest import tries

seconds = st.integers(0, 200_000).map(lambda milliseconds: milliseconds / 1000)


def rng() -> np.random.Generator:
    return np.random.default_rng(20240607)


def by_question(*differences: float) -> dict[str, list[tuple[float, float]]]:
    """Return one pair per question, with these differences."""
    return {f"question {number}": [(10.0, 10.0 + each)] for number, each in enumerate(differences)}


def test_the_interval_of_a_normal_sample_is_nearly_that_of_student() -> None:
    values = rng().normal(60, 10, size=200)
    found = mean_interval(values.tolist(), rng())
    expected = scipy.stats.t.interval(0.95, 199, loc=values.mean(), scale=values.std(ddof=1) / sqrt(200))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(expected, abs=0.1)


def test_the_interval_of_skewed_times_leans_to_the_slow_side() -> None:
    values = rng().lognormal(3, 0.8, size=60)
    found = mean_interval(values.tolist(), rng())
    assert found is not None
    assert found.high - values.mean() > 1.1 * (values.mean() - found.low)


def test_the_interval_of_a_mean_covers_it_about_as_often_as_it_says() -> None:
    samples = rng().normal(60, 10, size=(60, 30))
    found = [mean_interval(sample.tolist(), rng(), resamples=499) for sample in samples]
    covered = sum(interval is not None and interval.low <= 60 <= interval.high for interval in found)
    assert 0.85 <= covered / len(samples) < 1


def test_the_same_chance_gives_the_same_interval() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
    assert mean_interval(values, rng(), resamples=999) == mean_interval(values, rng(), resamples=999)
    assert values == [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]


@settings(max_examples=tries(40), deadline=None)
@given(st.lists(seconds, min_size=6, max_size=40))
@example([0.251] * 5 + [0.252])
def test_the_interval_of_a_mean_lies_among_the_values(values: list[float]) -> None:
    found = mean_interval(values, rng(), resamples=199)
    if found is not None:
        assert min(values) <= found.low < found.high <= max(values)
    else:
        assert len(set(values)) == 1


@pytest.mark.parametrize("total", range(6))
def test_too_few_values_have_no_interval(total: int) -> None:
    assert mean_interval([float(value) for value in range(total)], rng()) is None


def test_fewer_values_do_where_less_confidence_is_asked_for() -> None:
    assert mean_interval([1.0, 2.0, 3.0, 4.0, 5.0], rng(), confidence=0.9, resamples=999) is not None


@pytest.mark.parametrize("values", [[0.0] * 20, [120.0] * 20, [0.1 + 0.2, 0.3] * 10])
def test_values_without_spread_have_no_interval(values: list[float]) -> None:
    assert mean_interval(values, rng()) is None


@pytest.mark.parametrize("value", [nan, inf])
def test_the_mean_of_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_interval([1.0, value], rng())
    with pytest.raises(ValueError, match="finite"):
        paired_difference({"question": [(1.0, value)]}, rng())


def test_a_confidence_in_percent_is_refused_by_the_bootstrap() -> None:
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0, 2.0], rng(), confidence=95)
    with pytest.raises(ValueError, match="confidence"):
        paired_difference({}, rng(), confidence=95)


def test_the_difference_is_second_less_first_over_all_pairs() -> None:
    found = paired_difference({"a": [(1.0, 2.0), (1.0, 4.0)], "b": [(5.0, 4.0)], "none": []}, rng())
    assert found == Difference(mean=1, interval=None, clusters=2, pairs=3)


def test_the_interval_of_a_difference_is_that_of_all_resamples() -> None:
    """Six questions give 6 ** 6 samples, so that the whole distribution can be written down."""
    differences = [-4.0, -1.0, 0.0, 2.0, 3.0, 7.0]
    every = np.array(list(product(differences, repeat=6))).mean(axis=1)
    found = paired_difference(by_question(*differences), rng(), resamples=20_000)
    assert found is not None
    assert found.interval is not None
    expected = np.quantile(every, [0.025, 0.975])
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, abs=0.2)


def test_the_width_is_the_spread_of_the_replicates_and_not_the_error_of_their_mean() -> None:
    differences = rng().normal(0, 10, size=100)
    for resamples in (2_000, 8_000):
        found = paired_difference(by_question(*differences), rng(), resamples=resamples)
        assert found is not None
        assert found.interval is not None
        expected = 2 * 1.96 * differences.std() / sqrt(100)
        assert found.interval.high - found.interval.low == pytest.approx(expected, rel=0.06)


def test_asking_the_same_question_again_proves_little_more() -> None:
    differences = rng().normal(1, 3, size=20)
    once = paired_difference(by_question(*differences), rng())
    often = paired_difference({name: pairs * 50 for name, pairs in by_question(*differences).items()}, rng())
    assert once is not None
    assert often is not None
    assert once.interval is not None
    assert often.interval is not None
    assert (often.interval.low, often.interval.high) == pytest.approx((once.interval.low, once.interval.high))
    assert (often.clusters, often.pairs) == (20, 1000)


def test_the_interval_of_a_difference_covers_it_about_as_often_as_it_says() -> None:
    covered = 0
    for sample in rng().normal(0, 1, size=(100, 30, 2)):
        spread = sample[:, :1] + sample[:, 1:] * [0.5, 1.0, 1.5]  # three pairs that share what their question brings
        pairs = {str(number): [(0.0, each) for each in row] for number, row in enumerate(spread.tolist())}
        found = paired_difference(pairs, rng(), resamples=499)
        assert found is not None
        assert found.interval is not None
        covered += found.interval.low <= 0 <= found.interval.high
    assert 88 <= covered <= 99


@settings(max_examples=tries(40), deadline=None)
@given(st.lists(st.lists(st.tuples(seconds, seconds), max_size=4), max_size=12))
def test_a_difference_turns_round_with_its_pairs(clusters: list[list[tuple[float, float]]]) -> None:
    forth = {str(number): pairs for number, pairs in enumerate(clusters)}
    back = {name: [(second, first) for first, second in pairs] for name, pairs in forth.items()}
    one, other = paired_difference(forth, rng(), resamples=199), paired_difference(back, rng(), resamples=199)
    if one is None or other is None:
        assert not any(clusters)
        return
    assert one.mean == pytest.approx(-other.mean)
    assert (one.pairs, one.clusters) == (sum(map(len, clusters)), sum(map(bool, clusters)))
    assert (one.interval is None) == (other.interval is None)
    if one.interval is not None and other.interval is not None:
        assert one.interval.low < one.interval.high
        assert (one.interval.low, one.interval.high) == pytest.approx((-other.interval.high, -other.interval.low))


def test_nothing_to_compare_gives_nothing() -> None:
    assert paired_difference({}, rng()) is None
    assert paired_difference({"question": []}, rng()) is None


def test_five_questions_of_one_sign_prove_nothing_and_six_do() -> None:
    """Chance alone gives five of one sign in 1 of 16 comparisons: more than 5 percent."""
    five = paired_difference(by_question(1, 2, 3, 4, 5), rng())
    six = paired_difference(by_question(1, 2, 3, 4, 5, 6), rng())
    assert five is not None
    assert six is not None
    assert five.verdict(smaller_is_better=False) == "cannot tell"
    assert six.verdict(smaller_is_better=False) == "better"


@pytest.mark.parametrize("difference", [0.0, 0.1])
def test_questions_that_all_differ_by_the_same_have_no_interval(difference: float) -> None:
    found = paired_difference(by_question(*[difference] * 20), rng())
    assert found is not None
    assert found.mean == pytest.approx(difference)
    assert found.interval is None
    assert found.verdict(smaller_is_better=True) == "cannot tell"


@pytest.mark.parametrize(
    ("low", "high", "when_small_is_good", "when_large_is_good"),
    [
        (-3, -1, "better", "worse"),
        (1, 3, "worse", "better"),
        (-1, 3, "cannot tell", "cannot tell"),
        (0, 3, "cannot tell", "cannot tell"),
        (-3, 0, "cannot tell", "cannot tell"),
    ],
)
def test_a_verdict_needs_an_interval_on_one_side_of_zero(
    low: float, high: float, when_small_is_good: str, when_large_is_good: str
) -> None:
    found = Difference((low + high) / 2, Interval(low, high), clusters=9, pairs=9)
    assert found.verdict(smaller_is_better=True) == when_small_is_good
    assert found.verdict(smaller_is_better=False) == when_large_is_good
