"""The callbacks of label mode: show the next claim, and store at once what a person says of it."""

import asyncio
from html import escape

from evals.analysis.human_labels import LabelTask, label_tasks
from evals.judge.judged_answers import judge_answers
from evals.recordings.recorded import RECORDED
from evals.records.archive import Archive, EvaluationUnknown, EvaluationUnreadable
from evals.records.opinions import HumanLabel, Said
from evals.texts import texts_in
from evals.ui.label_tab import MOST_NAME_CHARACTERS, LabelMode
from llmfirst import Language, Owner, Updates, markdown_html, problem_html, shared_texts


class LabelPage:
    """The callbacks. The position on screen belongs to the visit; labels are stored in the archive of the owner."""

    def __init__(self, archive: Archive, labels: LabelMode) -> None:
        self._archive = archive
        self._labels = labels

    async def on_person(self, owner: Owner, evaluation_id: str | None, person: str, language: Language) -> Updates:
        """Return the first open claim of a person, and its number."""
        return await asyncio.to_thread(self._shown, owner, evaluation_id, person, None, language)

    async def on_say(
        self,
        said: Said,
        owner: Owner,
        evaluation_id: str | None,
        person: str,
        position: int | None,
        language: Language,
    ) -> Updates:
        """Keep what a person said of the claim on screen, and show the next open one."""
        return await asyncio.to_thread(self._said, owner, evaluation_id, person, position, said, language)

    async def on_back(
        self, owner: Owner, evaluation_id: str | None, person: str, position: int | None, language: Language
    ) -> Updates:
        """Show the claim before the one on screen, to decide it again."""
        return await asyncio.to_thread(self._shown, owner, evaluation_id, person, position, language, is_back=True)

    def _said(
        self,
        owner: Owner,
        evaluation_id: str | None,
        person: str,
        position: int | None,
        said: Said,
        language: Language,
    ) -> Updates:
        archive = self._archive.seen_by(owner)
        name, wanted = _name(person), _tasks(archive, evaluation_id)
        if name and position is not None and 0 <= position < len(wanted):
            archive.keep_label(HumanLabel(person=name, key=wanted[position].key, said=said))
        return self._shown(owner, evaluation_id, person, position, language)

    def _shown(
        self,
        owner: Owner,
        evaluation_id: str | None,
        person: str,
        position: int | None,
        language: Language,
        *,
        is_back: bool = False,
    ) -> Updates:
        archive = self._archive.seen_by(owner)
        texts, name, wanted = texts_in(language).label_mode, _name(person), _tasks(archive, evaluation_id)
        if evaluation_id == RECORDED:
            return self._on_screen(problem_html(texts_in(language).recorded.read_only), None)
        if not wanted:
            return self._on_screen(problem_html(texts.no_answers), None)
        if not name:
            return self._on_screen(problem_html(texts.no_person), None)
        said = archive.labels().get(name, {})
        open_ones = [number for number, task in enumerate(wanted) if task.key not in said]
        if is_back:
            at = max(0, (len(wanted) if position is None else position) - 1)
        else:
            after = [number for number in open_ones if position is not None and number > position]
            at = next(iter(after or open_ones), len(wanted))
        progress = texts.progress.format(said=len(wanted) - len(open_ones), wanted=len(wanted))
        if at == len(wanted):
            return self._on_screen(f'<p role="status"><b>{progress}</b></p><p>{texts.done}</p>', None)
        return self._on_screen(_task_html(wanted[at], progress, said.get(wanted[at].key), language), at)

    def _on_screen(self, html: str, position: int | None) -> Updates:
        return {self._labels.task: html, self._labels.position: position}


def _tasks(archive: Archive, evaluation_id: str | None) -> tuple[LabelTask, ...]:
    """Return what there is to decide: nothing of an evaluation that is not there, another's, or cannot be read."""
    try:
        evaluation = None if evaluation_id is None else archive.load(evaluation_id)
    except (EvaluationUnknown, EvaluationUnreadable):
        return ()
    if evaluation is None:
        return ()
    return label_tasks(judge_answers(evaluation, archive.attempts(evaluation.evaluation_id), {}))


def _name(person: str | None) -> str:
    return " ".join((person or "").split())[:MOST_NAME_CHARACTERS]


def _task_html(task: LabelTask, progress: str, before: Said | None, language: Language) -> str:
    texts = texts_in(language).label_mode
    again = "" if before is None else f" · {texts.before.format(word=texts.said[before])}"
    return (
        f'<section class="detail labelling"><div class="read" tabindex="0"><h4>{shared_texts(language).question}</h4>'
        f"<pre>{escape(task.case.question)}</pre><h4>{texts_in(language).common.answer}</h4>"
        f'<div class="written" dir="auto">{markdown_html(task.text, first_heading=5)}</div></div>'
        f'<div class="decide"><p role="status"><b>{progress}</b>{again}</p>'
        f'<h4>{texts.claim}</h4><p class="claim">{escape(task.criterion.claim)}</p></div></section>'
    )
