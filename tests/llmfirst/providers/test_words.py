"""A service's own words: one readable sentence, whatever it is wrapped in."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.providers.words import status_of, status_words, words_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "detail", "loc", "x"]), inner),
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": {"message": "no"}}', "no"),
        ('{"error": "no", "error_type": "validation"}', "no"),
        ('{"object": "error", "message": "no"}', "no"),
        ('{"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "extra"}]}}', "body.n: extra"),
        ('{"message": "{\\"detail\\": \\"no\\"}"}', "no"),
        ('{"detail": ["no", "never"]}', "no; never"),
        ('{"error": true, "message": "no"}', "no"),
        ('{"code": 7}', '{"code": 7}'),
        ("  no\n  way ", "no way"),
        ("no\x1b[0m\u202e\x00", r"no\x1b[0m\u202e\x00"),
        ("<!doctype html><h1>no</h1>", ""),
        ('{"error": "<html>no</html>"}', ""),
        ("{}", ""),
        ("", ""),
    ],
)
def test_the_sentence_is_found(body: str, words: str) -> None:
    assert words_of(body) == words


@given(JSON, st.integers(min_value=0, max_value=3))
def test_words_are_short_and_hold_no_sign_that_nobody_sees(body: Any, wraps: int) -> None:
    for _ in range(wraps):
        body = {"error": json.dumps(body)}
    words = words_of(body)
    assert len(words) <= 300
    assert not [sign for sign in words if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")]


def test_what_is_wrapped_too_deep_ends() -> None:
    assert words_of("[" * 100_000)
    body: Any = "no"
    for _ in range(100):
        body = {"error": body}
    words_of(body)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"error": {"code": 429}}, 429),
        ({"error": {"code": "503"}}, 503),
        ({"status": 400, "message": "no"}, 400),
        ({"error": {"message": "no", "http_status_code": 422}}, 422),
        ({"error": {"code": "insufficient_quota"}}, None),
        ({"code": 1000}, None),
        ({"code": 200}, None),
        ("no", None),
    ],
)
def test_the_status_inside_an_error_is_found(error: Any, status: int | None) -> None:
    assert status_of(error) == status


def test_a_status_is_told_in_words() -> None:
    assert (status_words(502), status_words(599)) == ("502 Bad Gateway", "599")
