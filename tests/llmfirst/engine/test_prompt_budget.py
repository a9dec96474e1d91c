from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.engine.prompt_budget import end_of, expected_seconds, readable_characters
from llmfirst.engine.rates import Rates

RATES = Rates(token_seconds=0.1, read_seconds=0.01, characters_per_token=2.0, gaps=20)
LEAST = 160


@pytest.mark.parametrize(
    ("usual", "seconds", "characters"),
    [
        (0.1, 13.0, 2000),  # 30 tokens to write are kept: 10 s are left, 0.01 s a token of 2 characters
        (None, 13.0, 2000),
        (0.2, 13.0, 2000),  # faster than usual: what was measured of reading stands
        (0.025, 13.0, 500),  # four times slower than usual
        (0.1, 3.0, 0),
        (0.1, -5.0, 0),
    ],
)
def test_what_can_be_read_leaves_time_for_a_sentence(usual: float | None, seconds: float, characters: int) -> None:
    assert readable_characters(RATES, usual, seconds) == characters


def test_nobody_knows_how_much_can_be_read_before_anything_was_measured() -> None:
    for unknown in (Rates(), Rates(token_seconds=0.1), Rates(read_seconds=0.01, characters_per_token=2.0)):
        assert readable_characters(unknown, 0.1, 60) is None


def test_the_end_of_a_text_is_its_last_whole_blocks() -> None:
    blocks = [f"Block {number}. {'word ' * 20}" for number in range(9)]
    written = "".join(f"{block.rstrip()}\n\n" for block in blocks)
    assert end_of(written, 300) == "".join(f"{block.rstrip()}\n\n" for block in blocks[-2:])
    assert end_of(written, len(written)) == written


def test_of_a_long_last_block_the_last_words_are_left() -> None:
    written = " ".join(f"word{number}" for number in range(200))
    end = end_of(written, 200)
    assert written.endswith(f" {end}")
    assert LEAST < len(end) <= 200


@given(text=st.text(min_size=1, max_size=600), characters=st.integers(min_value=-50, max_value=700))
def test_the_end_is_an_end_and_never_empty(text: str, characters: int) -> None:
    end = end_of(text, characters)
    assert end
    assert text.endswith(end)
    assert len(end) <= max(characters, LEAST)


def test_a_call_that_goes_on_is_hoped_to_be_quick_until_one_was_seen_to_wait() -> None:
    rates = Rates(token_seconds=0.03, read_seconds=0.01, characters_per_token=4.0, gaps=50)  # 2.5 ms a character
    assert expected_seconds(rates, 4000, 400, 20) == pytest.approx(0.0025 * 400 + 0.6)
    waited = replace(rates, first_seconds=3.0)
    assert expected_seconds(waited, 4000, 400, 20) == pytest.approx(3.0 + 0.0025 * 400 + 0.6)
    slow = replace(rates, first_seconds=30.0)
    assert expected_seconds(slow, 4000, 400, 20) == pytest.approx(0.0025 * 4000 + 0.6)
    assert expected_seconds(Rates(), 4000, 400, 20) is None
