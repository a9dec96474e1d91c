"""The controller alone: times in, decisions out."""

import pytest

from llmfirst.engine.lengths import GROWING
from llmfirst.engine.pace import Pace
from llmfirst.engine.rates import Rates
from llmfirst.events import SECTIONS, Phase


def writing(phase: Phase, at: float, *, tokens: int, seconds: float, deadline_seconds: float = 120) -> Pace:
    """Return the pace of a section that began at `at` and has written `tokens`, `seconds` each."""
    pace = Pace(deadline_seconds).after_phase(phase, at)
    pace = pace.after_call(at, pace.budget(at), is_continued=phase != "core")
    for number in range(tokens):
        pace = pace.after_tokens(at + 0.5 + number * seconds, 1)
    return pace


def test_a_fast_section_goes_on_until_it_has_its_tokens_and_then_ends_with_a_block_or_a_sentence_of_prose() -> None:
    few = writing("core", 1, tokens=GROWING["core"].block - 1, seconds=0.01)
    enough = writing("core", 1, tokens=GROWING["core"].block, seconds=0.01)
    more = writing("core", 1, tokens=GROWING["core"].prose or 0, seconds=0.01)
    many = writing("core", 1, tokens=GROWING["core"].most - 20, seconds=0.01)
    assert few.decision(4) == ("go_on", "time")
    assert enough.decision(4) == ("land_block", "tokens")
    assert more.decision(4) == ("land_prose", "tokens")
    assert many.decision(5) == ("land_sentence", "tokens")


def test_a_slow_section_looks_for_a_block_then_for_a_sentence_before_its_window_ends() -> None:
    pace = writing("core", 5, tokens=15, seconds=0.3)
    order = [pace.decision(at)[0] for at in range(11, 120)]
    assert order[0] == "go_on"
    assert list(dict.fromkeys(order)) == ["go_on", "land_block", "land_sentence", "cut"]
    assert pace.decision(30)[0] == "land_sentence"


def test_time_for_the_sections_that_follow_is_kept_before_anything_is_cut() -> None:
    pace = writing("core", 5, tokens=20, seconds=0.5)
    cut = next(at for at in range(120) if pace.decision(at)[0] == "cut")
    assert 60 < cut < 117.5 - 2 * 15


def test_the_later_a_section_starts_the_more_of_the_rest_the_conclusion_is_left() -> None:
    pace = writing("core", 60, tokens=10, seconds=0.5)
    cut = next(at for at in range(60, 121) if pace.decision(at)[0] == "cut")
    assert cut < 117.5 - 15


def test_a_machine_that_can_write_only_one_section_more_leaves_the_details_out() -> None:
    pace = writing("core", 5, tokens=40, seconds=2.0)
    assert pace.has_time_for("details", 50, has_text=True, prompt_characters=100)
    assert not pace.has_time_for("details", 70, has_text=True, prompt_characters=100)
    assert pace.has_time_for("conclusion", 70, has_text=True, prompt_characters=100)


def test_a_pause_between_two_words_leaves_nothing_out() -> None:
    pace = writing("core", 1, tokens=2, seconds=9.0)
    assert pace.has_time_for("details", 20, has_text=True, prompt_characters=100)


def test_without_any_text_yet_every_section_tries() -> None:
    pace = writing("core", 5, tokens=0, seconds=1)
    assert pace.has_time_for("details", 110, has_text=False, prompt_characters=100)


def test_a_plan_that_cannot_be_read_in_its_window_is_not_asked_for() -> None:
    slow = Pace(120, Rates(read_seconds=0.1, characters_per_token=4))
    assert not slow.has_time_for("strategy", 0, has_text=False, prompt_characters=400)
    assert slow.has_time_for("strategy", 0, has_text=False, prompt_characters=100)
    assert Pace(120).has_time_for("strategy", 0, has_text=False, prompt_characters=4000)


def test_the_token_limit_of_the_service_bounds_what_a_lost_caller_would_cost() -> None:
    slow = Pace(120, Rates(token_seconds=1.0, gaps=20)).after_phase("conclusion", 100)
    assert slow.budget(100).max_tokens == pytest.approx(36, abs=1)
    assert slow.budget(100).sentences == 2
    assert Pace(120).after_phase("core", 5).budget(5).max_tokens == GROWING["core"].most


def test_the_last_section_of_a_machine_below_the_promise_uses_its_time_and_that_of_a_faster_one_ends_whole() -> None:
    starved = writing("conclusion", 30, tokens=10, seconds=3)
    assert starved.decision(101) == ("go_on", "time")
    assert starved.decision(103) == ("land_sentence", "time")
    promised = writing("conclusion", 30, tokens=100, seconds=0.45)
    assert promised.decision(101) == ("land_sentence", "time")


def test_a_conclusion_is_tried_while_more_time_is_left_than_a_shortened_answer_may_leave() -> None:
    starved = writing("core", 5, tokens=10, seconds=10)
    assert not starved.has_time_for("details", 70, has_text=True, prompt_characters=100)
    assert starved.has_time_for("conclusion", 100, has_text=True, prompt_characters=100)
    assert not starved.has_time_for("conclusion", 103, has_text=True, prompt_characters=100)


def test_a_section_with_its_usual_length_is_not_cut_short_by_the_time_that_ends_it() -> None:
    late = writing("core", 5, tokens=GROWING["core"].usual, seconds=0.8)
    assert late.decision(29) == ("land_sentence", "tokens")


def test_one_long_stall_does_not_make_a_fast_machine_slow() -> None:
    pace = writing("core", 1, tokens=100, seconds=0.02)
    before = pace.rates.careful_token_seconds
    after = pace.after_tokens(11, 1).rates.careful_token_seconds
    assert before is not None
    assert after is not None
    assert after < 2 * before


def test_a_machine_that_slows_down_is_believed_within_thirty_tokens() -> None:
    pace = writing("core", 1, tokens=100, seconds=0.02)
    for number in range(30):
        pace = pace.after_tokens(4 + number * 0.2, 1)
    assert pace.rates.careful_token_seconds == pytest.approx(0.2, rel=0.6)


def test_a_silence_of_twenty_slow_tokens_is_a_stall_once() -> None:
    pace = writing("core", 1, tokens=50, seconds=0.05)
    assert not pace.is_stalled(5)
    assert pace.is_stalled(11)
    assert not pace.after_trouble().is_stalled(11)


def test_a_prompt_that_is_still_read_is_no_stall() -> None:
    pace = writing("core", 1, tokens=0, seconds=1)
    assert pace.is_stalled(60)
    assert not pace.after_sign(50).is_stalled(60)


@pytest.mark.parametrize("deadline_seconds", [5, 15, 60, 120])
@pytest.mark.parametrize("phase", SECTIONS)
def test_nothing_goes_on_after_the_end(phase: Phase, deadline_seconds: float) -> None:
    pace = writing(phase, 0, tokens=30, seconds=0.01, deadline_seconds=deadline_seconds)
    assert pace.end < deadline_seconds
    assert pace.decision(pace.end)[0] == "cut"


def test_rates_of_a_shared_machine_are_a_guess_that_is_soon_corrected() -> None:
    rates = Rates(token_seconds=0.1, gaps=200).as_guess().shared_by(2)
    assert rates.token_seconds == pytest.approx(0.2)
    for _ in range(10):
        rates = rates.after_gap(0.1, 1)
    assert rates.token_seconds == pytest.approx(0.1, rel=0.1)
