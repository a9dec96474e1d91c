from collections.abc import Sequence
from random import Random
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from llmfirst.events import (
    SECTIONS,
    AnswerEvent,
    CallFinished,
    Ending,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    TextAdded,
    Trouble,
    answer_events,
)
from llmfirst.ledger import GENESIS, Call
from llmfirst.proof import GuardActed, Proof, verify
from llmfirst.providers.base import Message, Request
from tests.run_events import REPLIES, added, record, told


def places(events: Sequence[AnswerEvent], kind: type[AnswerEvent]) -> list[int]:
    return [at for at, event in enumerate(events) if isinstance(event, kind)]


def changed(events: list[AnswerEvent], number: int, **update: object) -> list[AnswerEvent]:
    """Return the events with another content of the record with this number, its hashes as they were."""
    at = places(events, CallFinished)[number]
    event = events[at]
    assert isinstance(event, CallFinished)
    return [*events[:at], event.model_copy(update={"call": event.call.model_copy(update=update)}), *events[at + 1 :]]


def without(events: list[AnswerEvent], number: int) -> list[AnswerEvent]:
    at = places(events, CallFinished)[number]
    return [*events[:at], *events[at + 1 :]]


def assert_found(proof: Proof, *words: str) -> None:
    assert not proof.holds
    for word in words:
        assert any(word in problem for problem in proof.problems), proof.problems


def test_of_a_whole_run_every_character_is_accounted_for() -> None:
    events = told(*REPLIES)
    proof = verify(events)
    assert proof.holds
    assert proof.problems == ()
    assert proof.accounted_share == 1.0
    assert proof.shown_characters == proof.accounted_characters == sum(len(reply) for _, reply in REPLIES)
    last = events[places(events, CallFinished)[-1]]
    assert isinstance(last, CallFinished)
    assert proof.head == last.call.sha256
    assert verify(events, expected_head=proof.head) == proof
    assert verify(answer_events.validate_json(answer_events.dump_json(event)) for event in events) == proof


def test_each_decision_about_meaning_names_the_calls_behind_it() -> None:
    decisions = verify(told(*REPLIES)).decisions
    assert [(one.kind, one.phase, one.calls, one.is_backed) for one in decisions] == [
        ("plan", "strategy", ("run/1",), True),
        *[("content", phase, (f"run/{number}",), True) for number, phase in enumerate(SECTIONS, 2)],
    ]


def test_a_phase_that_went_on_after_a_broken_call_names_both() -> None:
    proof = verify(told(("core", "Half a "), ("core", "core.")))
    assert proof.holds
    assert [one.calls for one in proof.decisions] == [("run/1", "run/2")]


def test_the_end_of_a_reply_may_be_left_off() -> None:
    assert verify(told(*REPLIES, left_off=3)).holds


def test_nothing_shown_is_nothing_to_account_for() -> None:
    silent = verify(told(("core", "")))
    assert silent.holds
    assert silent.accounted_share is None
    assert silent.decisions == ()
    assert verify([]).head is None


def test_a_changed_character_of_a_reply_shows() -> None:
    proof = verify(changed(told(*REPLIES), 1, reply="The c0re."))
    assert not proof.chain_holds
    assert proof.accounted_characters == proof.shown_characters - len("ore.")
    assert_found(proof, "The record of call run/2 was changed.", "4 shown characters attributed to call run/2")


def test_a_changed_prompt_shows() -> None:
    request = Request(model="m", messages=(Message(role="user", content="왜!"),), max_tokens=5)
    proof = verify(changed(told(*REPLIES), 2, request=request))
    assert_found(proof, "The record of call run/3 was changed.")
    assert proof.accounted_share == 1.0


def test_a_changed_character_of_a_shown_text_shows() -> None:
    events = told(*REPLIES)
    at = places(events, TextAdded)[-1]
    events[at] = added("conclusion", "!", "run/4")
    proof = verify(events)
    assert proof.chain_holds
    assert proof.accounted_characters == proof.shown_characters - 1
    assert_found(proof, "1 shown characters attributed to call run/4 are not accounted for")


@pytest.mark.parametrize("number", [0, 1])
def test_a_record_removed_before_the_last_shows(number: int) -> None:
    proof = verify(without(told(*REPLIES), number))
    assert not proof.chain_holds
    assert proof.unbacked_decisions == 1
    assert_found(
        proof,
        f"The record before that of call run/{number + 2} is missing",
        f"call run/{number + 1} are not accounted for: its record is missing.",
    )


def test_the_last_record_removed_shows_by_its_text() -> None:
    proof = verify(without(told(*REPLIES), -1))
    assert proof.chain_holds
    assert proof.unbacked_decisions == 1
    assert_found(proof, "call run/4 are not accounted for: its record is missing.")


def test_the_last_record_removed_shows_by_the_head_also_when_it_wrote_nothing() -> None:
    events = told(*REPLIES[:3], ("conclusion", ""))
    head = verify(events).head
    assert head is not None
    assert verify(without(events, -1)).holds  # nothing else tells of it
    proof = verify(without(events, -1), expected_head=head)
    assert not proof.chain_holds
    assert_found(proof, head)


def test_swapped_records_show() -> None:
    events = told(*REPLIES)
    one, other = places(events, CallFinished)[:2]
    events[one], events[other] = events[other], events[one]
    proof = verify(events)
    assert not proof.chain_holds
    assert_found(
        proof,
        "The record of call run/2 was moved: it came right after that of call run/1.",
        "The record of call run/1 was moved: it was the first.",
    )


@pytest.mark.parametrize("at", range(1, 11))
@pytest.mark.parametrize("call_id", ["run/1", "run/2", "run/9"])
def test_an_inserted_text_shows(at: int, call_id: str) -> None:
    events = told(*REPLIES)
    assert_found(verify([*events[:at], added("core", "never", call_id), *events[at:]]), call_id)


def test_a_text_after_the_end_of_its_call_shows_also_where_it_would_fit() -> None:
    events = told(("core", "The core and more"), left_off=9)
    events.insert(-1, added("core", " and", "run/1"))
    assert_found(verify(events), "the text came after the call had ended")


def test_a_text_in_another_phase_than_its_calls_shows() -> None:
    events = told(("core", "The core."), ("details", "More."))
    at = places(events, TextAdded)[-1]
    events[at] = added("core", ".", "run/2")
    proof = verify(events)
    assert_found(proof, "the text is in core, but the call was made for details")
    assert proof.unbacked_decisions == 1


def test_a_call_with_two_records_shows() -> None:
    one = record(1, "core", "x", GENESIS)
    other = record(1, "core", "x", one.sha256)
    calls: list[AnswerEvent] = [CallFinished(elapsed_seconds=1, call=call) for call in (one, other)]
    assert_found(verify(calls), "Call run/1 has 2 records")
    assert_found(verify([added("core", "x", "run/1"), *calls]), "it has several records")


def test_of_a_run_that_was_killed_the_open_call_has_no_record() -> None:
    events = told(*REPLIES)
    until = places(events, CallFinished)[-1]
    proof = verify(events[:until])
    assert proof.accounted_share is not None
    assert proof.accounted_share < 1
    assert_found(proof, "run/4")


def test_each_guard_that_acted_is_named() -> None:
    endings = {
        "landed": "token_budget",
        "length": "token_budget",
        "timed": "time",
        "cut": "time",
        "repeated": "repetition",
        "skipped": "skipped",
        "deadline": "deadline",
        "stopped": "stop",
        "stop": None,
        "ended": None,
        "failed": None,
    }
    assert set(endings) == set(get_args(Ending))
    events: list[AnswerEvent] = [
        *[PhaseResumed(elapsed_seconds=1, phase="core", trouble=one, detail="") for one in get_args(Trouble)],
        *[PhaseFinished(elapsed_seconds=2, phase="details", ending=one) for one in get_args(Ending)],
    ]
    named = [endings[one] for one in get_args(Ending)]
    assert verify(events).guards == (
        *[GuardActed(guard=one, phase="core") for one in get_args(Trouble)],
        *[GuardActed.model_validate({"guard": one, "phase": "details"}) for one in named if one is not None],
    )


RUNS = st.builds(
    told,
    st.tuples(st.just("strategy"), st.text(max_size=9)),
    st.tuples(st.just("core"), st.text(min_size=1, max_size=9)),
    st.tuples(st.just("core"), st.text(max_size=9)),
    st.tuples(st.just("conclusion"), st.text(max_size=9)),
    left_off=st.integers(min_value=0, max_value=3),
    piece=st.integers(min_value=1, max_value=9),
)


CHARACTERS = st.one_of(st.sampled_from('0123456789abcdef",:{}'), st.characters(exclude_categories=["Cs"]))


def retyped(data: st.DataObject, text: str) -> str:
    """Return a text with one other character."""
    at = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    character = data.draw(CHARACTERS)
    assume(character != text[at])
    return f"{text[:at]}{character}{text[at + 1 :]}"


@pytest.mark.parametrize(
    ("instruction", "is_backed"), [("문장", True), ("한 계획.", True), ("계획. 한", False), ("never planned", False)]
)
def test_an_instruction_that_is_not_in_the_plan_shows(instruction: str, is_backed: bool) -> None:
    begun: list[AnswerEvent] = [PhaseStarted(elapsed_seconds=2, phase="core", instruction=instruction)]
    proof = verify([*begun, *told(*REPLIES)])
    assert proof.holds == is_backed
    assert [one.is_backed for one in proof.decisions if one.kind == "instruction"] == [is_backed]


@given(data=st.data(), events=RUNS)
def test_any_changed_character_of_a_record_is_found(data: st.DataObject, events: list[AnswerEvent]) -> None:
    assert verify(events).holds
    at = data.draw(st.sampled_from(places(events, CallFinished)))
    event = events[at]
    assert isinstance(event, CallFinished)
    try:
        call = Call.model_validate_json(retyped(data, event.call.model_dump_json()))
    except ValidationError:
        return  # it cannot even be read
    assume(call != event.call)  # 1E5 for 1e5 changes nothing
    assert_found(verify([*events[:at], event.model_copy(update={"call": call}), *events[at + 1 :]]), "record")


@given(data=st.data(), events=RUNS)
def test_any_changed_character_of_a_shown_text_is_found(data: st.DataObject, events: list[AnswerEvent]) -> None:
    assume(places(events, TextAdded))
    at = data.draw(st.sampled_from(places(events, TextAdded)))
    event = events[at]
    assert isinstance(event, TextAdded)
    changed_text = added(event.phase, retyped(data, event.text), event.call_id)
    assert_found(verify([*events[:at], changed_text, *events[at + 1 :]]), event.call_id)


@given(events=RUNS, order=st.randoms(use_true_random=False), size=st.integers(min_value=0, max_value=40))
def test_a_proof_holds_exactly_when_there_is_no_problem(events: list[AnswerEvent], order: Random, size: int) -> None:
    order.shuffle(events)
    proof = verify(events[:size])
    assert proof.holds == (proof.problems == ())
    assert proof.accounted_characters <= proof.shown_characters
