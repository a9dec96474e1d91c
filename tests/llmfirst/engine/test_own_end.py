"""A model that has ended its growing reply is asked for the sections that are still empty, each as what it is."""

import pytest

from llmfirst.answer import Answer
from llmfirst.events import SECTIONS
from llmfirst.proof import verify
from tests.llmfirst.engine.test_phase_reader import BROKEN, CORE, SHOWN_CORE, answered
from tests.scripted import END, Reply

DETAILS: Reply = ["The details.", END]
ENDING: Reply = ["The end.", END]


def endings(told: Answer) -> list[str | None]:
    return [told.phases[phase].ending for phase in SECTIONS]


@pytest.mark.parametrize(
    ("replies", "expected", "opened"),
    [
        ([["The whole answer.", END], DETAILS, ENDING], ["stop", "stop", "stop"], 4),
        ([[*CORE, END], DETAILS, ENDING], ["landed", "stop", "stop"], 4),
        ([[*CORE, "Then ", END], ENDING], ["landed", "stop", "stop"], 3),
        ([[*CORE, " \n", END], DETAILS, ENDING], ["landed", "stop", "stop"], 4),
    ],
)
def test_every_section_that_the_model_left_empty_is_asked_for(
    replies: list[Reply], expected: list[str], opened: int
) -> None:
    events, told, provider = answered(*replies)
    assert endings(told) == expected
    assert provider.opened == opened
    assert all(told.text(phase).strip() for phase in SECTIONS)
    assert told.text("conclusion") == "The end."
    assert told.metrics().outcome == "complete"
    assert not told.is_shortened
    assert {acted.guard for acted in verify(events).guards} <= {"token_budget"}


def test_the_reply_so_far_is_a_turn_and_what_asks_for_a_section_ends_with_the_question() -> None:
    _, told, provider = answered([*CORE, END], DETAILS, ENDING)
    details, conclusion = (request.messages for request in provider.requests[2:])
    assert [message.content for message in details[:2]] == ["why?", SHOWN_CORE.rstrip()]
    assert [message.role for message in conclusion] == ["user", "assistant", "user", "assistant", "user"]
    assert conclusion[: len(details)] == details
    assert conclusion[len(details)].content == told.text("details")
    assert all(messages[-1].content.endswith("\n\nwhy?") for messages in (details, conclusion))
    assert not any(request.continue_last for request in provider.requests)


def test_a_model_that_has_nothing_to_add_to_a_broken_section_is_asked_for_it() -> None:
    _, told, provider = answered([*CORE, BROKEN], [END], DETAILS, ENDING)
    assert endings(told) == ["landed", "stop", "stop"]
    assert provider.requests[2].continue_last
    assert provider.opened == 5


def test_an_answer_with_a_section_that_stays_empty_is_not_complete() -> None:
    _, told, provider = answered(["The core.", END], *[[END]] * 4, ENDING)
    assert endings(told) == ["stop", "stop", "stop"]
    assert told.phases["details"].is_lacking
    assert told.metrics().outcome == "interrupted"
    assert provider.opened == 7


def test_a_section_in_which_the_model_wrote_nothing_three_times_is_asked_for_once_more() -> None:
    _, told, provider = answered(["The core.", END], *[[END]] * 3, ["The details.", END], ENDING)
    assert endings(told) == ["stop", "stop", "stop"]
    assert told.text("details") == "The details."
    assert told.metrics().outcome == "complete"
    assert provider.opened == 7


def test_where_each_section_is_asked_for_the_end_of_one_is_not_the_end_of_the_answer() -> None:
    _, told, provider = answered(["The core.", END], ["The details.", END], ["The end.", END], can_continue=False)
    assert endings(told) == ["stop"] * 3
    assert provider.opened == 4
