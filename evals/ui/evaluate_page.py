"""The callbacks of the Evaluate tab: choose, start and watch an evaluation. What it shows is read from the store."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr

from evals.analysis.compare import Matters
from evals.analysis.export_file import read_export
from evals.analysis.transfer import kept
from evals.calibration.answers import GOLD_LANGUAGES, judged_languages
from evals.recordings.recorded import RECORDED, Recorded
from evals.records.archive import Archive, EvaluationUnreadable
from evals.records.captions import NO_CAPTION, Caption, captions
from evals.records.evaluation import Evaluation, Mode, entry_key
from evals.records.local_time import local_time
from evals.records.progress import Progress
from evals.report.refusals import reading_sentence
from evals.report.sentences import proves_sentence
from evals.run.service import Evaluations
from evals.suite.cases import SUITE_NAMES, LoadedSuite, Suite, load_suite, open_suite
from evals.suite.problems import SuiteError
from evals.suite.shelf import Shelf
from evals.texts import PartName, ThinkChoice, texts_in
from evals.ui.about_page import AboutPage
from evals.ui.answers_page import AnswersPage
from evals.ui.comparison_panel import offered_evaluations
from evals.ui.evaluate_tab import PARTS, EvaluateTab, suite_choices
from evals.ui.evaluation_list import imported_html, list_html, running_html
from evals.ui.evaluation_view import EvaluationView, ShownEvaluation
from evals.ui.judge_check import CheckView, JudgeCheck
from evals.ui.label_page import LabelPage
from evals.ui.render import expected_words, progress_html, recorded_html, refusal_html
from evals.ui.uploads import Uploads, is_over
from evals.ui.value_panel import NO_VALUE, added_cost
from llmfirst import Language, LlmfirstError, Owner, Think, Updates, problem_html, visible

# Each new look at an evaluation costs the model some tokens on a machine whose cores they share.
_LOOK_SECONDS: Final = 2.0
_JUDGING_LOOK_SECONDS: Final = 20.0
_NO_JUDGE: Final = "none"


class EvaluatePage:
    """The callbacks of the tab. They serve all visitors, so each gets the owner and shows only what is the owner's."""

    def __init__(self, evaluations: Evaluations, tab: EvaluateTab, recorded: Recorded) -> None:
        self._evaluations = evaluations
        self._recorded = recorded
        self._tab = tab
        self.about = AboutPage(evaluations.archive, tab.about, tab.notice, evaluations.running_of)
        self.checks = JudgeCheck(evaluations)
        self.labels = LabelPage(evaluations.archive, tab.labels)
        self.answers = AnswersPage(evaluations, tab.answers, recorded)
        self._uploads = Uploads()

    async def choices(self, owner: Owner, evaluation_id: str | None, language: Language) -> Updates:
        """Return the models, the judges and the evaluations to choose from, with one chosen of each.

        The notice says so when the evaluation that the page's address names does not exist.
        """
        texts = texts_in(language).tab
        models = [offer.key for offer in await self._evaluations.models()]
        judges = [*await self._evaluations.judges(), _NO_JUDGE]
        named = [(texts.no_judge if key == _NO_JUDGE else visible(key), key) for key in judges]
        judge = self._evaluations.own_judge or next(iter(models), _NO_JUDGE)
        return {
            self._tab.setup.models: gr.Dropdown(choices=[(visible(key), key) for key in models], value=models[:1]),
            self._tab.setup.judge: gr.Dropdown(choices=named, value=judge),
            self._tab.setup.suite: gr.update(choices=await self._suite_choices(owner, language)),
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
            **_nothing(tab, language),
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

    def on_new(self) -> Updates:
        """Open the drawer in which an evaluation is set up."""
        return {self._tab.setup.drawer: gr.Column(visible=True)}

    def on_cancel(self) -> Updates:
        """Close the drawer."""
        return {self._tab.setup.drawer: gr.Column(visible=False)}

    async def estimate(
        self,
        owner: Owner,
        name: str,
        models: list[str],
        thinks: list[ThinkChoice],
        judge: str | None,
        repeats: float | None,
        language: Language,
        has_moments: bool = False,
    ) -> str:
        """Return what an evaluation would need and could prove."""
        entries = _entries(models, thinks)
        texts = texts_in(language).tab
        try:
            suite = await self._suite(owner, name)
        except LlmfirstError as error:
            return refusal_html(error, language)
        answers = len(suite.cases) * max(1, len(entries)) * int(repeats or 1)
        has_judge = judge not in (None, _NO_JUDGE)
        time = await asyncio.to_thread(
            self._evaluations.expected_seconds,
            suite,
            entries,
            int(repeats or 1),
            has_judge=has_judge,
            has_moments=has_moments,
            owner=owner,
        )
        needs = texts.needs.format(answers=answers, time=expected_words(time, texts))
        if has_judge and has_moments:
            each = max(1, len(entries)) * int(repeats or 1)
            needs += f" {added_cost(suite, each, self._evaluations.deadline_seconds, language)}"
        own = f" {texts_in(language).common.self_judged_meaning}" if judge in models else ""
        return f'<p class="quiet">{needs} {proves_sentence(suite, has_judge, language)}{own}</p>'

    async def on_own_suite(self, owner: Owner, path: str, language: Language) -> AsyncGenerator[Updates, None]:
        """Offer a visitor's file as a suite and say how it was read. A wrong file changes nothing but the notice."""
        async with self._uploads.reading(path, open_suite) as reading:
            while not await is_over(reading):
                yield {self._tab.notice: f'<p role="status">{texts_in(language).tab.reading}</p>'}
            try:
                loaded = await reading
            except LlmfirstError as error:
                said = refusal_html(error, language).replace(escape(path), escape(Path(path).name))
                yield {self._tab.notice: said}
            else:
                yield await self._offered(owner, loaded, language)

    async def _offered(self, owner: Owner, loaded: LoadedSuite, language: Language) -> Updates:
        """Keep the suite of a file, and choose it."""
        reading = reading_sentence(loaded.reading, language)
        try:
            key = await asyncio.to_thread(self._shelf(owner).take_in, loaded.suite)
        except SuiteError as error:
            return {self._tab.notice: refusal_html(error, language)}
        said = f'<p role="status">{reading}</p>' if reading else ""
        offered = gr.Dropdown(choices=await self._suite_choices(owner, language), value=key)
        return {self._tab.setup.suite: offered, self._tab.notice: said}

    async def on_language(self, owner: Owner, language: Language) -> Updates:
        """Offer the visitor's own suites beside those that are shipped, whose titles have changed."""
        return {self._tab.setup.suite: gr.Dropdown(choices=await self._suite_choices(owner, language))}

    async def _suite_choices(self, owner: Owner, language: Language) -> list[tuple[str, str]]:
        own = await asyncio.to_thread(self._shelf(owner).all)
        named = [(visible(f"{one.title} ({len(one.items)})"), one.suite_id) for one in own]
        return [*suite_choices(language), *named]

    async def on_start(
        self,
        owner: Owner,
        name: str,
        models: list[str],
        thinks: list[ThinkChoice],
        judge: str | None,
        repeats: float | None,
        mode: Mode,
        language: Language,
        has_moments: bool = False,
    ) -> Updates:
        """Start an evaluation and choose it."""
        if not models:
            return {self._tab.notice: problem_html(texts_in(language).tab.choose)}
        try:
            suite = await self._suite(owner, name)
            evaluation = await self._evaluations.plan(
                suite,
                _entries(models, thinks),
                None if judge == _NO_JUDGE else judge,
                repeats=int(repeats or 1),
                mode=mode,
            )
            if has_moments:
                await self._evaluations.judge_moments(evaluation, owner=owner)
            else:
                await self._evaluations.begin(evaluation, owner=owner)
        except LlmfirstError as error:
            return {self._tab.notice: refusal_html(error, language)}
        return {
            **await self.stored(owner, evaluation.evaluation_id, language),
            **self.on_cancel(),
            self._tab.notice: "",
        }

    async def on_pause(self, owner: Owner, language: Language) -> Updates:
        """Pause after the answer or reading that is being written, and say so at once."""
        running = self._evaluations.running_of(owner)
        if running is None:
            return {self._tab.pause: gr.Button(visible=False)}
        self._evaluations.pause(owner)
        said = progress_html(self._evaluations.progress(running), language, is_pausing=True)
        return {self._tab.progress: said, self._tab.pause: gr.Button(interactive=False)}

    async def on_resume(self, owner: Owner, evaluation_id: str | None, language: Language) -> str:
        """Resume after a pause, or an evaluation that was stopped or that the end of the program interrupted."""
        if evaluation_id == RECORDED:
            return problem_html(texts_in(language).recorded.read_only)
        if evaluation_id is None:
            self._evaluations.go_on(owner)
            return ""
        try:
            evaluation = await asyncio.to_thread(self._archive(owner).load, evaluation_id)
            if self._evaluations.running == evaluation_id:
                self._evaluations.go_on(owner)
            else:
                await self._evaluations.begin(evaluation, owner=owner, retry_errors=True)
        except LlmfirstError as error:
            return refusal_html(error, language)
        return ""

    async def on_value(self, owner: Owner, evaluation_id: str | None, language: Language) -> str:
        """Let the judge read the answers as they stood at each moment, too."""
        if evaluation_id is None:
            return ""
        try:
            evaluation = await asyncio.to_thread(self._archive(owner).load, evaluation_id)
            await self._evaluations.judge_moments(evaluation, owner=owner)
        except LlmfirstError as error:
            return refusal_html(error, language)
        return ""

    async def on_stop(self, owner: Owner) -> None:
        await self._evaluations.stop(owner)

    async def on_look(
        self,
        owner: Owner,
        evaluation_id: str | None,
        compared_id: str | None,
        language: Language,
        part: PartName = "summary",
        pair: str | None = None,
    ) -> AsyncGenerator[Updates, None]:
        """Show an evaluation, and keep showing it and what else runs while something runs."""
        if part == "label":
            yield _nothing(self._tab, language)
            return
        loop, archive = asyncio.get_running_loop(), self._archive(owner)
        is_recorded = evaluation_id == RECORDED
        is_known = not is_recorded and evaluation_id is not None and await asyncio.to_thread(archive.has, evaluation_id)
        looked, told, drawn = -_JUDGING_LOOK_SECONDS, ("", -1), -1
        async with aclosing(self._followed(owner, evaluation_id if is_known else None)) as steps:
            async for progress, is_over in steps:
                stage, answered = ("", 0) if progress is None else (progress.stage, progress.answered)
                updates = self._running(owner, evaluation_id if is_known else None, progress, language)
                is_first = drawn < 0
                if is_first or is_over or (stage, answered) != told or loop.time() - looked > _JUDGING_LOOK_SECONDS:
                    told, looked = (stage, answered), loop.time()
                    is_drawn = part == "plots" and (is_first or is_over or answered != drawn)
                    drawn = answered
                    show = partial(self._shown, owner, evaluation_id, compared_id, pair, language, is_drawn=is_drawn)
                    view = await asyncio.to_thread(show)
                    is_open = view.is_unfinished and self._evaluations.running_of(owner) != evaluation_id
                    updates |= view.updates(self._tab, language)
                    updates[self._tab.resume] = gr.Button(
                        texts_in(language).tab.resume, visible=stage == "paused" or is_open
                    )
                yield updates

    def _shown(
        self,
        owner: Owner,
        evaluation_id: str | None,
        compared_id: str | None,
        pair: str | None,
        language: Language,
        *,
        is_drawn: bool,
    ) -> ShownEvaluation:
        if evaluation_id != RECORDED:
            view = EvaluationView(self._archive(owner), Matters.of(self._evaluations.settings))
            return view.shown(evaluation_id, compared_id, language, is_drawn=is_drawn, pair=pair)
        try:
            recorded = self._recorded.open()
        except LlmfirstError as error:
            return ShownEvaluation(refusal_html(error, language))
        view, evaluation = EvaluationView(recorded.archive, called=RECORDED), recorded.evaluation
        shown = view.shown(evaluation.evaluation_id, None, language, is_drawn=is_drawn)
        return replace(shown, card=recorded_html(evaluation, language) + shown.card, value=NO_VALUE)

    def _running(
        self, owner: Owner, evaluation_id: str | None, progress: Progress | None, language: Language
    ) -> Updates:
        """Return how far the shown evaluation is, what can be done with it, and what else is running."""
        running, words = self._evaluations.running_of(owner), texts_in(language).tab
        is_running = running is not None and running == evaluation_id
        is_paused = progress is not None and progress.stage == "paused"
        elsewhere = None if running is None or is_running else self._evaluations.progress(running)
        return {
            self._tab.running: running_html(running, elsewhere, language),
            self._tab.progress: progress_html(progress, language),
            self._tab.pause: gr.Button(words.pause, visible=is_running and not is_paused, interactive=True),
            self._tab.stop: gr.Button(words.stop, visible=is_running),
        }

    async def on_check(
        self, owner: Owner, name: str, judge: str | None, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Let a judge read the gold sets of the suite's languages, then show how far it can be believed."""
        if judge is None or judge == _NO_JUDGE:
            yield {self._tab.progress: "", self._tab.notice: problem_html(texts_in(language).tab.choose_judge)}
            return
        try:
            languages = judged_languages(await self._suite(owner, name)) or GOLD_LANGUAGES
        except LlmfirstError as error:
            yield {self._tab.progress: "", self._tab.notice: refusal_html(error, language)}
            return
        async with aclosing(self.checks.check(owner, judge, language, languages)) as views:
            async for view in views:
                yield {self._tab.progress: view.progress, self._tab.notice: view.card or ""}

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

    async def _followed(self, owner: Owner, job: str | None) -> AsyncGenerator[tuple[Progress | None, bool], None]:
        """Yield the progress of a job, now and after each change, and at last that nothing of the owner's runs."""
        while True:
            news = asyncio.create_task(self._evaluations.news())
            try:
                is_over = self._evaluations.running_of(owner) is None
                yield None if job is None else self._evaluations.progress(job), is_over
                if is_over:
                    return
                await asyncio.sleep(_LOOK_SECONDS)
                await news
            finally:
                news.cancel()

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

    async def _suite(self, owner: Owner, name: str) -> Suite:
        """Return a suite by the name that the page gave it. A path is refused: it could be any file of this machine."""
        if name in SUITE_NAMES:
            return await asyncio.to_thread(load_suite, name)
        kept = await asyncio.to_thread(self._shelf(owner).load, name)
        return await asyncio.to_thread(kept.whole)

    def _shelf(self, owner: Owner) -> Shelf:
        return Shelf(self._evaluations.archive.documents, owner)


def _nothing(tab: EvaluateTab, language: Language) -> Updates:
    """Return the parts of a result with nothing in them."""
    return {**ShownEvaluation().updates(tab, language), tab.running: "", tab.progress: ""}


def _entries(models: list[str], thinks: list[ThinkChoice]) -> list[str]:
    """Return the entries of an evaluation: each model with each of the chosen ways to think."""
    told: list[Think | None] = [None if think == "set" else think for think in thinks] or [None]
    return [entry_key(model, think) for model in models for think in told]


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
