"""The instructed profile: each section is asked for with what the model wrote for it in its own plan."""

import pytest

from llmfirst.answer import fold
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import SECTIONS, AnswerEvent, is_end
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle

PROFILE = load_profiles().profiles["instructed"].model_copy(update={"working": None, "verdict": None, "review": None})
KEY = "sha256:0|ollama|nowhere|instructed"
KNOWN = Rates(token_seconds=0.05, gaps=50)  # of an unknown model a plan lands with its first sentence
PLAN = "Say what it is.\n\nGive two reasons.\n\nAdvise."
PARTS = ("Say what it is.", "Give two reasons.", "Advise.")


def answer(
    *replies: Reply, prefill: bool = True, deadline: float = 120.0
) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    provider.can = Capabilities(prefill=prefill, logprobs=False)
    asking = engine(deadline, profile=PROFILE)
    asking.rates.learn(KEY, KNOWN)
    return run(collect(asking.answer(asked(), handle(provider)))), provider


@pytest.mark.parametrize("prefill", [True, False])
def test_each_section_is_asked_for_with_what_the_model_wrote_for_it_and_the_question_last(prefill: bool) -> None:
    events, provider = answer([PLAN, END], ["CORE.", END], ["DETAILS.", END], ["END.", END], prefill=prefill)
    told = fold(events)
    assert [told.text(phase) for phase in SECTIONS] == ["CORE.", "DETAILS.", "END."]
    assert [call.purpose for call in told.calls] == ["strategy", *SECTIONS]
    for request, part in zip(provider.requests[1:], PARTS, strict=True):
        ask = request.messages[-1]
        assert ask.role == "user"
        assert part in ask.content
        assert ask.content.endswith("\n\nwhy?")
        assert not any(other in ask.content for other in PARTS if other != part)
        assert not request.continue_last
    proof = verify(events)
    assert proof.holds
    assert proof.guards == ()
    made = [(one.phase, one.calls) for one in proof.decisions if one.kind == "instruction"]
    assert made == [(phase, ("run-1/1",)) for phase in SECTIONS]


def test_a_later_prompt_begins_with_the_one_before_and_its_reply() -> None:
    _, provider = answer([PLAN, END], ["CORE.", 1.0, END], ["DETAILS.", 2.0, END], ["END.", END])
    *_, core, details, conclusion = (request.messages for request in provider.requests)
    assert details[: len(core)] == core
    assert details[len(core)].content == "CORE."
    assert conclusion[: len(details)] == details
    assert conclusion[len(details)].content == "DETAILS."


def test_a_plan_that_is_cut_is_used_as_far_as_it_came_and_the_rest_is_asked_for_without_it() -> None:
    events, provider = answer(["Say what it is.\n\n", 60], ["CORE.", END], ["DETAILS.", END], ["END.", END])
    told = fold(events)
    assert told.phases["strategy"].ending == "cut"
    core, details, conclusion = provider.requests[1:]
    assert "Say what it is." in core.messages[-1].content
    assert details.messages[: len(core.messages)] == core.messages
    assert conclusion.messages[: len(details.messages)] == details.messages
    for request in (details, conclusion):
        assert request.messages[-1].content.endswith("\n\nwhy?")
        assert "Say what it is." not in request.messages[-1].content
    proof = verify(events)
    assert proof.holds
    assert [one.phase for one in proof.decisions if one.kind == "instruction"] == ["core"]


def test_without_a_plan_each_section_is_asked_for_by_the_same_words_for_every_question() -> None:
    replies: list[Reply] = [[60.0, "too late"], ["CORE.", END], ["DETAILS.", END], ["END.", END]]
    _, instructed = answer(*replies, prefill=False)
    plain = ScriptedProvider(*replies)
    plain.can = Capabilities(prefill=False, logprobs=False)
    by_answer_first = (
        load_profiles().profiles["answer_first"].model_copy(update={"working": None, "verdict": None, "review": None})
    )
    run(collect(engine(profile=by_answer_first).answer(asked(), handle(plain))))
    assert [request.messages for request in instructed.requests[1:]] == [
        request.messages for request in plain.requests[1:]
    ]


def test_an_instructed_section_that_has_enough_does_not_write_the_next_one() -> None:
    many = [f"word{number} " for number in range(150)]
    events, provider = answer([PLAN, END], [*many, "end.\n\n", "next block", END], ["DETAILS.", END], ["END.", END])
    told = fold(events)
    assert told.text("details") == "DETAILS."
    assert provider.requests[2].messages[2].content == told.text("core")
    assert verify(events).holds


@pytest.mark.parametrize("prefill", [True, False])
def test_a_section_that_broke_off_goes_on_after_the_same_ask(prefill: bool) -> None:
    broken: Reply = ["DET", ProviderInterrupted("gone")]
    events, provider = answer([PLAN, END], ["CORE.", END], broken, ["AILS.", END], ["END.", END], prefill=prefill)
    assert fold(events).text("details") == "DETAILS."
    first, again = provider.requests[2].messages, provider.requests[3].messages
    assert again[: len(first)] == first
    assert again[len(first)].content == "DET"
    assert again[-1].role == ("assistant" if prefill else "user")
    assert verify(events).holds


def test_a_section_that_its_limit_cut_goes_on_with_its_own_message() -> None:
    events, provider = answer([PLAN, END], ["CORE", LENGTH], [" it is.", END], ["DETAILS.", END], ["END.", END])
    assert fold(events).text("core") == "CORE it is."
    assert provider.requests[2].continue_last
    assert provider.requests[3].messages[2].content == "CORE it is."


def test_what_cannot_be_read_in_time_is_left_out_from_the_front_and_named() -> None:
    core = "".join(f"Block {number} says something of its own in so many words.\n\n" for number in range(60))
    slowly = [step for number in range(10) for step in (5.0, f"{number}. {core}".replace("Block", f"Item {number}."))]
    provider = ScriptedProvider([PLAN, END], [core, END], [*slowly, END], ["END.", END])
    asking = engine(profile=PROFILE)
    known = Rates(token_seconds=0.05, read_seconds=0.03, characters_per_token=4.0, first_seconds=0.2, gaps=50)
    asking.rates.learn(KEY, known)
    events = run(collect(asking.answer(asked(), handle(provider))))
    last = provider.requests[-1].messages
    assert "Advise." in last[-1].content
    told = [message.content for message in last if message.role == "assistant"]
    shown = fold(events).text("core") + fold(events).text("details")
    assert len(told) == 1
    assert len(told[0]) < len(shown)
    assert told[0].split()[-5:] == shown.split()[-5:]
    assert [acted.phase for acted in verify(events).guards if acted.guard == "prompt"] == ["conclusion"]


@pytest.mark.parametrize("step", ["drip ", "again. ", "\n\n"])
@pytest.mark.parametrize("deadline", [5, 30, 120])
def test_every_service_ends_once_and_in_time(step: str, deadline: float) -> None:
    drip: list[Step] = [step, 0.4]
    endless: Reply = [PLAN, 0.5, *drip * 300]
    events, provider = answer(*[endless] * 9, deadline=deadline)
    assert [is_end(event) for event in events].count(True) == 1
    assert events[-1].elapsed_seconds <= deadline
    assert provider.closed == provider.opened
    assert verify(events).holds
