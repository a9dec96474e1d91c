"""Answers as they stand when a reader stops, computed from the recorded token counts."""

import pytest

from research.bakeoff.blind import paired
from research.bakeoff.cuts import Cut, cuts_in, text_at
from research.bakeoff.score import groups_of
from research.bakeoff.values import AnswerRecord, Ask, CallRecord, Reply, user
from tests.research.bakeoff.scripted_model import record

CORE, DETAILS = "c" * 40, "d" * 80


def call(purpose: str, text: str, tokens: int, *, read: int = 0) -> CallRecord:
    ask = Ask(purpose=purpose, messages=(user("why?"),), max_tokens=400)
    reply = Reply(text=text, finish_reason="stop", tokens=tokens, prompt_tokens=read + 50, cached_tokens=50)
    return CallRecord(ask=ask, reply=reply)


def plain() -> AnswerRecord:
    text = "p" * 400
    whole = record(text)
    return whole.model_copy(update={"protocol": "plain", "calls": (call("plain", text, 100, read=1000),)})


def pyramid() -> AnswerRecord:
    whole = record(f"{CORE}\n\n{DETAILS}")
    calls = (call("strategy", "plan", 20), call("core", CORE, 10, read=100), call("details", DETAILS, 20))
    sections = {"core": CORE, "details": DETAILS}
    return whole.model_copy(update={"protocol": "asked", "calls": calls, "sections": sections})


@pytest.mark.parametrize(("seconds", "length"), [(0, 0), (1, 40), (5, 200), (10, 400), (60, 400)])
def test_the_plain_call_pays_for_its_tokens_only(seconds: float, length: int) -> None:
    assert text_at(plain(), Cut(10, seconds)) == "p" * length


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2, ""),  # the strategy is written
        (3, ""),  # 100 tokens of the prompt are read in a second
        (3.5, CORE[:20]),
        (4, CORE),
        (5, f"{CORE}\n\n{DETAILS[:40]}"),
        (6, f"{CORE}\n\n{DETAILS}"),
        (60, f"{CORE}\n\n{DETAILS}"),
    ],
)
def test_a_strategy_and_every_prompt_cost_their_time(seconds: float, text: str) -> None:
    assert text_at(pyramid(), Cut(10, seconds)) == text
    assert text_at(pyramid(), Cut(100, seconds / 10)) == text


def test_an_answer_at_its_end_is_the_whole_answer() -> None:
    assert text_at(pyramid(), Cut(10, None)) == pyramid().text
    assert cuts_in("10:20,30:end") == [Cut(10, 20), Cut(30, None)]
    assert [str(cut) for cut in cuts_in("10:20,30:end")] == ["10 tok/s, 20 s", "end"]


def test_each_cut_is_a_pair_of_its_own_and_the_same_text_needs_no_reader() -> None:
    key, shown = paired([plain(), pyramid()], ["asked"], draw=1, cuts=cuts_in("10:0,10:4,10:end"))
    assert {pair.cut: pair.side is None for pair in key} == {
        "10 tok/s, 0 s": True,
        "10 tok/s, 4 s": False,
        "end": False,
    }
    assert {text for pair in shown for text in (pair.A, pair.B)} >= {CORE, "p" * 160}
    assert "en at 10 tok/s, 4 s" in {name for pair in key for name in groups_of(pair, with_moment=True)}
