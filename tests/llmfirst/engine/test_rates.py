"""Rates stay in their ranges, whatever is measured and whatever is stored."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.engine.rates import RATES_JSON, RateBook, Rates

SPOILT = (
    *(f'{{"token_seconds":{number}}}' for number in ("NaN", "0", "-1", "1e300", "Infinity", "1e-300", '"fast"')),
    '{"token_deviation":-0.1}',
    '{"read_seconds":0}',
    '{"read_seconds":-1,"characters_per_token":1}',
    '{"first_seconds":NaN}',
    '{"first_seconds":1e300}',
    '{"characters_per_token":0}',
    '{"gaps":-1}',
    f'{{"gaps":{"9" * 5000}}}',
    "[]",
    "",
    "\ud800",
)


@pytest.mark.parametrize("text", SPOILT)
def test_spoilt_rates_in_the_store_are_measured_again(text: str, caplog: pytest.LogCaptureFixture) -> None:
    whole = RATES_JSON.dump_json(Rates(token_seconds=0.1)).decode()
    book = RateBook({"good": whole, "spoilt": text, "too": "{"})
    assert book.known("spoilt") == Rates()
    assert book.known("good").token_seconds == 0.1
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.WARNING,
        "stored rates cannot be used and are measured again: spoilt; too",
    )


gaps = st.tuples(st.just("gap"), st.floats(0, 3600), st.integers(0, 10**9))
firsts = st.tuples(st.just("first"), st.floats(0, 3600), st.just(0))
prompts = st.tuples(st.just("prompt"), st.floats(0, 3600), st.integers(0, 10**9))


@given(steps=st.lists(st.one_of(gaps, firsts, prompts), max_size=40), characters=st.integers(0, 100_000))
def test_what_is_measured_can_be_stored_and_read_again(steps: list[tuple[str, float, int]], characters: int) -> None:
    rates = Rates()
    for kind, seconds, tokens in steps:
        match kind:
            case "gap":
                rates = rates.after_gap(seconds, tokens)
            case "first":
                rates = rates.after_first(seconds)
            case _:
                rates = rates.after_prompt(seconds, tokens, characters)
    assert RATES_JSON.validate_json(RATES_JSON.dump_json(rates)) == rates
