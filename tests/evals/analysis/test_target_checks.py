from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.analysis.target_checks import (
    LEAST_ATTEMPTS,
    TargetCheck,
    first_text_check,
    llm_first_check,
    quality_check,
    streaming_check,
    total_check,
)
from evals.analysis.trust import Trust
from llmfirst.stats import items_needed, miss_rate_bound, proportion
from llmfirst.targets import TIERS, Tier
from tests.evals.made import quality

ONE, TWO, THREE = TIERS


def told(row: TargetCheck) -> tuple[str, str]:
    return row.finding, row.reason


def spread(mean: float, count: int) -> list[float]:
    """Return values around a mean, which differ by up to a second from it."""
    return [mean + (number % 3 - 1) for number in range(count)]


def test_nothing_measured_is_not_measured_and_has_no_figure() -> None:
    rows = [
        row
        for tier in TIERS
        for row in (
            first_text_check([], tier),
            total_check([], tier),
            quality_check(quality(0, 0, "not_measured"), tier, has_judge=True),
            llm_first_check([], 0),
            streaming_check([]),
        )
    ]
    assert {told(row) for row in rows} == {("not measured", "nothing_measured")}
    assert {(row.value, row.interval, row.count, row.bound) for row in rows} == {(None, None, 0, None)}


def test_first_text_is_the_share_of_the_attempts_that_were_in_time_to_the_moment() -> None:
    row = first_text_check([5.0] * 19 + [5.001], ONE)
    assert (row.value, row.target, row.count, row.unit) == (0.95, 0.95, 20, "share")
    assert row.interval == proportion(19, 20).interval
    assert told(row) == ("pass", "proved")
    assert first_text_check([5.0] * 20, THREE).value == 0  # tier 3 asks for 3 s


@pytest.mark.parametrize(
    ("in_time", "total", "finding"),
    [
        (20, 20, ("pass", "proved")),
        (38, 40, ("pass", "proved")),
        (18, 20, ("cannot tell", "interval_reaches_over")),
        (15, 20, ("fail", "missed")),
        (19, 19, ("cannot tell", "too_few")),
        (1, 1, ("cannot tell", "too_few")),
        (0, 1, ("fail", "missed")),
        (18, 19, ("cannot tell", "too_few")),
    ],
)
def test_first_text_passes_by_the_share_and_fails_where_the_interval_stays_below(
    in_time: int, total: int, finding: tuple[str, str]
) -> None:
    assert told(first_text_check([1.0] * in_time + [9.0] * (total - in_time), ONE)) == finding


def test_a_failure_is_a_miss_of_every_time() -> None:
    assert first_text_check([1.0] * 9 + [inf], ONE).value == 0.9
    assert total_check([1.0] * 9 + [inf], ONE).value == 0.9
    for tier in (ONE, TWO, THREE):
        assert told(total_check([1.0] * 99 + [inf], tier)) == ("fail", "missed")
    assert total_check([1.0] * 9 + [inf], TWO).value is None  # no mean of what never ended


def test_of_every_answer_within_120_seconds_one_miss_fails() -> None:
    assert told(total_check([60.0] * 99 + [120.001], ONE)) == ("fail", "missed")


@pytest.mark.parametrize("count", [1, 40, 200])
def test_where_none_missed_the_bound_of_what_that_proves_stands_beside_it(count: int) -> None:
    row = total_check([120.0] * count, ONE)
    assert told(row) == ("pass", "proved")
    assert (row.value, row.target, row.count) == (1.0, 1.0, count)
    assert row.bound == miss_rate_bound(0, count)


def test_zero_of_forty_proves_less_than_seven_point_two_percent() -> None:
    assert total_check([1.0] * 40, ONE).bound == pytest.approx(0.072, abs=0.0005)
    assert total_check([1.0] * 39 + [121.0], ONE).bound is None


@pytest.mark.parametrize(
    ("mean", "finding"),
    [(60.0, "pass"), (89.0, "pass"), (90.0, "cannot tell"), (91.5, "fail"), (130.0, "fail")],
)
def test_a_mean_passes_when_the_upper_end_of_its_interval_is_within(mean: float, finding: str) -> None:
    row = total_check(spread(mean, 30), TWO)
    assert row.finding == finding
    assert row.value == pytest.approx(mean)
    assert (row.target, row.unit) == (90, "seconds")
    assert row.interval is not None
    assert (row.interval.high <= 90) == (finding == "pass")


@pytest.mark.parametrize("count", range(1, 6))
def test_a_mean_of_fewer_than_six_has_no_interval_and_proves_nothing(count: int) -> None:
    row = total_check(spread(1.0, count), TWO)
    assert told(row) == ("cannot tell", "too_few")
    assert (row.interval, row.count) == (None, count)
    assert row.value is not None


def test_two_looks_at_the_same_totals_find_the_same_interval() -> None:
    assert total_check(spread(60, 30), TWO) == total_check(spread(60, 30), TWO)


@pytest.mark.parametrize(("tier", "count"), [(TIERS[0], 16), (TIERS[1], 22), (TIERS[2], 35)], ids=("1", "2", "3"))
def test_with_too_few_items_even_all_of_them_prove_nothing(tier: Tier, count: int) -> None:
    assert items_needed(tier.quality) == count
    assert told(quality_check(quality(count - 1, count - 1), tier, has_judge=True)) == ("cannot tell", "too_few")


@pytest.mark.parametrize(
    ("passed", "finding"),
    [
        (100, ("pass", "proved")),
        (90, ("pass", "proved")),
        (80, ("cannot tell", "interval_reaches_over")),
        (60, ("fail", "missed")),
    ],
)
def test_the_lower_end_of_the_corrected_rate_decides(passed: int, finding: tuple[str, str]) -> None:
    found = quality(passed, 100)
    row = quality_check(found, ONE, has_judge=True)
    assert told(row) == finding
    assert found.rate is not None
    assert (row.value, row.interval, row.count) == (found.rate.value, found.rate.interval, 100)


@pytest.mark.parametrize(
    ("trust", "reason"), [("unproven", "judge_unproven"), ("not_trustworthy", "judge_not_trustworthy")]
)
@given(total=st.integers(min_value=1, max_value=500), data=st.data())
def test_without_trust_there_is_no_rate_and_nothing_passes_or_fails(
    trust: Trust, reason: str, total: int, data: st.DataObject
) -> None:
    passed = data.draw(st.integers(min_value=0, max_value=total))
    for tier in TIERS:
        row = quality_check(quality(passed, total, trust), tier, has_judge=True)
        assert told(row) == ("cannot tell", reason)
        assert (row.value, row.interval, row.count) == (None, None, total)


def test_without_a_judge_quality_is_not_measured() -> None:
    assert told(quality_check(quality(0, 0, "not_measured"), ONE, has_judge=False)) == ("not measured", "no_judge")
    assert told(quality_check(quality(0, 0, "not_measured"), ONE, has_judge=True)) == (
        "not measured",
        "nothing_measured",
    )


def test_one_character_that_no_call_wrote_fails_llm_first() -> None:
    assert told(llm_first_check([1.0, 1.0], 0)) == ("pass", "proved")
    assert told(llm_first_check([1.0, 0.9999], 0)) == ("fail", "missed")
    assert llm_first_check([1.0, 0.5], 0).value == 0.5
    assert told(llm_first_check([1.0], 1)) == ("fail", "missed")


def test_one_silence_over_three_seconds_fails_streaming() -> None:
    assert told(streaming_check([0.0, 3.0])) == ("pass", "proved")
    row = streaming_check([0.0, 3.001])
    assert told(row) == ("fail", "missed")
    assert (row.value, row.target, row.count) == (3.001, 3.0, 2)


@given(firsts=st.lists(st.sampled_from((1.0, 4.0, 9.0, inf)), min_size=1, max_size=60))
def test_a_row_passes_only_with_what_its_rule_asks(firsts: list[float]) -> None:
    row = first_text_check(firsts, ONE)
    assert row.value is not None
    if row.finding == "pass":
        assert row.value >= 0.95
        assert row.count >= LEAST_ATTEMPTS
    if row.finding == "fail":
        assert row.interval is not None
        assert row.interval.high < 0.95
