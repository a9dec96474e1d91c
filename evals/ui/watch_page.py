"""The callbacks that show an evaluation, while it runs and afterwards, and that pause, resume and stop it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final

import gradio as gr

from evals.analysis.compare import Matters
from evals.recordings.recorded import RECORDED, Recorded
from evals.records.archive import Archive
from evals.records.progress import Progress
from evals.run.service import Evaluations
from evals.texts import PartName, texts_in
from evals.ui.evaluate_tab import EvaluateTab
from evals.ui.evaluation_list import running_html
from evals.ui.evaluation_view import EvaluationView, ShownEvaluation
from evals.ui.render import progress_html, recorded_html, refusal_html
from evals.ui.value_panel import NO_VALUE
from llmfirst import Language, LlmfirstError, Owner, Updates, problem_html

# Each new look at an evaluation costs the model some tokens on a machine whose cores they share.
_LOOK_SECONDS: Final = 2.0
_JUDGING_LOOK_SECONDS: Final = 20.0


class WatchPage:
    """The callbacks. They serve all visitors, so each gets the owner and shows only what is the owner's."""

    def __init__(self, evaluations: Evaluations, tab: EvaluateTab, recorded: Recorded) -> None:
        self._evaluations = evaluations
        self._recorded = recorded
        self._tab = tab

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
            yield nothing(self._tab, language)
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

    def _archive(self, owner: Owner) -> Archive:
        return self._evaluations.archive.seen_by(owner)


def nothing(tab: EvaluateTab, language: Language) -> Updates:
    """Return the parts of a result with nothing in them."""
    return {**ShownEvaluation().updates(tab, language), tab.running: "", tab.progress: ""}
