"""An evaluation on a real model, killed and resumed: nothing is asked twice, nothing that was kept is lost."""

from pathlib import Path

import pytest

from bench.kill_evaluation import killed
from tests.conftest import SMALL_MODEL

pytestmark = [pytest.mark.slow, pytest.mark.embedded]


def test_a_killed_evaluation_goes_on_and_asks_nothing_twice(small_model_home: Path, tmp_path: Path) -> None:
    outcome = killed(SMALL_MODEL, small_model_home / "models", tmp_path, kills=3, seed=4, suite="quick")
    assert outcome.is_done
    assert outcome.kills == 3
    assert (outcome.asked_twice, outcome.lost) == (0, 0)
    assert len(outcome.answers) == outcome.expected_answers == 4
