"""The callbacks of the drawer in which an evaluation is set up: what it would need, its suite, its judge, its start."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from html import escape
from pathlib import Path
from typing import Any, Final

import gradio as gr

from evals.calibration.answers import GOLD_LANGUAGES, judged_languages
from evals.records.evaluation import Mode, entry_key
from evals.report.refusals import reading_sentence
from evals.report.sentences import proves_sentence
from evals.run.service import Evaluations
from evals.suite.cases import SUITE_NAMES, LoadedSuite, Suite, load_suite, open_suite
from evals.suite.problems import SuiteError
from evals.suite.shelf import Shelf
from evals.texts import ThinkChoice, texts_in
from evals.ui.evaluate_tab import EvaluateTab, suite_choices
from evals.ui.judge_check import JudgeCheck
from evals.ui.render import expected_words, refusal_html
from evals.ui.uploads import Uploads, is_over
from evals.ui.value_panel import added_cost
from llmfirst import Language, LlmfirstError, Owner, Think, Updates, problem_html, visible

NO_JUDGE: Final = "none"
Stored = Callable[[Owner, str | None, Language], Coroutine[Any, Any, Updates]]
"""Returns the evaluations to choose from, with one chosen."""


class SetupPage:
    """The callbacks. They serve all visitors, so each gets the owner and shows only what is the owner's."""

    def __init__(
        self, evaluations: Evaluations, tab: EvaluateTab, uploads: Uploads, checks: JudgeCheck, stored: Stored
    ) -> None:
        self._evaluations = evaluations
        self._tab = tab
        self._checks = checks
        self._stored = stored
        self._uploads = uploads

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
        has_judge = judge not in (None, NO_JUDGE)
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
        offered = gr.Dropdown(choices=await self.suite_choices(owner, language), value=key)
        return {self._tab.setup.suite: offered, self._tab.notice: said}

    async def on_language(self, owner: Owner, language: Language) -> Updates:
        """Offer the visitor's own suites beside those that are shipped, whose titles have changed."""
        return {self._tab.setup.suite: gr.Dropdown(choices=await self.suite_choices(owner, language))}

    async def suite_choices(self, owner: Owner, language: Language) -> list[tuple[str, str]]:
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
                None if judge == NO_JUDGE else judge,
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
            **await self._stored(owner, evaluation.evaluation_id, language),
            **self.on_cancel(),
            self._tab.notice: "",
        }

    async def on_check(
        self, owner: Owner, name: str, judge: str | None, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Let a judge read the gold sets of the suite's languages, then show how far it can be believed."""
        if judge is None or judge == NO_JUDGE:
            yield {self._tab.progress: "", self._tab.notice: problem_html(texts_in(language).tab.choose_judge)}
            return
        try:
            languages = judged_languages(await self._suite(owner, name)) or GOLD_LANGUAGES
        except LlmfirstError as error:
            yield {self._tab.progress: "", self._tab.notice: refusal_html(error, language)}
            return
        async with aclosing(self._checks.check(owner, judge, language, languages)) as views:
            async for view in views:
                yield {self._tab.progress: view.progress, self._tab.notice: view.card or ""}

    async def _suite(self, owner: Owner, name: str) -> Suite:
        """Return a suite by the name that the page gave it. A path is refused: it could be any file of this machine."""
        if name in SUITE_NAMES:
            return await asyncio.to_thread(load_suite, name)
        kept = await asyncio.to_thread(self._shelf(owner).load, name)
        return await asyncio.to_thread(kept.whole)

    def _shelf(self, owner: Owner) -> Shelf:
        return Shelf(self._evaluations.archive.documents, owner)


def _entries(models: list[str], thinks: list[ThinkChoice]) -> list[str]:
    """Return the entries of an evaluation: each model with each of the chosen ways to think."""
    told: list[Think | None] = [None if think == "set" else think for think in thinks] or [None]
    return [entry_key(model, think) for model in models for think in told]
