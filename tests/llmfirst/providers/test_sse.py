"""Server-sent events by the rules of the standard, however the network cuts them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.providers.body import MOST_OF_A_LINE, LineTooLong
from llmfirst.providers.sse import SentEvent, sent_events


def events_in(*parts: bytes) -> list[SentEvent]:
    async def source() -> AsyncGenerator[bytes, None]:
        for part in parts:
            yield part

    async def read() -> list[SentEvent]:
        return [event async for event in sent_events(source())]

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("data: a\n\ndata:b\n\n", [("", "a"), ("", "b")]),
        ("data:  a \n\n", [("", " a ")]),
        ("data: a\ndata: b\n\n", [("", "a\nb")]),
        ("event: error\ndata: a\n\ndata: b\n\n", [("error", "a"), ("", "b")]),
        (": ping\n\nid: 1\n\nretry: 3\n\nevent: x\n\n", []),
        ("data\n\ndata:\n\n", []),
        ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("", "a"), ("", "b"), ("", "c")]),
        ("\ufeffdata: a\n\n", [("", "a")]),
        ("data: \u2028\x85\x0b\n\n", [("", "\u2028\x85\x0b")]),
        ("data: a", [("", "a")]),
        ('{\n "error": 1\n}', [("", '{\n "error": 1\n}')]),
        ("<html>\n\n<body>", [("", "<html>\n<body>")]),
        ("data: a\n\nwhat?\n", [("", "a")]),
        ("", []),
    ],
    ids=repr,
)
def test_a_body_is_its_events(body: str, events: list[tuple[str, str]]) -> None:
    assert events_in(body.encode()) == events


def test_a_byte_that_is_no_text_costs_one_sign() -> None:
    assert events_in(b"data: a\xffb\n\n") == [("", "a\ufffdb")]


@pytest.mark.parametrize(
    "body",
    [
        b"data: " + b"x" * MOST_OF_A_LINE,
        b"data: x\n" * MOST_OF_A_LINE,
        b"x\n" * MOST_OF_A_LINE,
        b"x\n\n" * MOST_OF_A_LINE,
    ],
    ids=["line", "event", "no events", "no events with empty lines"],
)
def test_what_is_too_long_to_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(LineTooLong):
        events_in(body)


def test_signs_of_life_between_events_do_not_make_them_long() -> None:
    event = ": ping\n\n" * 100 + "data: " + "x" * 10_000 + "\n\n"
    assert len(events_in((event * 200).encode())) == 200


@given(
    st.lists(st.sampled_from(["data: 하늘", "data:☂", ": x", "event: error", "id: 1", "", "", "{}"]), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=5),
)
def test_the_events_are_the_same_however_the_body_is_cut(lines: Sequence[str], end: str, sizes: Sequence[int]) -> None:
    body = "".join(f"{line}{end}" for line in lines).encode()
    parts = list[bytes]()
    at = 0
    while at < len(body):
        size = sizes[len(parts) % len(sizes)]
        parts.append(body[at : at + size])
        at += size
    assert events_in(*parts) == events_in(body)
