"""The state of a run after its events, one by one and many at once."""

import time
from datetime import UTC, datetime
from random import Random

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    PhaseStarted,
    QuestionSubmitted,
    ReviewAdded,
    ReviewFinished,
    ReviewStarted,
    ThoughtAdded,
)
from llmfirst.providers.base import Think
from tests.run_events import REPLIES, added, told


@pytest.mark.parametrize("seed", range(8))
def test_many_events_at_once_come_to_the_same_as_one_by_one(seed: int) -> None:
    review: list[AnswerEvent] = [ReviewStarted(elapsed_seconds=7)]
    review += [ReviewAdded(elapsed_seconds=7.5, text=text, call_id="review") for text in ("No", "thing", " missing.")]
    review += [added("conclusion", text, "supplement") for text in ("\n\n", "And", " more.")]
    review += [ReviewFinished(elapsed_seconds=8, ending="made", supplement="stop")]
    *events, end = told(*REPLIES, piece=1 + seed % 4)
    events = [*events, *review, end]
    cut = Random(seed).randrange(len(events))
    one_by_one = Answer()
    for event in events:
        one_by_one = one_by_one.after(event)
    assert fold(events[:cut]).after_all(events[cut:]) == fold(events) == one_by_one


def test_a_long_answer_in_small_pieces_costs_what_its_pieces_cost() -> None:
    events = told(("core", "가" * 200_000), piece=1)
    began = time.thread_time()
    assert len(fold(events).text("core")) == 200_000
    assert time.thread_time() - began < 0.7  # measured: 0.06 s; joined piece by piece 1.5 s


@pytest.mark.parametrize(
    ("asked", "told_word", "thought", "note"),
    [
        ("auto", None, "hm", None),
        ("auto", "low", "hm", None),
        ("on", "on", "", None),
        ("on", None, "", "cannot_think"),
        ("high", "on", "hm", "other_word"),
        ("off", "off", "", None),
        ("off", None, "", None),
        ("off", None, "hm", "cannot_be_silenced"),
        ("off", "low", "", "cannot_be_silenced"),
    ],
)
def test_a_model_that_does_not_think_as_it_was_asked_has_a_note(
    asked: Think, told_word: Think | None, thought: str, note: str | None
) -> None:
    submitted = QuestionSubmitted(
        elapsed_seconds=0,
        run_id="r",
        question="why?",
        language="en",
        provider="ollama",
        model="m",
        model_digest=None,
        deadline_seconds=120,
        submitted_at=datetime(2026, 11, 1, tzinfo=UTC),
        think=asked,
    )
    part = ThoughtAdded(elapsed_seconds=2, phase="core", text=thought, call_id="1")
    events: list[AnswerEvent] = [
        submitted,
        Admitted(elapsed_seconds=1, think=told_word),
        PhaseStarted(elapsed_seconds=1, phase="core"),
        part,
    ]
    assert fold(events).think_note == note
