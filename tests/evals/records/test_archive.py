from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from evals.judge.questions import yes_no_key
from evals.records.archive import Archive, EvaluationUnknown, attempt_of, in_order
from evals.records.attempts import AskPurpose
from evals.records.evaluation import Evaluation
from evals.suite.cases import shipped
from llmfirst.events import AnswerEvent, AnswerFailed
from llmfirst.store import DocumentStore, RunStore, StoredRun, open_database
from tests.broken_disk import PARTLY_READABLE, UNREADABLE, spoil
from tests.evals.made import JUDGE, NO, OTHER, START, TARGET, YES, ask, attempt, case, evaluation, told, trial

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
OF = evaluation(case(1), case(2))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    database = open_database(tmp_path)
    yield Archive(DocumentStore(database), RunStore(database))
    database.dispose()


def asked(
    archive: Archive,
    run_id: str,
    events: list[AnswerEvent] | None,
    case_id: str = "case-1",
    purpose: AskPurpose = "measure",
) -> None:
    """Keep an ask, and those of its run's events that were written; None for a run that was never begun."""
    archive.keep_ask(OF.evaluation_id, ask(run_id, trial(case_id), purpose=purpose))
    if events:
        archive.store.append(run_id, 0, events)


def run_ids(archive: Archive) -> list[str]:
    return [one.run_id for one in archive.attempts(OF.evaluation_id)]


def test_an_evaluation_is_found_again_as_it_was(archive: Archive) -> None:
    whole = evaluation(*shipped()[0].cases, models=(TARGET, OTHER), judge=None)
    archive.add(whole)
    assert archive.load(whole.evaluation_id) == whole


def test_the_newest_evaluation_comes_first(archive: Archive) -> None:
    kept = [evaluation(evaluation_id=f"{n}", created_at=START + timedelta(days=n)) for n in range(3)]
    for one in kept:
        archive.add(one)
    assert archive.all() == tuple(reversed(kept))


def test_an_unknown_evaluation_is_refused_with_those_that_there_are(archive: Archive) -> None:
    with pytest.raises(EvaluationUnknown, match="start one with"):
        archive.load("nothing")
    archive.add(OF)
    with pytest.raises(EvaluationUnknown, match=OF.evaluation_id):
        archive.load("nothing")


def test_an_attempt_says_what_its_run_says() -> None:
    one = attempt_of(ask(ONE), StoredRun(ONE, tuple(told(ONE))))
    assert one is not None
    assert (one.run_id, one.outcome, one.error, one.asked_at) == (ONE, "complete", None, ask(ONE).asked_at)
    assert one.text == "the core\u2028of it\n\n세부 ~~~ 사항\n\nthe end"  # what the reader read, the plan apart
    assert (one.timing.first_text_seconds, one.timing.total_seconds) == (1.3, 5.0)
    assert (one.accounted_share, one.unbacked_decisions, one.guards) == (1.0, 0, ())
    assert one.is_answer


@pytest.mark.parametrize(
    ("end", "count"),
    [
        (told(ONE, outcome="complete"), 1),
        (told(ONE, outcome="deadline"), 1),
        (told(ONE, outcome="interrupted"), 1),
        ([*told(ONE)[:3], AnswerFailed(elapsed_seconds=2, code="refused", message="no")], 1),
        (told(ONE, outcome="stopped"), 0),
        (told(ONE)[:-1], 0),
        (told(ONE)[:1], 0),
        (None, 0),
    ],
    ids=["complete", "deadline", "interrupted", "failed", "stopped", "being written", "just begun", "never begun"],
)
def test_an_answer_counts_when_it_ended_by_itself(archive: Archive, end: list[AnswerEvent] | None, count: int) -> None:
    asked(archive, ONE, end)
    assert len(run_ids(archive)) == count
    assert archive.recorded(OF.evaluation_id).given_up == 1 - count


def test_a_failure_counts_as_an_attempt_with_its_reason(archive: Archive) -> None:
    asked(archive, ONE, [*told(ONE)[:3], AnswerFailed(elapsed_seconds=2, code="refused", message="no such model")])
    (one,) = archive.attempts(OF.evaluation_id)
    assert (one.outcome, one.error, one.text, one.accounted_share) == ("failed", "no such model", "", None)
    assert one.is_error


def test_what_the_end_of_the_program_broke_off_does_not_count(archive: Archive) -> None:
    asked(archive, ONE, told(ONE)[:-1])
    assert archive.store.end_broken_runs() == 1
    assert run_ids(archive) == []
    assert archive.recorded(OF.evaluation_id).given_up == 1


def test_the_last_answer_that_ended_by_itself_counts(archive: Archive) -> None:
    asked(archive, ONE, told(ONE, outcome="interrupted"))
    asked(archive, TWO, told(TWO))
    asked(archive, THREE, told(THREE, outcome="stopped"))
    assert run_ids(archive) == [TWO]
    assert archive.recorded(OF.evaluation_id).given_up == 1


def test_a_warm_up_is_kept_and_counts_nowhere(archive: Archive) -> None:
    asked(archive, ONE, told(ONE), purpose="warm_up")
    assert run_ids(archive) == []
    assert archive.recorded(OF.evaluation_id).given_up == 0
    assert [one.purpose for one in archive.asks(OF.evaluation_id)] == ["warm_up"]


def test_an_answer_that_ends_later_is_found_then(archive: Archive) -> None:
    events = told(ONE)
    asked(archive, ONE, events[:4])
    assert run_ids(archive) == []
    archive.store.append(ONE, 4, events[4:])
    assert run_ids(archive) == [ONE]


def test_attempts_stand_in_the_order_of_asking_and_can_be_put_in_that_of_the_suite(archive: Archive) -> None:
    asked(archive, TWO, told(TWO), "case-2")
    asked(archive, ONE, told(ONE), "case-1")
    assert run_ids(archive) == [TWO, ONE]
    assert [one.run_id for one in in_order(OF, archive.attempts(OF.evaluation_id))] == [ONE, TWO]


def test_evaluations_do_not_see_each_others_answers(archive: Archive) -> None:
    asked(archive, ONE, told(ONE))
    assert archive.attempts("another") == ()
    assert archive.asks("another") == ()


def test_what_a_judge_said_is_found_again_and_only_for_this_judge(archive: Archive) -> None:
    key = yes_no_key("왜?", "an answer", "It is so.")
    archive.keep_reading(JUDGE, key, YES)
    archive.keep_reading(JUDGE, yes_no_key("q", "t", "s"), NO)
    assert archive.readings(JUDGE)[key] == YES
    assert len(archive.readings(JUDGE)) == 2
    for change in ({"model": "k"}, {"prompt_sha256": "1" * 64}, {"digest": "sha256:1"}, {"provider": "openai"}):
        assert archive.readings(JUDGE.model_copy(update=change)) == {}


def test_any_other_word_asks_for_another_reading() -> None:
    asked = ("a question", "a text", "a statement")
    keys = {yes_no_key(*asked), yes_no_key("a", " questiona text", "a statement")}
    keys |= {
        yes_no_key(*[one.upper() if place == here else one for place, one in enumerate(asked)]) for here in range(3)
    }
    assert len(keys) == 5


def test_a_suite_has_one_baseline_and_the_last_one_marked_is_it(archive: Archive) -> None:
    def marked(evaluation_id: str) -> Evaluation:
        one = evaluation(evaluation_id=evaluation_id)
        archive.mark_baseline(one)
        return one

    assert archive.baseline(OF.suite.name) is None
    marked("a")
    marked("b")
    assert archive.baseline(OF.suite.name) == "b"
    assert archive.baseline("another suite") is None


def test_everything_is_there_for_another_start_of_the_program(archive: Archive, tmp_path: Path) -> None:
    archive.add(OF)
    asked(archive, ONE, told(ONE))
    archive.keep_reading(JUDGE, "0" * 64, YES)
    database = open_database(tmp_path)
    again = Archive(DocumentStore(database), RunStore(database))
    assert again.all() == (OF,)
    assert again.attempts(OF.evaluation_id) == archive.attempts(OF.evaluation_id)
    assert again.readings(JUDGE) == {"0" * 64: YES}
    database.dispose()


def test_an_answer_is_whole_only_with_text_and_an_end_of_its_own() -> None:
    assert attempt(outcome="deadline").is_answer
    assert [attempt(outcome=end).is_error for end in ("interrupted", "failed", "stopped")] == [True] * 3
    assert attempt(text="").is_error


@pytest.mark.parametrize("how", PARTLY_READABLE | UNREADABLE)
def test_an_answer_that_cannot_be_read_counts_for_nothing_and_costs_no_other(
    tmp_path: Path, archive: Archive, how: str
) -> None:
    asked(archive, ONE, told(ONE))
    asked(archive, TWO, told(TWO), "case-2")
    spoil(tmp_path, (PARTLY_READABLE | UNREADABLE)[how], ONE)
    assert run_ids(archive) == [TWO]
    assert archive.recorded(OF.evaluation_id).given_up == 1
