"""An evaluation taken in becomes that of who gave the file, and holds nothing of anybody else's."""

from pathlib import Path

from evals.analysis.human_labels import label_tasks
from evals.analysis.summary import summary_of
from evals.analysis.transfer import exported, imported
from evals.analysis.trend import trend_of
from evals.judge.judged_answers import judge_answers
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.opinions import HumanLabel
from llmfirst.runs.owners import LOCAL
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import ask, report_of, told
from tests.evals.owned import OF, OTHER, RUN


def labelled(archive: Archive, of: Evaluation, person: str) -> None:
    task = label_tasks(judge_answers(of, archive.attempts(of.evaluation_id), {}))[0]
    archive.keep_label(HumanLabel(person=person, key=task.key, said="no"))


def test_what_people_said_and_which_evaluation_is_approved_is_each_owners_own(alice: Archive) -> None:
    bob = alice.seen_by("bob")
    text = "\n".join(exported(alice, OF))
    labelled(alice, OF, "Kim")
    alice.mark_baseline(OF)
    his = imported(bob, text)
    assert bob.labels() == {}
    assert bob.baseline(OF.suite.name) is None
    labelled(bob, his, "Lee")
    bob.mark_baseline(his)
    assert list(alice.labels()) == ["Kim"]
    assert alice.baseline(OF.suite.name) == OF.evaluation_id


def test_report_trend_and_export_hold_nothing_of_anothers_evaluation(alice: Archive) -> None:
    bob = alice.seen_by("bob")
    his = imported(bob, "\n".join(exported(alice, OF)))
    labelled(alice, OF, "Kim")
    alice.add(OTHER)
    alice.mark_baseline(OF)
    assert {row.evaluation_id for row in trend_of(bob, summary_of(bob, his))} == {his.evaluation_id}
    assert not any(row.is_baseline for row in trend_of(bob, summary_of(bob, his)))
    for text in (report_of(bob, his, "en"), "\n".join(exported(bob, his))):
        assert "Kim" not in text
        assert OF.evaluation_id not in text
        assert OTHER.evaluation_id not in text
    assert "Kim" in report_of(alice, OF, "en")


def test_taking_in_the_file_of_another_gives_an_evaluation_of_ones_own(alice: Archive) -> None:
    bob = alice.seen_by("bob")
    text = "\n".join(exported(alice, OF))
    his = imported(bob, text)
    assert his == OF.model_copy(update={"evaluation_id": his.evaluation_id})
    assert his.evaluation_id != OF.evaluation_id
    theirs = bob.attempts(his.evaluation_id)
    assert [one.text for one in theirs] == [one.text for one in alice.attempts(OF.evaluation_id)]
    for one in theirs:
        first = bob.store.load(one.run_id, "bob").events[0]
        assert first == told(one.run_id, his.case(one.trial.case_id).question)[0]
    assert imported(bob, text) == his
    assert len(bob.asks(his.evaluation_id)) == 2
    assert imported(bob, "\n".join(exported(bob, his))) == his
    assert alice.all() == (OF,)


def test_what_a_file_is_told_does_not_show_whether_another_has_its_evaluation(alice: Archive, tmp_path: Path) -> None:
    text = "\n".join(exported(alice, OF))
    elsewhere = open_database(tmp_path / "elsewhere")
    alone = Archive(DocumentStore(elsewhere), RunStore(elsewhere), "bob")
    assert imported(alone, text) == imported(alice.seen_by("bob"), text)
    elsewhere.dispose()


def test_a_file_that_names_anothers_run_shows_its_own_text_and_changes_nothing(alice: Archive, tmp_path: Path) -> None:
    forged = open_database(tmp_path / "forged")
    writing = Archive(DocumentStore(forged), RunStore(forged))
    writing.add(OTHER)
    writing.keep_ask(OTHER.evaluation_id, ask(RUN))
    writing.store.append(RUN, 0, told(RUN, replies=("a", "forged", "b", "c")))
    text = "\n".join(exported(writing, OTHER))
    forged.dispose()
    before = alice.store.load(RUN, "alice")
    for asking in ("bob", LOCAL):
        them = alice.seen_by(asking)
        (one,) = them.attempts(imported(them, text).evaluation_id)
        assert one.text.startswith("forged")
        assert one.run_id != RUN
    assert alice.store.load(RUN, "alice") == before


def test_the_local_owner_keeps_the_ids_of_a_file_that_are_free(everything: Archive, alice: Archive) -> None:
    local, text = everything.seen_by(LOCAL), "\n".join(exported(alice, OF))
    assert imported(local, text).evaluation_id != OF.evaluation_id
    everything.seen_by("bob").add(OTHER)
    assert (
        imported(local, "\n".join(exported(everything.beside(OTHER.evaluation_id), OTHER))).evaluation_id
        != OTHER.evaluation_id
    )
    assert len(local.all()) == 2
