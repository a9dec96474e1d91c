"""The controller against synthetic machines: a small cut of `bench/deadline_simulation.py`."""

import pytest

from bench.deadline_simulation import PROFILES, run_cell
from bench.machines import VARIANTS, WITHOUT_PROMISE
from llmfirst.engine.pace import SHORTENED_SHARE
from llmfirst.engine.profiles import Profile


@pytest.mark.parametrize("deadline_seconds", [15, 120])
@pytest.mark.parametrize("name", VARIANTS)
def test_no_simulated_answer_is_late_and_all_are_whole_where_that_is_promised(
    name: str, deadline_seconds: float
) -> None:
    grid = [(name, decode, prefill) for decode in (1.0, 2.5, 10.0, 100.0) for prefill in (10.0, 100.0, 5000.0)]
    outcomes = [outcome for cell in grid for outcome in run_cell(cell, runs=1, deadline=deadline_seconds)]
    assert all(outcome.end <= deadline_seconds for outcome in outcomes)
    due = [outcome for outcome in outcomes if outcome.holds_condition]
    assert due
    assert all(outcome.is_whole for outcome in due)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("name", VARIANTS)
def test_a_simulated_answer_of_a_slow_machine_that_says_it_was_shortened_has_used_its_time(
    name: str, profile: Profile
) -> None:
    grid = [(name, decode, prefill) for decode in (0.2, 0.3, 0.5, 1.0, 1.5) for prefill in (10.0, 1000.0)]
    outcomes = [outcome for cell in grid for outcome in run_cell(cell, runs=1, deadline=120, profile=profile)]
    shortened = [outcome.end for outcome in outcomes if outcome.counts_as_shortened]
    assert shortened
    assert all(120 * SHORTENED_SHARE <= end <= 120 for end in shortened)


@pytest.mark.parametrize("name", WITHOUT_PROMISE)
def test_an_answer_of_which_nothing_is_promised_ends_in_time_and_uses_it(name: str) -> None:
    grid = [(name, decode, prefill) for decode in (0.2, 1.0, 10.0, 100.0) for prefill in (10.0, 1000.0)]
    outcomes = [outcome for cell in grid for outcome in run_cell(cell, runs=1, deadline=120)]
    assert all(120 * SHORTENED_SHARE <= outcome.end <= 120 for outcome in outcomes)
