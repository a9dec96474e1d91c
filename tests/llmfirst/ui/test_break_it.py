from typing import get_args

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.faults import DRIP_SECONDS, FAULT_SECONDS
from llmfirst.events import Language
from llmfirst.providers.base import Fault
from llmfirst.texts import texts_in
from llmfirst.ui.break_it import chosen_fault, fault_badge
from tests.llmfirst.ui.test_render import SUBMITTED


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("fault", get_args(Fault))
def test_every_fault_can_be_chosen_and_is_named_on_its_answer_with_the_times_of_the_engine(
    fault: Fault, language: Language
) -> None:
    texts = texts_in(language).break_it
    assert chosen_fault(fault) == fault
    told = fault_badge(fold([SUBMITTED.model_copy(update={"fault": fault})]), language)
    assert texts.badges[fault] in told
    assert f"{FAULT_SECONDS:g}" in texts.badges[fault]
    assert fault != "drip" or DRIP_SECONDS == 1


def test_an_answer_without_a_fault_says_nothing_and_nothing_else_is_a_choice() -> None:
    assert fault_badge(fold([SUBMITTED]), "en") == fault_badge(Answer(), "ko") == ""
    assert chosen_fault("none") is None
    assert chosen_fault("<b>") is None
