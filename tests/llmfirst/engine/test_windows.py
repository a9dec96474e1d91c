import pytest

from llmfirst.engine.windows import margin, window_end


def test_the_windows_of_the_design_are_latest_times() -> None:
    ends = [window_end(phase, 120, 1.0) for phase in ("strategy", "core", "details")]
    assert ends == [5, 30, 60]


def test_the_last_window_ends_before_the_deadline() -> None:
    end = window_end("conclusion", 120, 61.0)
    assert end == pytest.approx(120 - margin(120))


def test_a_section_without_text_may_go_on_waiting_but_the_strategy_may_not() -> None:
    assert window_end("core", 120, None) is None
    assert window_end("strategy", 120, None) == 5


def test_a_shorter_deadline_shrinks_the_windows_in_proportion() -> None:
    assert window_end("core", 60, 1.0) == 15


@pytest.mark.parametrize("first_text", [30.0, 80.0, 110.0])
def test_a_late_section_leaves_time_for_those_after_it(first_text: float) -> None:
    end = window_end("core", 120, first_text)
    assert end is not None
    assert first_text < end < 120 - margin(120)
