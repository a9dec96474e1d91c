"""The card of a judge with its check, in the System tab."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from evals.run.service import Evaluations
from evals.suite.cases import Language
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.judge_check import CheckView, JudgeCheck
from evals.ui.latest import Latest
from llmfirst import SystemPlace, Updates, owner_of, visible

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


@dataclass(frozen=True)
class JudgePanel:
    """The button that checks a judge, and what comes of it."""

    check: gr.Button
    stop: gr.Button
    progress: gr.HTML
    card: gr.HTML

    def shows(self, view: CheckView) -> Updates:
        updates: Updates = {
            self.progress: view.progress,
            self.check: gr.update(visible=not view.is_running),
            self.stop: gr.update(visible=view.is_running),
        }
        return updates if view.card is None else {**updates, self.card: view.card}

    @property
    def outputs(self) -> list[Any]:
        return [self.check, self.stop, self.progress, self.card]

    def words(self, language: Language) -> Updates:
        texts = texts_in(language).judge_card
        return {self.check: gr.update(value=texts.check), self.stop: gr.update(value=texts.stop)}


def build_judge_panel(language: Language, name: str) -> JudgePanel:
    """Place the components; `name` begins their ids."""
    texts = texts_in(language).judge_card
    with gr.Row(elem_classes="judge-check"):
        check = gr.Button(texts.check, size="sm", elem_id=f"{name}-check", min_width=160, scale=0)
        stop = gr.Button(
            texts.stop, variant="stop", size="sm", visible=False, elem_id=f"{name}-stop", min_width=120, scale=0
        )
        progress = gr.HTML(elem_id=f"{name}-progress", elem_classes="judge-progress", padding=False)
    card = gr.HTML(elem_id=f"{name}-card", padding=False)
    return JudgePanel(check, stop, progress, card)


class JudgeSystemCard:
    """The card as the System tab knows it, which is placed once on the page."""

    place: SystemPlace = "judge"

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._checks = JudgeCheck(evaluations)
        self.css = asset("judge_card.css")
        self.js = ""
        self._judge: gr.Dropdown
        self._panel: JudgePanel

    def title(self, language: Language) -> str:
        return texts_in(language).judge_card.title

    def build(self, language: Language) -> "JudgeSystemCard":
        label = texts_in(language).common.judge
        self._judge = gr.Dropdown([], label=label, show_label=False, container=False, elem_id="system-judge-choice")
        self._panel = build_judge_panel(language, "system-judge")
        return self

    def words(self, language: Language) -> Updates:
        return {self._judge: gr.update(label=texts_in(language).common.judge), **self._panel.words(language)}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        """Connect the components: nothing is asked of a model until somebody checks it."""
        latest, panel = Latest(), self._panel

        async def on_open(chosen: str | None) -> Any:
            return await self._offered(chosen)

        async def on_look(request: gr.Request, judge: str | None, of: Language) -> AsyncGenerator[Updates, None]:
            async with aclosing(self._checks.look(owner_of(request.username), judge, of)) as views:
                async for view in views:
                    yield panel.shows(view)

        async def on_check(request: gr.Request, judge: str | None, of: Language) -> AsyncGenerator[Updates, None]:
            if judge is None:
                return
            async with aclosing(self._checks.check(owner_of(request.username), judge, of)) as views:
                async for view in views:
                    yield panel.shows(view)

        async def on_stop(request: gr.Request) -> None:
            await self._checks.stop(owner_of(request.username))

        inputs = [self._judge, language]
        look: dict[str, Any] = {"fn": latest.only(on_look), "inputs": inputs, "outputs": panel.outputs, **_QUIET}
        shown.select(on_open, self._judge, self._judge, **_QUIET).then(**look)
        switched.then(**look)
        self._judge.input(**look)
        panel.check.click(latest.only(on_check), inputs, panel.outputs, trigger_mode="once", **_QUIET)
        panel.stop.click(on_stop, None, None, **_QUIET)

    async def _offered(self, chosen: str | None) -> Any:
        """Offer the models that may judge, with the judge of the settings chosen first."""
        judges = await self._evaluations.judges()
        value = chosen if chosen in judges else self._evaluations.own_judge or next(iter(judges), None)
        return gr.update(choices=[(visible(key), key) for key in judges], value=value)

    async def aclose(self) -> None:
        """A check ends with what else the evaluations have running."""
