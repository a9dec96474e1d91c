"""The callbacks of the Evaluate tab: choose an evaluation, set one up, and bring it in or out.

What is seen of it while it runs and afterwards is in watch_page.py."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import gradio as gr

from evals.analysis.compare import Matters
from evals.analysis.export_file import read_export
from evals.analysis.transfer import kept
from evals.recordings.recorded import RECORDED, Recorded
from evals.records.archive import Archive, EvaluationUnreadable
from evals.records.captions import NO_CAPTION, Caption, captions
from evals.records.evaluation import Evaluation
from evals.records.local_time import local_time
from evals.run.service import Evaluations
from evals.texts import PartName, texts_in
from evals.ui.about_page import AboutPage
from evals.ui.answers_page import AnswersPage
from evals.ui.comparison_panel import offered_evaluations
from evals.ui.evaluate_tab import PARTS, EvaluateTab
from evals.ui.evaluation_list import imported_html, list_html
from evals.ui.evaluation_view import EvaluationView
from evals.ui.judge_check import CheckView, JudgeCheck
from evals.ui.label_page import LabelPage
from evals.ui.render import refusal_html
from evals.ui.setup_page import NO_JUDGE, SetupPage
from evals.ui.uploads import Uploads, is_over
from evals.ui.watch_page import WatchPage, nothing
from llmfirst import Language, LlmfirstError, Owner, Updates, problem_html, visible


class EvaluatePage:
    """The callbacks of the tab. They serve all visitors, so each gets the owner and shows only what is the owner's."""

    def __init__(self, evaluations: Evaluations, tab: EvaluateTab, recorded: Recorded) -> None:
        self._evaluations = evaluations
        self._recorded = recorded
        self._tab = tab
        self.checks = JudgeCheck(evaluations)
        self._uploads = Uploads()
        self.setup = SetupPage(evaluations, tab, self._uploads, self.checks, self.stored)
        self.watch = WatchPage(evaluations, tab, recorded)
        self.about = AboutPage(evaluations.archive, tab.about, tab.notice, evaluations.running_of)
        self.labels = LabelPage(evaluations.archive, tab.labels)
        self.answers = AnswersPage(evaluations, tab.answers, recorded)

    async def choices(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Return the models, the judges and the evaluations to choose from, with one chosen of each.

        The notice says so when the evaluation that the page's address names does not exist.
        """
        texts = texts_in(language).tab
        models = [offer.key for offer in await self._evaluations.models()]
        judges = [*await self._evaluations.judges(), NO_JUDGE]
        named = [(texts.no_judge if key == NO_JUDGE else visible(key), key) for key in judges]
        judge = self._evaluations.own_judge or next(iter(models), NO_JUDGE)
        return {
            self._tab.setup.models: gr.Dropdown(choices=[(visible(key), key) for key in models], value=models[:1]),
            self._tab.setup.judge: gr.Dropdown(choices=named, value=judge),
            self._tab.setup.suite: gr.update(choices=await self.setup.suite_choices(owner, language)),
            **await self.stored(owner, evaluation_id, language),
            self._tab.notice: await asyncio.to_thread(self._missing, owner, evaluation_id, language),
        }

    def _missing(self, owner: Owner, evaluation_id: str | None, language: Language) -> str:
        try:
            if evaluation_id == RECORDED:
                self._recorded.open()
            elif evaluation_id is not None:
                self._archive(owner).load(evaluation_id)
        except LlmfirstError as error:
            return refusal_html(error, language)
        return ""

    async def stored(self, owner: Owner, chosen: str | None, language: Language) -> Updates:
        """Return the evaluations to look at and to compare with; the latter begins with the baseline of the suite."""
        archive = self._archive(owner)
        listed = await asyncio.to_thread(archive.listed)
        names = await asyncio.to_thread(captions, archive, [one.evaluation_id for one in listed])
        named = [(_named(one, names, language), one.evaluation_id) for one in listed]
        recorded = (texts_in(language).recorded.name, RECORDED)
        found = [one for one in listed if isinstance(one, Evaluation)]
        newest = None if chosen == RECORDED else next(iter(found), None)
        shown = next((one for one in found if one.evaluation_id == chosen), newest)
        value = RECORDED if shown is None else shown.evaluation_id
        baseline = None if shown is None else await asyncio.to_thread(_baseline_of, archive, shown)
        offered = offered_evaluations(shown, found, baseline, lambda one: _named(one, names, language), language)
        return {
            self._tab.evaluation: gr.Dropdown(choices=[*named, recorded], value=value),
            self._tab.listing: list_html(listed, names, value, language),
            self._tab.comparison.compared: offered,
            **await asyncio.to_thread(self.about.shown, archive, shown),
            self._tab.baseline: gr.Button(visible=shown is not None),  # a recorded one can be none
        }

    async def listed(self, owner: Owner, chosen: str | None, language: Language) -> Updates:
        """Return the evaluations to look at, by their names of now."""
        drawn = (self._tab.evaluation, self._tab.listing)
        return {part: update for part, update in (await self.stored(owner, chosen, language)).items() if part in drawn}

    async def on_chosen(self, owner: Owner, given: object, language: Language) -> Updates:
        """Choose the evaluation of a link in the list; what the browser gives is untrusted."""
        wanted = given.get("evaluation") if isinstance(given, dict) else None
        return await self.stored(owner, wanted if isinstance(wanted, str) else None, language)

    def on_part(self, part: PartName) -> Updates:
        """Open a part of the result."""
        is_named = part != "label"
        return {
            self._tab.part: part,
            self._tab.side: gr.Column(visible=is_named),
            self._tab.head: gr.Row(visible=is_named),
        }

    async def on_label(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Open label mode, and take away all that names a model or says what is thought of an answer."""
        tab, is_blind = self._tab, self._blind(evaluation_id, language)
        return {
            **is_blind,
            **self.on_address("label"),
            tab.setup.drawer: gr.Column(visible=False),
            **await self.labels.on_open(owner, evaluation_id, language),
        }

    async def on_label_closed(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Show the first part of the result once more, with all that label mode had taken away."""
        return {
            **await self.choices(owner, evaluation_id, language),
            **self.on_address(None),
            **self.labels.closed(),
        }

    def _blind(self, evaluation_id: str | None, language: Language) -> Updates:
        tab, named = self._tab, [] if evaluation_id is None else [(evaluation_id, evaluation_id)]
        return {
            **nothing(tab, language),
            tab.listing: "",
            tab.evaluation: gr.Dropdown(choices=named, value=evaluation_id),
            tab.comparison.compared: gr.Dropdown(choices=[], value=None),
            tab.setup.models: gr.update(choices=[], value=[]),
            tab.setup.judge: gr.update(choices=[], value=None),
            tab.notice: "",
            tab.files: gr.File(value=None, visible=False),
            **self.about.shown(self._evaluations.archive, None),
            tab.answers.filters: "",
            tab.answers.listing: "",
        }

    def on_address(self, part: str | None) -> Updates:
        """Open the part of the result that the page's address names, or the first one."""
        chosen = next((one for one in PARTS if one == part), PARTS[0])
        return {self._tab.parts: gr.Tabs(selected=chosen), **self.on_part(chosen)}

    def on_summary(self) -> Updates:
        """Open the first part of the result."""
        return self.on_address(None)

    async def on_check_of(
        self, owner: Owner, evaluation_id: str | None, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Check the judge of the evaluation that is shown."""
        panel = self._tab.judge_panel
        try:
            judge = await asyncio.to_thread(self._judge_of, owner, evaluation_id)
        except LlmfirstError as error:
            yield panel.shows(CheckView(refusal_html(error, language)))
            return
        if judge is None:
            yield panel.shows(CheckView(problem_html(texts_in(language).report.no_judge_meaning)))
            return
        async with aclosing(self.checks.check(owner, judge, language)) as views:
            async for view in views:
                yield panel.shows(view)

    def _judge_of(self, owner: Owner, evaluation_id: str | None) -> str | None:
        if evaluation_id is None:
            return None
        is_recorded = evaluation_id == RECORDED
        evaluation = self._recorded.open().evaluation if is_recorded else self._archive(owner).load(evaluation_id)
        return None if evaluation.judge is None else evaluation.judge.key

    async def on_baseline(self, owner: Owner, evaluation_id: str | None, language: Language) -> str:
        if evaluation_id is None:
            return ""
        if evaluation_id == RECORDED:
            return problem_html(texts_in(language).recorded.read_only)
        archive = self._archive(owner)
        try:
            evaluation = await asyncio.to_thread(archive.load, evaluation_id)
        except LlmfirstError as error:
            return refusal_html(error, language)
        await asyncio.to_thread(archive.mark_baseline, evaluation)
        return f'<p role="status">{texts_in(language).tab.marked}</p>'

    async def on_report(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Write the report and the data as files to download."""
        if evaluation_id is None:
            return {self._tab.notice: ""}
        try:
            if evaluation_id == RECORDED:
                recorded = await asyncio.to_thread(self._recorded.open)
                view, evaluation_id = EvaluationView(recorded.archive), recorded.evaluation.evaluation_id
            else:
                view = EvaluationView(self._archive(owner), Matters.of(self._evaluations.settings))
            files = await asyncio.to_thread(view.written, evaluation_id, language, owner)
        except LlmfirstError as error:
            said = refusal_html(error, language)
            return {self._tab.files: gr.File(value=None, visible=False), self._tab.notice: said}
        return {self._tab.files: gr.File(value=files, visible=True), self._tab.notice: ""}

    async def on_import(self, owner: Owner, path: str, language: Language) -> AsyncGenerator[Updates, None]:
        """Store an evaluation that another machine exported. It belongs to whoever gave the file."""
        async with self._uploads.reading(path, read_export) as reading:
            while not await is_over(reading):
                yield {self._tab.notice: f'<p role="status">{texts_in(language).tab.reading}</p>'}
            try:
                evaluation = await asyncio.to_thread(kept, self._archive(owner), await reading)
            except LlmfirstError as error:
                yield {self._tab.notice: refusal_html(error, language)}
            else:
                answers = await asyncio.to_thread(self._archive(owner).attempts, evaluation.evaluation_id)
                said = imported_html(evaluation, len(answers), language)
                yield {**await self.stored(owner, evaluation.evaluation_id, language), self._tab.notice: said}

    def _archive(self, owner: Owner) -> Archive:
        return self._evaluations.archive.seen_by(owner)


def _baseline_of(archive: Archive, evaluation: Evaluation) -> str | None:
    """Return the baseline of an evaluation of one model. Several models are compared with each other instead."""
    baseline = archive.baseline(evaluation.suite.name)
    return None if len(evaluation.models) > 1 or baseline == evaluation.evaluation_id else baseline


def _named(evaluation: Evaluation | EvaluationUnreadable, names: Mapping[str, Caption], language: Language) -> str:
    if isinstance(evaluation, EvaluationUnreadable):
        return texts_in(language).tab.unreadable.format(id=evaluation.evaluation_id)
    models = ", ".join(one.name for one in evaluation.models)
    name = names.get(evaluation.evaluation_id, NO_CAPTION).name or evaluation.suite.name
    named = f"{name} · {models} · {evaluation.evaluation_id}"
    return f"{local_time(evaluation.created_at)} · {visible(named)}"
