"""The times of entrants: loading apart, failures late."""

from evals.sessions.times import entrant_times
from tests.evals.made import timing


def test_loading_a_model_is_no_part_of_its_times() -> None:
    found = entrant_times([timing(first_text=9.0, total=60.0, loading=8.0)])
    assert found.first_text is not None
    assert found.total is not None
    assert (found.first_text.value, found.total.value, found.in_time.passed) == (1.0, 52.0, 1)
    assert found.first_text.interval is None


def test_a_failed_answer_is_infinitely_late() -> None:
    found = entrant_times([timing(loading=0.0)] * 7 + [None])
    assert found.total is not None
    assert (found.answers, found.failed, found.total.value) == (8, 1, 50.0)
    assert (found.in_time.passed, found.in_time.total) == (7, 8)
    mostly = entrant_times([timing(), None, None])
    assert (mostly.first_text, mostly.total) == (None, None)


def test_of_many_answers_the_median_has_an_interval() -> None:
    found = entrant_times([timing(loading=0.0, total=float(one)) for one in range(10, 30)])
    assert found.total is not None
    assert found.total.interval is not None
    assert found.total.interval.low < found.total.value < found.total.interval.high


def test_without_answers_nothing_is_claimed() -> None:
    found = entrant_times([])
    assert (found.answers, found.first_text, found.total, found.tokens_per_second) == (0, None, None, None)
    assert found.in_time.rate is None
