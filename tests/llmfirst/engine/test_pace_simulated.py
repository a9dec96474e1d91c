"""The controller against synthetic machines: a small cut of `bench/deadline_simulation.py`."""

import pytest

from bench.deadline_simulation import run_cell
from bench.machines import VARIANTS


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
