"""Which profile a model bears is found by its own answers and its own choice between them, never by its name."""

from datetime import UTC, datetime

import pytest

from llmfirst.engine.profile_probe import (
    ProbeAnswer,
    ProbeChoice,
    ProbeFault,
    ProbePart,
    ProbeSteps,
    finding,
    read_finding,
    read_steps,
)
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.errors import ProviderError, ProviderInterrupted, ProviderUnavailable
from llmfirst.events import ProfileName
from llmfirst.ledger import chain_holds
from tests.probing import Tryable, likes_instructed, likes_the_first, tried_out
from tests.scripted import END, Reply, ScriptedProvider

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def answers_of(made: ProbeSteps) -> list[ProbeAnswer]:
    return [step for step in made.steps if isinstance(step, ProbeAnswer)]


def choices_of(made: ProbeSteps) -> list[ProbeChoice]:
    return [step for step in made.steps if isinstance(step, ProbeChoice)]


@pytest.mark.parametrize("logprobs", [True, False])
def test_a_model_that_chooses_its_instructed_answers_in_both_orders_bears_them(logprobs: bool) -> None:
    made = tried_out(Tryable(likes_instructed, logprobs=logprobs))
    tried, chosen = answers_of(made), choices_of(made)
    names = [("answer_first", False), ("instructed", True)] * len(PROBE_QUESTIONS)
    assert [(one.profile, "INSTRUCTED" in one.core) for one in tried] == names
    assert [one.faults for one in tried] == [()] * 8
    assert [(one.part, one.winner) for one in chosen] == [("core", "instructed"), ("whole", "instructed")] * 4
    found = finding(made, "answer_first", NOW)
    assert (found.profile, found.why, found.by_size) == ("instructed", "chosen", "answer_first")
    assert read_finding(found.model_dump_json()) == found
    assert made.is_over
    assert read_steps(made.model_dump_json()) == made


def test_the_cores_are_compared_alone_and_the_whole_answers_apart() -> None:
    provider = Tryable(likes_instructed)
    made = tried_out(provider)
    first, second, core, _ = made.steps[:4]
    assert isinstance(first, ProbeAnswer)
    assert isinstance(second, ProbeAnswer)
    assert isinstance(core, ProbeChoice)
    assert first.text.startswith(f"{first.core}\n\n")
    read = [request.messages[-1].content for request in provider.requests if "A:\n~~~" in request.messages[-1].content]
    assert [first.text in text for text in read[:4]] == [False, False, True, True]
    assert all(first.core in text and second.core in text for text in read[:4])


def test_the_record_of_what_a_trial_did_is_kept_with_it_and_its_calls_are_marked() -> None:
    provider = Tryable(likes_instructed)
    made = tried_out(provider)
    assert made.calls == len(provider.requests)
    for answer in answers_of(made):
        assert chain_holds(answer.calls)
        assert all(call.call_id.startswith("probe-") for call in answer.calls)


def test_no_review_is_made_in_a_trial_and_every_judgement_is_one_token_at_temperature_0() -> None:
    provider = Tryable(likes_the_first)
    tried_out(provider)
    judged = [request for request in provider.requests if request.max_tokens == 1]
    assert len(judged) == 4 * (1 + 2 + 4)  # whether it is worked out, its language, and which is better
    assert {request.sampling.temperature for request in judged} == {0.0}
    assert not any("reviewer" in request.messages[-1].content for request in provider.requests)


@pytest.mark.parametrize("by_size", ["answer_first", "instructed"])
def test_a_model_that_always_chooses_what_it_reads_first_keeps_the_profile_of_its_size(by_size: ProfileName) -> None:
    made = tried_out(Tryable(likes_the_first))
    assert {one.winner for one in choices_of(made)} == {None}
    found = finding(made, by_size, NOW)
    assert (found.profile, found.why) == (by_size, "not_chosen")


def test_a_service_that_goes_away_ends_the_trial_and_nothing_is_found() -> None:
    gone = [ProviderUnavailable("gone")]
    with pytest.raises(ProviderError):
        tried_out(ScriptedProvider(*[gone] * 99, warm_errors=[ProviderUnavailable("gone")] * 99))


def test_an_answer_that_the_service_broke_off_is_no_fault_of_the_profile() -> None:
    broken: Reply = ["half ", ProviderInterrupted("gone")]
    with pytest.raises(ProviderInterrupted):
        tried_out(ScriptedProvider(["a plan", END], *[broken] * 99))


def one(profile: ProfileName, *faults: ProbeFault, kept: float | None = 0.9) -> ProbeAnswer:
    return ProbeAnswer(
        question="q", profile=profile, core="c", text="t", seconds=1.0, faults=faults, language_kept=kept
    )


def choice(part: ProbePart, read_first: float | None, read_last: float | None) -> ProbeChoice:
    return ProbeChoice(question="q", part=part, read_first=read_first, read_last=read_last)


WON, LOST, UNSURE = (0.8, 0.6), (0.4, 0.2), (None, 0.9)
FIRST, TOLD = one("answer_first"), one("instructed")


@pytest.mark.parametrize(
    ("tried", "cores", "wholes", "why"),
    [
        ([FIRST, TOLD], [WON, WON, UNSURE], [UNSURE] * 3, "chosen"),
        ([FIRST, TOLD], [WON, WON, LOST], [UNSURE] * 3, "not_chosen"),
        ([FIRST, TOLD], [WON, WON, WON, LOST], [UNSURE] * 4, "chosen"),
        ([FIRST, TOLD], [WON, UNSURE], [UNSURE] * 2, "not_chosen"),
        # The core decides; the whole answer only where the core decides nothing.
        ([FIRST, TOLD], [WON, WON], [LOST, LOST], "chosen"),
        ([FIRST, TOLD], [LOST, LOST], [WON, WON], "not_chosen"),
        ([FIRST, TOLD], [UNSURE, UNSURE], [WON, WON], "chosen"),
        ([FIRST, TOLD], [WON, UNSURE], [LOST, WON], "chosen"),
        ([FIRST, TOLD], [WON, UNSURE], [WON, LOST], "not_chosen"),
        ([FIRST, one("instructed", "repetition")], [WON, WON], [WON, WON], "faults"),
        ([one("answer_first", "unfinished"), one("instructed", "no_plan")], [WON, WON], [WON, WON], "chosen"),
        ([FIRST, one("instructed", kept=0.2)], [WON, WON], [WON, WON], "language"),
        ([one("answer_first", kept=0.1), one("instructed", kept=0.2)], [WON, WON], [WON, WON], "chosen"),
        ([FIRST, one("instructed", kept=None)], [WON, WON], [WON, WON], "chosen"),
    ],
)
def test_the_rule_asks_for_a_margin_and_for_no_more_faults(
    tried: list[ProbeAnswer],
    cores: list[tuple[float | None, float]],
    wholes: list[tuple[float | None, float]],
    why: str,
) -> None:
    chosen = [
        each
        for core, whole in zip(cores, wholes, strict=True)
        for each in (choice("core", *core), choice("whole", *whole))
    ]
    found = finding(ProbeSteps(steps=(*tried, *chosen)), "answer_first", NOW)
    assert (found.profile, found.why) == ("instructed" if why == "chosen" else "answer_first", why)


@pytest.mark.parametrize(
    ("core", "faults", "profile", "why"),
    [
        (LOST, (), "answer_first", "chosen"),
        (UNSURE, (), "instructed", "not_chosen"),
        (WON, (), "instructed", "not_chosen"),
        (LOST, ("repetition",), "instructed", "faults"),
    ],
)
def test_a_large_model_keeps_instructed_unless_it_chooses_the_other(
    core: tuple[float, float], faults: tuple[ProbeFault, ...], profile: ProfileName, why: str
) -> None:
    chosen = (choice("core", *core), choice("whole", None, None)) * 2
    found = finding(ProbeSteps(steps=(one("answer_first", *faults), TOLD, *chosen)), "instructed", NOW)
    assert (found.profile, found.why, found.by_size) == (profile, why, "instructed")


@pytest.mark.parametrize(
    "stored",
    [
        "{}",
        "no JSON",
        '{"profile":"instructed","why":"chosen","measured_at":"2026-11-27T00:00:00Z","tried":[],"chosen":[]}',
    ],
)
def test_a_finding_about_the_profiles_of_an_older_version_says_nothing_and_is_made_again(stored: str) -> None:
    assert read_finding(stored) is None
    assert read_steps(stored) == ProbeSteps()


def test_findings_and_steps_about_other_profiles_or_questions_are_not_used() -> None:
    made = tried_out(Tryable(likes_instructed))
    others = made.model_copy(update={"names": ("direct", "instructed")})
    assert read_steps(others.model_dump_json()) == ProbeSteps()
    assert read_finding(finding(others, "answer_first", NOW).model_dump_json()) is None
    elsewhere = ProbeSteps(steps=made.steps[4:])
    assert read_steps(elsewhere.model_dump_json()) == ProbeSteps()
