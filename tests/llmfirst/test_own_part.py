"""The proof of the model's own part: what it told itself for a section stands in its plan."""

import pytest

from llmfirst.events import AnswerEvent, PhaseStarted
from llmfirst.proof import verify
from tests.told import REPLIES, told


@pytest.mark.parametrize(
    ("instruction", "is_backed"), [("문장", True), ("한 계획.", True), ("계획. 한", False), ("never planned", False)]
)
def test_an_instruction_that_is_not_in_the_plan_shows(instruction: str, is_backed: bool) -> None:
    begun: list[AnswerEvent] = [PhaseStarted(elapsed_seconds=2, phase="core", instruction=instruction)]
    proof = verify([*begun, *told(*REPLIES)])
    assert proof.holds == is_backed
    assert [one.is_backed for one in proof.decisions if one.kind == "instruction"] == [is_backed]
