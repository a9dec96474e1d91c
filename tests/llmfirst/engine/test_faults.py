"""A fault that is put into a run on purpose: the answer ends in time all the same, and nothing else learns from it."""

from dataclasses import replace
from typing import get_args

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.events import AnswerFinished
from llmfirst.ledger import Call, chain_holds
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Fault
from tests.clock import run
from tests.scripted import END, Reply, ScriptedProvider, asked, collect, engine, handle

FAULTS: tuple[Fault, ...] = get_args(Fault)


def written(name: str, words: int = 20) -> Reply:
    """Return a reply at two words per second."""
    return [step for number in range(words) for step in (0.5, f"{name}{number} ")] + [f"{name} ends.", END]


def answered(fault: Fault | None, *, can_continue: bool = True, by: Engine | None = None) -> Answer:
    provider = ScriptedProvider(["plan", END], *[written(name) for name in ("core", "again", "details", "end", "more")])
    provider.can = Capabilities(prefill=can_continue, logprobs=False)
    request = replace(asked(), fault=fault)
    events = run(collect((by or engine()).answer(request, handle(provider))))
    assert verify(events).holds
    assert provider.opened == provider.closed
    return fold(events)


@pytest.mark.parametrize("can_continue", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_with_a_fault_ends_in_time_with_all_its_sections_and_says_which_call_met_it(
    fault: Fault, can_continue: bool
) -> None:
    told = answered(fault, can_continue=can_continue)
    assert isinstance(told.end, AnswerFinished)
    assert told.end.elapsed_seconds <= 120
    assert told.text("core").startswith("core0 core1 ")
    assert told.text("conclusion")
    assert told.submitted is not None
    assert told.submitted.fault == fault
    assert chain_holds(told.calls)
    met = [call.purpose for call in told.calls if call.fault == fault]
    assert met == (["core", "details", "conclusion"] if fault == "drip" else ["core"])


@pytest.mark.parametrize(("fault", "trouble"), [("stall", "silent"), ("drop", "broken")])
def test_a_stall_and_a_drop_come_once_after_three_seconds_of_text_and_the_section_goes_on(
    fault: Fault, trouble: str
) -> None:
    told = answered(fault)
    assert [(event.phase, event.trouble) for event in told.resumed] == [("core", trouble)]
    assert "core5 again0" in told.text("core")  # six words in three seconds
    assert [call.fault for call in told.calls].count(fault) == 1


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_only_a_run_without_a_fault_teaches_the_rates_of_the_model_and_the_expected_wait(fault: Fault | None) -> None:
    admission = Admission(slots=1, line_limit=8)
    asked_of = Engine(admission, deadline_seconds=120, wait_limit_seconds=300)
    answered(fault, by=asked_of)
    _, second = admission.take_place(), admission.take_place()
    assert (asked_of.rates.take_new() != {}) is (fault is None)
    assert (second.expected_seconds is not None) is (fault is None)


def test_the_hash_of_a_call_without_a_fault_is_what_it_was_before_faults_were_recorded() -> None:
    call = answered("stall").calls[0]
    assert call.fault is None
    assert chain_holds([Call(**{name: value for name, value in call.model_dump().items() if name != "fault"})])
