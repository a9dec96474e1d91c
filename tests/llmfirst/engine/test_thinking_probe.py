"""Whether thinking pays for a model is found by its own answers with thinking and without it, never believed."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from llmfirst.answer import fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profile_probe import (
    PARTS,
    ProbeAnswer,
    ProbeChoice,
    ProbeSteps,
    finding,
    read_finding,
    read_steps,
)
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.events import AnswerFinished, CallFinished, ProfileName
from llmfirst.providers.base import Think
from tests.clock import run
from tests.probing import Tryable, likes_the_first, likes_thinking, tried_out
from tests.scripted import asked, collect, handle

NOW = datetime(2026, 11, 29, tzinfo=UTC)
QUESTIONS = [question for _, question in PROBE_QUESTIONS]


def test_the_better_profile_is_tried_with_thinking_after_both_were_tried_without() -> None:
    made = tried_out(Tryable(likes_thinking, thinks=True))
    answers = [step for step in made.steps if isinstance(step, ProbeAnswer)]
    assert [(one.profile, one.think) for one in answers[:8]] == [("answer_first", "off"), ("instructed", "off")] * 4
    assert [(one.question, one.profile, one.think) for one in answers[8:]] == [
        (question, "answer_first", "on") for question in QUESTIONS
    ]
    assert all("THOUGHT" in one.core and (one.thought_seconds or 0) > 0 for one in answers[8:])
    assert not any("THOUGHT" in one.text or one.thought_seconds for one in answers[:8])
    chosen = [step for step in made.steps[16:] if isinstance(step, ProbeChoice)]
    assert [(one.about, one.part, one.is_for_the_second) for one in chosen] == [
        ("thinking", part, True) for _ in QUESTIONS for part in ("core", "whole")
    ]
    assert (made.is_over, len(made.steps)) == (True, 28)
    found = finding(made, "instructed", NOW)
    assert found.thinking is not None
    assert (found.profile, found.thinking.pays, found.thinking.why) == ("answer_first", True, "chosen")
    assert found.thinking.seconds > 0 < found.thinking.thought_seconds
    assert read_finding(found.model_dump_json()) == found
    assert read_steps(made.model_dump_json()) == made


def test_a_model_that_cannot_do_both_is_asked_nothing_about_thinking() -> None:
    made = tried_out(Tryable(likes_the_first))
    assert (len(made.steps), finding(made, "instructed", NOW).thinking) == (16, None)


def test_a_model_that_always_chooses_what_it_reads_first_keeps_its_thinking_off() -> None:
    found = finding(tried_out(Tryable(likes_the_first, thinks=True)), "instructed", NOW).thinking
    assert found is not None
    assert (found.pays, found.why, found.winners) == (False, "not_chosen", (None,) * 4)


@pytest.mark.parametrize(
    ("changes", "share", "why"),
    [
        ({}, 0.9, "chosen"),
        ({"faults": ("unfinished",)}, 0.9, "late"),
        ({"faults": ("empty_section",)}, 0.9, "faults"),
        ({"language_kept": 0.1}, 0.9, "language"),
        ({}, 0.2, "not_chosen"),
        ({}, None, "not_chosen"),
    ],
)
def test_thinking_pays_only_where_it_was_chosen_without_more_faults_and_in_time(
    changes: Mapping[str, object], share: float | None, why: str
) -> None:
    def answer(profile: ProfileName, think: Think, **more: object) -> ProbeAnswer:
        made = ProbeAnswer(
            question="q", profile=profile, core="c", text="t", seconds=9.0, faults=(), language_kept=0.9, think=think
        )
        return made.model_copy(update=more)

    pair = tuple(ProbeChoice(question="q", part=part, read_first=None, read_last=0.9) for part in PARTS)
    profiles = (answer("answer_first", "off"), answer("instructed", "off"), *pair) * 4
    chosen = tuple(each.model_copy(update={"read_first": share, "read_last": share}) for each in pair)
    usual, first = answer("instructed", "on", seconds=19.0), answer("instructed", "on", seconds=19.0, **changes)
    steps = (*profiles, first, *chosen, *(usual, *chosen) * 3)
    found = finding(ProbeSteps(steps=steps), "instructed", NOW)
    assert found.thinking is not None
    assert (found.profile, found.thinking.why, found.thinking.pays) == ("instructed", why, why == "chosen")
    assert found.thinking.seconds == 10.0


def test_auto_follows_what_was_found_for_the_profile_that_it_was_found_with() -> None:
    model = handle(Tryable(likes_thinking, thinks=True))
    book = ProfileBook(load_profiles())
    assert (book.choose(model).thinks, book.thinking_pays(model)) == (False, None)
    book.learn(model, "answer_first")
    assert book.thinking_pays(model) is None
    book.learn(model, "answer_first", thinking_pays=True)
    assert (book.choose(model).thinks, book.thinking_pays(model)) == (True, True)
    found = {"sha256:0": True}
    assert not ProfileBook(load_profiles(), "instructed", {"sha256:0": "answer_first"}, found).choose(model).thinks
    assert ProfileBook(load_profiles(), "instructed", {"sha256:0": "instructed"}, found).choose(model).thinks


@pytest.mark.parametrize(
    ("pays", "asked_for", "told"),
    [
        (True, "auto", "on"),
        (False, "auto", "off"),
        (None, "auto", "off"),
        (True, "off", "off"),
        (False, "on", "on"),
    ],
)
def test_the_core_of_an_answer_thinks_as_it_was_asked_for_and_auto_as_it_was_found(
    pays: bool | None, asked_for: Think, told: Think
) -> None:
    provider = Tryable(likes_thinking, thinks=True)
    book = ProfileBook(load_profiles())
    book.learn(handle(provider), "answer_first", thinking_pays=pays)
    admission = Admission(slots=1, line_limit=1)
    engine = Engine(admission, deadline_seconds=60, wait_limit_seconds=60, profiles=book, think=asked_for)
    events = run(collect(engine.answer(asked(), handle(provider))))
    assert isinstance(events[-1], AnswerFinished)
    assert [event.call.request.think for event in events if isinstance(event, CallFinished)].count("on") == (
        1 if told == "on" else 0
    )
    assert ("THOUGHT" in fold(events).text("core")) is (told == "on")
