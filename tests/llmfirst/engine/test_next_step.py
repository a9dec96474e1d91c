"""What a section does after a call, as a table: what was seen, and what follows."""

from dataclasses import replace
from itertools import product

import pytest

from llmfirst.engine.next_step import CallAgain, CallResult, Finish, GiveUp, NextStep, Setback, TryAgain, next_step
from llmfirst.errors import (
    ModelMissing,
    PrefillRefused,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamTruncated,
)
from llmfirst.events import Ending
from llmfirst.providers.base import FinishReason

WHOLE = "A whole sentence."
HALF = "Half a"
BROKEN = StreamTruncated("It broke off.")
REJECTED = ProviderRejected("Longer than the window.")
MISSING = ModelMissing("Pull it.")
NO_PREFILL = PrefillRefused("Ask in a new message.")

ONLY_REPEATED = Setback("empty", "The model only repeated what is there already.")
WROTE_NOTHING = Setback("empty", "The model wrote nothing.")
FELL_SILENT = Setback("silent", "The model fell silent.")
BROKE_OFF = Setback("broken", "It broke off.")

TABLE: list[tuple[str, CallResult, NextStep]] = [
    # The section was ended while the model wrote.
    ("landed", CallResult(WHOLE, ending="landed"), Finish("landed")),
    ("landed at its end", CallResult(WHOLE, ending="timed", finish_reason="stop", is_one_reply=True), Finish("timed")),
    ("cut", CallResult(HALF, ending="cut", is_stalled=True), Finish("cut")),
    ("repeated", CallResult(WHOLE, ending="repeated"), Finish("repeated")),
    ("only repeated", CallResult("", ending="repeated"), TryAgain(ONLY_REPEATED)),
    ("only repeated, twice", CallResult(" \n", ending="repeated", may_ask_anew=False), Finish("repeated")),
    # The model ended its message.
    ("its answer", CallResult(WHOLE, finish_reason="stop", is_one_reply=True), Finish("stop", ends_reply=True)),
    (
        "its answer, with the section before",
        CallResult("\n", finish_reason="stop", is_one_reply=True, is_of_section_before=True),
        CallAgain("reply_is_over"),
    ),
    ("its section", CallResult(HALF, finish_reason="stop"), Finish("stop")),
    ("nothing", CallResult("", finish_reason="stop"), TryAgain(WROTE_NOTHING)),
    ("nothing, twice", CallResult("", finish_reason="stop", may_ask_anew=False), Finish("stop")),
    ("nothing, in a new message", CallResult("", finish_reason="stop", can_continue=False), TryAgain(WROTE_NOTHING)),
    # Its token limit ended the message.
    ("limit in a sentence", CallResult(HALF, finish_reason="length"), CallAgain("sentence_is_cut")),
    ("limit after a sentence", CallResult(WHOLE, finish_reason="length"), Finish("landed")),
    ("limit, again in it", CallResult(HALF, finish_reason="length", is_extended=True), Finish("length")),
    ("limit, no going on", CallResult(HALF, finish_reason="length", can_continue=False), Finish("length")),
    ("limit without a text", CallResult("", finish_reason="length"), Finish("length")),
    (
        "limit, in the section before",
        CallResult("", finish_reason="length", is_one_reply=True, is_of_section_before=True),
        CallAgain("reply_of_section_before"),
    ),
    # It fell silent.
    ("silent", CallResult(HALF, is_stalled=True), TryAgain(FELL_SILENT)),
    ("silent from the start", CallResult("", is_stalled=True, is_of_section_before=True), TryAgain(FELL_SILENT)),
    (
        "silent, and what is shown is whole",
        CallResult(WHOLE, is_stalled=True, can_continue=False),
        Finish("failed", setback=FELL_SILENT),
    ),
    ("silent in a sentence", CallResult(HALF, is_stalled=True, can_continue=False), TryAgain(FELL_SILENT)),
    # It broke.
    ("broken", CallResult(HALF, failure=BROKEN), TryAgain(BROKE_OFF)),
    ("broken after its end", CallResult(WHOLE, failure=BROKEN, finish_reason="stop"), TryAgain(BROKE_OFF)),
    ("broken after a landing", CallResult(WHOLE, failure=BROKEN, ending="landed"), TryAgain(BROKE_OFF)),
    ("broken twice", CallResult(HALF, failure=BROKEN, may_retry=False), GiveUp(BROKEN)),
    (
        "broken, and what is shown is whole",
        CallResult(WHOLE, failure=BROKEN, can_continue=False),
        Finish("failed", setback=BROKE_OFF),
    ),
    ("refused", CallResult("", failure=REJECTED), GiveUp(REJECTED)),
    ("refused for its size", CallResult("", failure=REJECTED, is_refusable=True), CallAgain("window_is_small")),
    ("no going on", CallResult("", failure=NO_PREFILL, is_refusable=True), CallAgain("prefill_is_refused")),
    ("no going on in a section", CallResult(HALF, failure=NO_PREFILL), CallAgain("prefill_is_refused")),
    ("no going on in a sentence", CallResult(HALF, failure=NO_PREFILL, is_extended=True), Finish("length")),
    ("no such model", CallResult("", failure=MISSING, is_refusable=True), GiveUp(MISSING)),
]


@pytest.mark.parametrize(("seen", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_follows_a_call(seen: CallResult, expected: NextStep) -> None:
    assert next_step(seen) == expected


ENDINGS: tuple[Ending | None, ...] = (None, "landed", "cut", "repeated")
FINISHED: tuple[FinishReason | None, ...] = (None, "stop", "length")
EVERYTHING = [
    CallResult(text, ending, finish_reason, failure, *flags)
    for text, ending, finish_reason, failure in product(
        ("", "\n", HALF, WHOLE),
        ENDINGS,
        FINISHED,
        (None, BROKEN, REJECTED, MISSING, NO_PREFILL, ProviderUnavailable("away"), ProviderInterrupted("gone")),
    )
    for flags in product((False, True), repeat=8)
]


def test_a_section_is_tried_again_only_while_it_may_be_and_for_no_refusal() -> None:
    tried = [
        (seen, step.setback.kind)
        for seen in EVERYTHING
        if isinstance(step := next_step(seen), TryAgain)
        and not (seen.may_ask_anew if step.setback.kind == "empty" else seen.may_retry)
    ]
    assert {kind for _, kind in tried} <= {"silent"}  # only a reader that may retry gives a call up
    assert all(seen.is_stalled and seen.failure is None for seen, _ in tried)
    assert not any(
        isinstance(next_step(seen), TryAgain) for seen in EVERYTHING if isinstance(seen.failure, ProviderRejected)
    )


def test_an_answer_is_given_up_only_for_an_error() -> None:
    assert all(seen.failure is not None for seen in EVERYTHING if isinstance(next_step(seen), GiveUp))


def test_a_section_is_extended_once() -> None:
    extended = [seen for seen in EVERYTHING if next_step(seen) == CallAgain("sentence_is_cut")]
    assert extended
    assert all(isinstance(next_step(replace(seen, is_extended=True)), Finish) for seen in extended)


def test_only_the_models_own_end_ends_the_growing_reply() -> None:
    ended = [seen for seen in EVERYTHING if isinstance(step := next_step(seen), Finish) and step.ends_reply]
    assert ended
    assert all(seen.finish_reason == "stop" and seen.ending is None and seen.is_one_reply for seen in ended)
