"""Deletes an evaluation with all that was only about it."""

from dataclasses import dataclass

from evals.analysis.human_labels import label_tasks
from evals.judge.judged_answers import judge_answers
from evals.records.archive import Archive, EvaluationUnreadable
from evals.records.captions import forget_caption
from evals.records.evaluation import Evaluation
from evals.records.moments import MOMENTS
from evals.sessions.archive import SessionArchive


@dataclass(frozen=True)
class Removal:
    """What goes with an evaluation."""

    answers: int
    verdicts: int
    """The judge's readings of these answers."""
    labels: int
    people: tuple[str, ...]
    """Those who labelled."""
    votes: int


def removal_of(archive: Archive, evaluation_id: str) -> Removal:
    """Return what would go. Raises EvaluationUnknown and EvaluationUnreadable. Blocks its thread."""
    evaluation = archive.load(evaluation_id)
    keys = _keys(archive, evaluation)
    labels = [label for label in archive.human_labels() if label.key in keys]
    return Removal(
        answers=len(archive.attempts(evaluation_id)),
        verdicts=0 if evaluation.judge is None else len(keys & archive.readings(evaluation.judge).keys()),
        labels=len(labels),
        people=tuple(sorted({label.person for label in labels})),
        votes=len(SessionArchive(archive).votes(evaluation_id)),
    )


def remove(archive: Archive, evaluation_id: str) -> None:
    """Delete an evaluation: its answers, what a judge and people said of them, its name and notes. Blocks its thread.

    What another evaluation needs too stays: an answer in the same words, and the judge's readings of known answers.
    Raises EvaluationUnknown and EvaluationUnreadable.
    """
    evaluation = archive.load(evaluation_id)
    keys = _keys(archive, evaluation) - _keys_of_others(archive, evaluation)
    if evaluation.judge is not None:
        archive.remove_readings(evaluation.judge, keys)
    for label in archive.human_labels():
        if label.key in keys:
            archive.take_back_label(label.person, label.key, label.cut_seconds)
    runs = [ask.run_id for ask in archive.asks(evaluation_id)]
    SessionArchive(archive).forget_votes(evaluation_id)
    forget_caption(archive, evaluation_id)
    archive.remove(evaluation)
    archive.store.delete_measured(runs, archive.owner)


def _keys(archive: Archive, evaluation: Evaluation) -> set[str]:
    """Return the keys of everything that can be said of the answers of an evaluation, also as they stood before."""
    attempts = archive.attempts(evaluation.evaluation_id)
    stood = [one.stood_at(seconds) for seconds in (None, *MOMENTS) for one in attempts]
    return {task.key for task in label_tasks(judge_answers(evaluation, stood, {}))}


def _keys_of_others(archive: Archive, evaluation: Evaluation) -> set[str]:
    questions = {case.question for case in evaluation.suite.cases}
    everything = Archive(archive.documents, archive.store)
    others = (one for one in everything.listed() if not isinstance(one, EvaluationUnreadable))
    return {
        key
        for other in others
        if other.evaluation_id != evaluation.evaluation_id
        and not questions.isdisjoint(case.question for case in other.suite.cases)
        for key in _keys(everything, other)
    }
