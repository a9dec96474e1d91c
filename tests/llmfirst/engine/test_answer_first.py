"""By `answer_first`, the core and the details are one reply, and the conclusion is asked for after it."""

import pytest

from llmfirst.answer import fold
from llmfirst.engine.lengths import ANSWER_FIRST
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.prompts import ask_for, opening
from llmfirst.events import SECTIONS, AnswerEvent
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Message
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, asked, collect, engine, handle

PROFILE = load_profiles().profiles["answer_first"].model_copy(update={"verdict": None, "review": None})
TEXT: Reply = ["text", LENGTH]
CORE = f"The core {' '.join(f'word{number}' for number in range(25))}."
DETAILS = f"The details {' '.join(f'reason{number}' for number in range(30))}."


def answered(*replies: Reply, prefill: bool = True) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(["a plan", END], TEXT, *replies)
    provider.can = Capabilities(prefill=prefill, logprobs=False)
    return run(collect(engine(profile=PROFILE).answer(asked(), handle(provider)))), provider


def texts(events: list[AnswerEvent]) -> list[str]:
    told = fold(events)
    return [told.text(section).strip() for section in SECTIONS]


def in_words(text: str) -> list[str]:
    return [f"{word} " for word in text.split(" ")]


def test_one_reply_fills_the_core_and_the_details_and_the_conclusion_is_asked_for() -> None:
    reply: Reply = [*in_words(CORE), "\n\n", *in_words(DETAILS), END]
    events, provider = answered(reply, ["The conclusion.", END])
    assert texts(events) == [CORE, DETAILS, "The conclusion."]
    told = fold(events)
    assert told.metrics().outcome == "complete"
    assert [call.purpose for call in told.calls] == ["strategy", "working", "core", "conclusion"]
    _, _, first, last = provider.requests
    assert first.messages == (Message(role="user", content=opening("why?")),)
    assert last.messages[0] == first.messages[0]
    assert last.messages[1].content.startswith(CORE)
    assert last.messages[2].content == ask_for("conclusion", "why?")
    assert verify(events).holds


def test_a_reply_that_goes_on_and_on_is_left_for_the_conclusion() -> None:
    items = [part for number in range(60) for part in in_words(f"- Item {number} of many that there are.\n")]
    reply: Reply = [*in_words(CORE), "\n\n", *items, END]
    events, provider = answered(reply, ["The conclusion.", END])
    told = fold(events)
    assert told.phases["details"].ending == "landed"
    assert told.text("conclusion") == "The conclusion."
    assert len(provider.requests) == 4
    assert provider.requests[2].max_tokens <= sum(ANSWER_FIRST[section].most for section in SECTIONS)


@pytest.mark.parametrize(
    ("before", "replies"), [("", [["The conclusion.", END]]), ("Do this first.", [])], ids=["alone", "at its end"]
)
def test_a_conclusion_does_not_say_what_asked_for_it(before: str, replies: list[Reply]) -> None:
    reply: Reply = [*in_words(CORE), "\n\n", *in_words(DETAILS), END]
    said = ask_for("conclusion", "why?").partition("\n")[0].removeprefix("Last, in ")
    events, _ = answered(reply, [f"{before}\n\n", *in_words(f"In {said}"), END], *replies)
    assert texts(events)[2] == (before or "The conclusion.")
    assert fold(events).metrics().outcome == "complete"
    assert verify(events).holds


def test_details_that_the_model_left_out_are_asked_for_after_the_core() -> None:
    events, provider = answered(["The core.", END], ["The details.", END], ["The conclusion.", END])
    assert texts(events) == ["The core.", "The details.", "The conclusion."]
    details = provider.requests[3].messages
    assert [message.content for message in details] == [
        opening("why?"),
        "The core.",
        ask_for("details", "why?"),
    ]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_service_that_cannot_continue_a_message_is_asked_for_each_section(section: str) -> None:
    events, provider = answered(["Core.", END], ["Details.", END], ["Conclusion.", END], prefill=False)
    assert texts(events) == ["Core.", "Details.", "Conclusion."]
    asks = dict(zip(SECTIONS, provider.requests[2:], strict=True))
    assert asks[section].messages[-1].content == ask_for(section, "why?")  # type: ignore[index, arg-type]
