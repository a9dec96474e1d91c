"""The callbacks of label mode: show a claim about an answer, and store at once what a person says of it.

Before the last claim is decided, nothing that is sent to the page tells who wrote an answer, how fast, or what the
judge thinks of it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import gradio as gr

from evals.analysis.human_labels import Labelled, LabelTask, label_tasks, labelled
from evals.analysis.summary import summary_of
from evals.judge.judged_answers import judge_answers
from evals.recordings.recorded import RECORDED
from evals.records.archive import Archive, EvaluationUnknown, EvaluationUnreadable
from evals.records.opinions import HumanLabel, Said
from evals.texts import texts_in
from evals.ui.cut_choice import WHOLE, chosen_cut
from evals.ui.label_render import answer_html, claim_html, claim_id, done_html, found_html, head_html, people_html
from evals.ui.label_tab import MOST_NAME_CHARACTERS, LabelMode
from llmfirst import Language, Owner, Updates, problem_html


@dataclass(frozen=True)
class Sitting:
    """Who labels what in a visit. It stays on the server."""

    evaluation_id: str
    person: str
    key: str | None
    """The key of the claim on screen; None after the last one."""
    cut_seconds: float | None = None
    """The moment at which the answers are cut off; None: they are whole."""


class LabelPage:
    """The callbacks. Labels are stored in the archive of the owner."""

    def __init__(self, archive: Archive, labels: LabelMode) -> None:
        self._archive = archive
        self._labels = labels

    async def on_open(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Ask who labels, and show who labelled how much."""
        return await asyncio.to_thread(self._opened, owner, evaluation_id, language)

    async def on_cut(self, owner: Owner, evaluation_id: str | None, cut: str, language: Language) -> Updates:
        """Show who labelled how much of the answers as they stood at a moment."""
        return await asyncio.to_thread(self._opened, owner, evaluation_id, language, chosen_cut(cut))

    async def on_begin(
        self, owner: Owner, evaluation_id: str | None, person: str, language: Language, cut: str = WHOLE
    ) -> Updates:
        """Show the first open claim of a person."""
        return await asyncio.to_thread(self._begun, owner, evaluation_id, person, language, chosen_cut(cut))

    async def on_say(
        self, said: Said, owner: Owner, sitting: Sitting | None, language: Language, claim: str
    ) -> Updates:
        """Keep what a person said of the claim that was on screen, and show the next open one.

        A second press that comes before the next claim is there is about none that anybody has read.
        """
        if sitting is None or sitting.key is None or claim_id(sitting.key) != claim:
            return {self._labels.sitting: sitting}
        return await asyncio.to_thread(self._said, owner, sitting, said, language)

    async def on_undo(self, owner: Owner, sitting: Sitting | None, language: Language) -> Updates:
        """Take back what was said of the claim before the one on screen, and show it again."""
        return await asyncio.to_thread(self._undone, owner, sitting, language)

    async def on_compare(
        self, owner: Owner, evaluation_id: str | None, language: Language, cut: str = WHOLE
    ) -> Updates:
        """Show what the labels come to, because somebody asks for it."""
        return await asyncio.to_thread(self._compared, owner, evaluation_id, language, chosen_cut(cut))

    def closed(self) -> Updates:
        """Return label mode as it is while it is closed."""
        labels = self._labels
        empty: Updates = dict.fromkeys((labels.notice, labels.found, labels.head, labels.read, labels.claim), "")
        return {
            labels.mode: gr.Column(visible=False),
            labels.who: gr.Column(visible=True),
            labels.board: gr.Column(visible=False),
            labels.people: "",
            labels.sitting: None,
            **empty,
        }

    def _opened(
        self, owner: Owner, evaluation_id: str | None, language: Language, cut_seconds: float | None = None
    ) -> Updates:
        labels, archive = self._labels, self._archive.seen_by(owner)
        tasks = _tasks(archive, evaluation_id, cut_seconds=cut_seconds)
        people = labelled(tasks, archive.labels(cut_seconds))
        texts = texts_in(language)
        notice = "" if tasks else problem_html(texts.label_mode.no_answers)
        return {
            **self.closed(),
            labels.mode: gr.Column(visible=True),
            labels.people: people_html(people, language),
            labels.compare: gr.Button(visible=bool(people)),
            labels.notice: problem_html(texts.recorded.read_only) if evaluation_id == RECORDED else notice,
        }

    def _begun(
        self, owner: Owner, evaluation_id: str | None, person: str, language: Language, cut_seconds: float | None
    ) -> Updates:
        archive, name = self._archive.seen_by(owner), _name(person)
        texts = texts_in(language).label_mode
        if evaluation_id is None or not _tasks(archive, evaluation_id, cut_seconds=cut_seconds):
            return {self._labels.notice: problem_html(texts.no_answers)}
        if not name:
            return {self._labels.notice: problem_html(texts.no_person)}
        return self._next(archive, Sitting(evaluation_id, name, None, cut_seconds), language)

    def _said(self, owner: Owner, sitting: Sitting, said: Said, language: Language) -> Updates:
        archive = self._archive.seen_by(owner)
        cut_seconds, tasks = sitting.cut_seconds, _own_tasks(archive, sitting)
        if sitting.key is not None and any(task.key == sitting.key for task in tasks):
            archive.keep_label(HumanLabel(person=sitting.person, key=sitting.key, said=said, cut_seconds=cut_seconds))
        return self._next(archive, sitting, language)

    def _undone(self, owner: Owner, sitting: Sitting | None, language: Language) -> Updates:
        if sitting is None:
            return {self._labels.sitting: None}
        archive = self._archive.seen_by(owner)
        tasks, said = _own_tasks(archive, sitting), _said_of(archive, sitting)
        at = next((number for number, task in enumerate(tasks) if task.key == sitting.key), len(tasks))
        last = next((task for task in reversed(tasks[:at]) if task.key in said), None)
        if last is not None:
            archive.take_back_label(sitting.person, last.key, sitting.cut_seconds)
            sitting = replace(sitting, key=last.key)
        return self._shown(archive, sitting, tasks, language)

    def _compared(
        self, owner: Owner, evaluation_id: str | None, language: Language, cut_seconds: float | None
    ) -> Updates:
        archive = self._archive.seen_by(owner)
        if evaluation_id is None or not _tasks(archive, evaluation_id, cut_seconds=cut_seconds):
            return {self._labels.found: ""}
        found = summary_of(archive, archive.load(evaluation_id)).labelling_at(cut_seconds)
        return {self._labels.found: found_html(found, language)}

    def _next(self, archive: Archive, sitting: Sitting, language: Language) -> Updates:
        """Show the next open claim behind the one on screen, or the first open one."""
        tasks, said = _own_tasks(archive, sitting), _said_of(archive, sitting)
        at = next((number for number, task in enumerate(tasks) if task.key == sitting.key), -1)
        following = [*tasks[at + 1 :], *tasks[: at + 1]]
        key = next((task.key for task in following if task.key not in said), None)
        return self._shown(archive, replace(sitting, key=key), tasks, language)

    def _shown(self, archive: Archive, sitting: Sitting, tasks: tuple[LabelTask, ...], language: Language) -> Updates:
        labels, said = self._labels, _said_of(archive, sitting)
        if not tasks:  # the evaluation was deleted meanwhile
            return {**self.closed(), labels.mode: gr.Column(visible=True)}
        count = sum(task.key in said for task in tasks)
        task = next((one for one in tasks if one.key == sitting.key), None)
        if task is None:
            found = summary_of(archive, archive.load(sitting.evaluation_id)).labelling_at(sitting.cut_seconds)
            read, claim = done_html(found, language), ""
        else:
            read, claim = answer_html(task, language), claim_html(task, language)
        return {
            labels.who: gr.Column(visible=False),
            labels.board: gr.Column(visible=True),
            labels.notice: "",
            labels.found: "",
            labels.head: head_html(Labelled(sitting.person, count, len(tasks)), language),
            labels.read: read,
            labels.claim: claim,
            labels.say: gr.Row(visible=task is not None),
            labels.undo: gr.Button(interactive=count > 0),
            labels.sitting: replace(sitting, key=None if task is None else task.key),
        }


def _said_of(archive: Archive, sitting: Sitting) -> Mapping[str, Said]:
    return archive.labels(sitting.cut_seconds).get(sitting.person, {})


def _tasks(
    archive: Archive, evaluation_id: str | None, seed: str = "", cut_seconds: float | None = None
) -> tuple[LabelTask, ...]:
    """Return what there is to decide: nothing of an evaluation that is not there, another's, or cannot be read."""
    try:
        evaluation = None if evaluation_id is None else archive.load(evaluation_id)
    except (EvaluationUnknown, EvaluationUnreadable):
        return ()
    if evaluation is None:
        return ()
    stood = [one.stood_at(cut_seconds) for one in archive.attempts(evaluation.evaluation_id)]
    return label_tasks(judge_answers(evaluation, stood, {}), seed)


def _own_tasks(archive: Archive, sitting: Sitting) -> tuple[LabelTask, ...]:
    """Return the same in the order of this person."""
    if not archive.has(sitting.evaluation_id):
        return ()
    seed = archive.label_seed(sitting.evaluation_id, sitting.person)
    return _tasks(archive, sitting.evaluation_id, seed, sitting.cut_seconds)


def _name(person: str | None) -> str:
    return " ".join((person or "").split())[:MOST_NAME_CHARACTERS]
