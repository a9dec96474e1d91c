"""People label answers as they stood at a moment, apart from whole answers."""

from pathlib import Path

from evals.analysis.human_labels import label_tasks
from evals.analysis.summary import summary_of
from evals.analysis.transfer import exported, imported
from evals.cli.outcome import value_text
from evals.judge.judged_answers import judge_answers
from evals.records.archive import Archive
from evals.records.opinions import HumanLabel
from evals.report.value import value_view
from evals.run.service import Evaluations
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.label_page import Sitting
from llmfirst.runs.owners import LOCAL
from llmfirst.store import DocumentStore, RunStore, open_database
from llmfirst.ui.updates import Updates
from tests.evals.stopped import EVALUATION, ITEMS, keep_stopped
from tests.evals.ui.test_owned_page import at
from tests.evals.ui.test_value_panel import on_a_page

OF = EVALUATION.evaluation_id


def sitting_of(updates: Updates) -> Sitting:
    (sitting,) = (one for one in updates.values() if isinstance(one, Sitting))
    return sitting


def test_what_there_was_at_a_moment_is_labelled_and_never_counts_as_a_label_of_the_whole(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, archive: Archive) -> None:
        keep_stopped(archive)
        before = summary_of(archive, EVALUATION)
        begun = await page.labels.on_begin(LOCAL, OF, "Kim", "en", "10")
        assert f"0 of {ITEMS} decided" in at("label-head", begun)  # of the other model there is no text yet
        assert "core" in at("label-read", begun)
        assert "The end." not in at("label-read", begun)
        sitting = sitting_of(begun)
        assert sitting.key is not None
        said = await page.labels.on_say("yes", LOCAL, sitting, "en", sitting.key[:12])
        assert f"1 of {ITEMS} decided" in at("label-head", said)

        after = summary_of(archive, EVALUATION)
        assert (after.labelling, after.scorecards) == (before.labelling, before.scorecards)
        assert (archive.labels(), archive.labels(10.0)) == ({}, {"Kim": {sitting.key: "yes"}})
        (kim,) = after.labelling_at(10.0).people
        assert (kim.said, kim.wanted) == (1, ITEMS)
        assert {model: (items.passed, items.total) for model, items in kim.items.items()} == {
            "ollama/m": (1, 1),
            "embedded/n": (0, ITEMS),
        }
        whole = await page.labels.on_begin(LOCAL, OF, "Kim", "en")
        assert f"0 of {2 * ITEMS} decided" in at("label-head", whole)
        assert at("label-compare", await page.labels.on_cut(LOCAL, OF, "10", "en")).visible
        assert not at("label-compare", await page.labels.on_cut(LOCAL, OF, "20", "en")).visible
        assert "Kim" in at("label-found", await page.labels.on_compare(LOCAL, OF, "en", "10"))
        undone = await page.labels.on_undo(LOCAL, sitting_of(said), "en")
        assert sitting_of(undone) == sitting
        assert archive.labels(10.0) == {}

    on_a_page(tmp_path, check)


def test_labels_of_cut_answers_stand_below_the_table_in_the_terminal_and_in_an_export(tmp_path: Path) -> None:
    database = open_database(tmp_path / "here")
    archive = Archive(DocumentStore(database), RunStore(database))
    keep_stopped(archive, has_moments=False)
    other = open_database(tmp_path / "there")
    there = Archive(DocumentStore(other), RunStore(other))
    stood = [one.stood_at(20.0) for one in archive.attempts(OF)]
    keys = {task.key for task in label_tasks(judge_answers(EVALUATION, stood, {}))}
    label = HumanLabel(person="Kim", key=min(keys), said="no", cut_seconds=20.0)
    archive.keep_label(label)
    imported(there, "\n".join(exported(archive, EVALUATION)) + "\n")
    assert there.human_labels() == [label]
    for one in (archive, there):
        summary = summary_of(one, EVALUATION)
        view = value_view(summary, "en")
        assert view is not None
        assert (view.sentence, view.method, view.rows) == ("", "", ())
        ((moment, sentences),) = view.people
        assert moment == "By people, stopped at 20 s"
        assert "Kim" in sentences[0]
        assert "  By people, stopped at 20 s:\n    " in value_text(summary)
    database.dispose()
    other.dispose()
