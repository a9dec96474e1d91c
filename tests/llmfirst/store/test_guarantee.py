"""What the stored runs say about the time limit: the newest answers, and what is counted apart."""

from datetime import UTC, datetime, timedelta

from llmfirst.events import Admitted, AnswerEvent, AnswerFailed, AnswerFinished, Outcome, QuestionSubmitted
from llmfirst.providers.base import Fault
from llmfirst.store import Guarantee, RunStore, UsualTimes

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def keep(
    store: RunStore,
    run_id: str,
    end: Outcome | None = "complete",
    *,
    took: float = 10.0,
    minute: int = 0,
    fault: Fault | None = None,
    owner: str = "local",
    model: str = "m",
    waited: float = 5.0,
) -> None:
    """Store a run that waits, is admitted and ends; `end` None: in a failure without text."""
    asked = QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question="?",
        language="en",
        provider="embedded",
        model=model,
        model_digest=None,
        deadline_seconds=120,
        submitted_at=NOON + timedelta(minutes=minute),
        fault=fault,
    )
    at = waited + took
    last: AnswerEvent = (
        AnswerFailed(elapsed_seconds=at, code="no_text", message="-")
        if end is None
        else AnswerFinished(elapsed_seconds=at, outcome=end)
    )
    store.append(run_id, 0, [asked, Admitted(elapsed_seconds=waited), last], owner)


def test_an_answer_is_late_by_the_time_from_its_admission_and_the_slowest_is_named(store: RunStore) -> None:
    keep(store, "a", took=119, waited=200)
    keep(store, "b", "deadline", took=119.5, minute=1)
    keep(store, "c", "interrupted", took=3, minute=2)
    keep(store, "d", took=120.5, minute=3)
    assert store.guarantee("local", answers=300) == Guarantee(answers=4, late=1, slowest="d", slowest_seconds=120.5)


def test_stopped_failed_and_faulted_runs_are_counted_apart_and_a_late_failure_is_a_miss(store: RunStore) -> None:
    keep(store, "whole")
    keep(store, "stopped", "stopped", minute=1)
    keep(store, "failed", None, minute=2)
    keep(store, "late", None, took=121, minute=3)
    keep(store, "stall", fault="stall", minute=4, took=130)
    keep(store, "stopped drip", "stopped", fault="drip", minute=5)
    found = store.guarantee("local", answers=300)
    assert (found.answers, found.late, found.stopped, found.failed, found.faulted) == (2, 1, 1, 1, 2)
    assert found.slowest == "late"


def test_only_the_newest_answers_count_and_only_what_is_as_new_is_counted_apart(store: RunStore) -> None:
    keep(store, "old", took=130)
    keep(store, "old stop", "stopped", minute=1)
    keep(store, "one", minute=2)
    keep(store, "stop", "stopped", minute=3)
    keep(store, "two", minute=4)
    found = store.guarantee("local", answers=2)
    assert (found.answers, found.late, found.stopped) == (2, 0, 1)


def test_everybody_sees_the_own_answers_and_the_program_all(store: RunStore) -> None:
    keep(store, "a", owner="alice")
    keep(store, "b", owner="bob", took=130)
    assert store.guarantee("alice", answers=300).late == 0
    assert store.guarantee(None, answers=300).answers == 2
    assert store.guarantee("carol", answers=300) == Guarantee()


def test_a_run_in_progress_or_never_admitted_is_no_answer(store: RunStore) -> None:
    keep(store, "a")
    asked = store.load("a").events[0]
    assert isinstance(asked, QuestionSubmitted)
    store.append("open", 0, [asked.model_copy(update={"run_id": "open"}), Admitted(elapsed_seconds=1)])
    waiting = asked.model_copy(update={"run_id": "waiting"})
    store.append("waiting", 0, [waiting, AnswerFinished(elapsed_seconds=400, outcome="stopped")])
    found = store.guarantee("local", answers=300)
    assert (found.answers, found.stopped) == (1, 1)


def test_what_an_answer_usually_takes_is_the_median_of_the_newest_of_the_model_that_nothing_cut_off(
    store: RunStore,
) -> None:
    assert store.usual_times("embedded", "m") is None
    keep(store, "other", model="n", took=99)
    keep(store, "stopped", "stopped", took=1)
    keep(store, "broken", "interrupted", took=1)
    keep(store, "drip", fault="drip", took=110)
    assert store.usual_times("embedded", "m") is None
    for number, took in enumerate((100.0, *[20.0] * 9, 30.0, *[40.0] * 10)):
        keep(store, f"run {number}", "deadline" if took == 40 else "complete", took=took, minute=number)
    assert store.usual_times("embedded", "m") == UsualTimes(None, 35.0, 20)
