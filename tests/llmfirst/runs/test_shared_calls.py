"""The proof of a run in which one call wrote several sections."""

import pytest

from llmfirst.events import SECTIONS, Phase, TextAdded
from llmfirst.proof import verify
from tests.llmfirst.test_proof import assert_found, places, without
from tests.run_events import added, told_by_one_call

THROUGH: tuple[tuple[Phase, str], ...] = (
    ("core", "The core.\n\n"),
    ("details", "One by one. "),
    ("conclusion", "Done"),
)


def test_a_call_that_went_on_through_the_sections_accounts_for_all_of_them() -> None:
    proof = verify(told_by_one_call(*THROUGH, rest=" and more"))
    assert proof.holds
    assert proof.accounted_characters == sum(len(text) for _, text in THROUGH)
    assert [(one.phase, one.calls, one.is_backed) for one in proof.decisions] == [
        (phase, ("run/1",), True) for phase in SECTIONS
    ]


@pytest.mark.parametrize("at", range(sum(len(text) for _, text in THROUGH)))
def test_a_changed_character_of_any_section_of_a_shared_call_shows(at: int) -> None:
    events = told_by_one_call(*THROUGH)
    place, offset = places(events, TextAdded)[0], at
    for place in places(events, TextAdded):
        event = events[place]
        assert isinstance(event, TextAdded)
        if offset < len(event.text):
            events[place] = added(event.phase, f"{event.text[:offset]}~{event.text[offset + 1 :]}", event.call_id)
            break
        offset -= len(event.text)
    assert_found(verify(events), f"the text differs from the reply from character {at + 1} on")


def test_text_left_out_between_two_sections_of_a_shared_call_shows() -> None:
    events = told_by_one_call(*THROUGH)
    first_of_details = next(
        at for at, event in enumerate(events) if isinstance(event, TextAdded) and event.phase == "details"
    )
    assert_found(verify([*events[:first_of_details], *events[first_of_details + 1 :]]), "run/1")


def test_the_record_of_a_shared_call_removed_shows_in_every_section() -> None:
    proof = verify(without(told_by_one_call(*THROUGH), 0))
    assert proof.accounted_share == 0
    assert proof.unbacked_decisions == 3
    assert_found(proof, "its record is missing")


def test_a_call_that_comes_back_to_an_earlier_section_shows() -> None:
    events = told_by_one_call(("core", "a"), ("details", "b"), ("core", "c"))
    assert_found(verify(events), "the text is in core, after text of the same call in details")


@pytest.mark.parametrize(("made_for", "phase"), [("strategy", "core"), ("details", "core")])
def test_a_call_writes_no_phase_that_it_cannot_reach(made_for: Phase, phase: Phase) -> None:
    proof = verify(told_by_one_call((made_for, "a"), (phase, "b")))
    assert_found(proof, f"the text is in {phase}, but the call was made for {made_for}")
    assert proof.unbacked_decisions == 1
