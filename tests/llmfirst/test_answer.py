"""The state of a run after its events, one by one and many at once."""

import time
from random import Random

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.events import AnswerEvent, ReviewAdded, ReviewFinished, ReviewStarted
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
