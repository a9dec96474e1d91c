"""A model that has ended its answer is not asked for more: what it would add is worse than nothing (page 0012)."""

import pytest

from llmfirst.events import SECTIONS
from llmfirst.proof import verify
from tests.llmfirst.engine.test_phase_reader import BROKEN, CORE, answered
from tests.scripted import END, Reply


@pytest.mark.parametrize(
    ("reply", "endings"),
    [
        (["The whole answer.", END], ["stop", "ended", "ended"]),
        ([*CORE, END], ["landed", "ended", "ended"]),
        ([*CORE, "Then ", END], ["landed", "stop", "ended"]),
        ([*CORE, " \n", END], ["landed", "ended", "ended"]),
    ],
)
def test_a_model_that_has_ended_its_answer_is_not_asked_for_more(reply: Reply, endings: list[str]) -> None:
    events, told, provider = answered(reply)
    assert [told.phases[phase].ending for phase in SECTIONS] == endings
    assert provider.opened == 2
    assert told.metrics().outcome == "complete"
    assert not told.is_shortened
    assert [*told.metrics().phases] == ["strategy", *SECTIONS[: 3 - endings.count("ended")]]
    assert {acted.guard for acted in verify(events).guards} <= {"token_budget"}


def test_a_model_that_has_nothing_to_add_to_a_broken_section_has_ended_its_answer() -> None:
    _, told, provider = answered([*CORE, BROKEN], [END])
    assert [told.phases[phase].ending for phase in SECTIONS] == ["landed", "ended", "ended"]
    assert provider.opened == 3


def test_where_each_section_is_asked_for_the_end_of_one_is_not_the_end_of_the_answer() -> None:
    _, told, provider = answered(["The core.", END], ["The details.", END], ["The end.", END], can_continue=False)
    assert [told.phases[phase].ending for phase in SECTIONS] == ["stop"] * 3
    assert provider.opened == 4
