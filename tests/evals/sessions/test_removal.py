"""What goes with an evaluation that is deleted, and what stays."""

import pytest

from evals.analysis.human_labels import label_tasks
from evals.judge.judged_answers import judge_answers
from evals.records.archive import Archive, EvaluationUnknown
from evals.records.captions import Caption, caption_of, keep_caption
from evals.records.opinions import HumanLabel
from evals.sessions.removal import Removal, removal_of, remove
from llmfirst.errors import RunUnknown
from llmfirst.store import DocumentStore, RunStore, open_memory_database
from tests.evals.labelled import HIDDEN, JUDGE, keep_hidden
from tests.evals.made import case, evaluation, keep_answers


@pytest.fixture
def archive() -> Archive:
    database = open_memory_database()
    everything = Archive(DocumentStore(database), RunStore(database))
    keep_hidden(everything.seen_by("alice"))
    return everything


def test_answers_verdicts_labels_name_and_order_go_and_nobody_else_sees_any_of_it(archive: Archive) -> None:
    alice, of = archive.seen_by("alice"), HIDDEN.evaluation_id
    keep_caption(alice, of, Caption(name="Before", notes="cold"))
    tasks = label_tasks(judge_answers(HIDDEN, alice.attempts(of), {}))
    for task in tasks[:3]:
        alice.keep_label(HumanLabel(person="Kim", key=task.key, said="yes"))
    cut = [attempt.stood_at(20) for attempt in alice.attempts(of)]
    for task in label_tasks(judge_answers(HIDDEN, cut, {}))[:2]:
        alice.keep_label(HumanLabel(person="Lee", key=task.key, said="no", cut_seconds=20))
    seed = alice.label_seed(of, "Kim")
    assert removal_of(alice, of) == Removal(answers=6, verdicts=12, labels=5, people=("Kim", "Lee"), votes=0)
    with pytest.raises(EvaluationUnknown):
        removal_of(archive.seen_by("bob"), of)
    with pytest.raises(EvaluationUnknown):
        remove(archive.seen_by("bob"), of)

    runs = [ask.run_id for ask in alice.asks(of)]
    anchors = len(alice.readings(JUDGE)) - 12
    remove(alice, of)
    assert (alice.has(of), archive.has(of), alice.human_labels(), alice.asks(of)) == (False, False, [], ())
    assert len(alice.readings(JUDGE)) == anchors  # what it said of known answers is another evaluation's too
    assert caption_of(alice, of).name == ""
    assert alice.label_seed(of, "Kim") != seed
    for run_id in runs:
        with pytest.raises(RunUnknown):
            archive.store.load(run_id)


def test_what_is_said_of_an_answer_that_another_evaluation_has_too_stays(archive: Archive) -> None:
    alice = archive.seen_by("alice")
    first, second = (evaluation(case(1), evaluation_id=one) for one in ("feedc0ffee12", "feedc0ffee34"))
    keep_answers(alice, first)
    alice.add(second)
    for ask in alice.asks(first.evaluation_id):
        alice.keep_ask(second.evaluation_id, ask)
    (task,) = label_tasks(judge_answers(first, alice.attempts(first.evaluation_id), {}))
    alice.keep_label(HumanLabel(person="Kim", key=task.key, said="no"))
    alice.mark_baseline(first)
    assert first.judge is not None
    before = alice.readings(first.judge)
    remove(alice, first.evaluation_id)
    assert alice.readings(first.judge) == before
    assert alice.labels() == {"Kim": {task.key: "no"}}
    assert alice.baseline(first.suite.name) is None


def test_the_order_of_a_person_is_drawn_once_and_is_no_other_ones(archive: Archive) -> None:
    alice, of = archive.seen_by("alice"), HIDDEN.evaluation_id
    seeds = {person: alice.label_seed(of, person) for person in ("Kim", "Lee")}
    assert seeds["Kim"] != seeds["Lee"]
    assert {person: alice.label_seed(of, person) for person in seeds} == seeds
