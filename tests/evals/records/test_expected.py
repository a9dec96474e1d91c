"""The time that is left: it comes from what was measured, narrows, and does not jump."""

from itertools import pairwise
from random import Random

import pytest

from evals.records.expected import Expected, Guess, guess_from, time_of

READINGS = Guess(1.5)


def told(seconds: list[float], first: Guess, readings: int) -> list[Expected]:
    """Return the estimate before each answer, and when none is left."""
    return [
        time_of(len(seconds) - done, seconds[:done], first) + time_of(readings, (), READINGS)
        for done in range(len(seconds) + 1)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_the_end_that_it_foresees_hardly_moves_and_its_range_narrows(seed: int) -> None:
    draw = Random(seed)
    earlier, seconds = ([draw.gauss(20, 4) for _ in range(40)] for _ in range(2))
    estimates = told(seconds, guess_from(earlier, 72), readings=100)
    ends = [sum(seconds[:done]) + one.seconds for done, one in enumerate(estimates)]
    assert all(abs(after - before) < 0.15 * before for before, after in pairwise(ends))
    widths = [one.range[1] - one.range[0] for one in estimates]
    assert widths[40] < widths[20] < widths[0]
    low, high = estimates[0].range
    assert low < sum(seconds) + 150 < high


def test_without_anything_measured_it_is_a_guess_with_a_wide_range_which_a_few_answers_correct() -> None:
    estimates = told([5.0] * 20, guess_from([], 72), readings=0)
    low, high = estimates[0].range
    assert estimates[0].seconds == 20 * 72
    assert low < 20 * 72 / 2
    assert high > 1.5 * 20 * 72
    assert estimates[4].seconds == pytest.approx(16 * 5, rel=0.6)
    assert estimates[10].seconds == pytest.approx(10 * 5, rel=0.12)
    low, high = estimates[10].range
    assert low < 10 * 5 < high


def test_what_is_left_is_never_nothing_until_it_is_done() -> None:
    low, high = time_of(3, [0.1, 60.0], Guess(30)).range
    assert 0 < low < high
    assert time_of(0, [4.0], Guess(30)) == Expected()
    assert Expected(60, 16).shared_by(2) == Expected(30, 4)
