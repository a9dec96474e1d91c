"""What answers are worth to a reader who stops, as a part of the summary, and the button that has the judge read it."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr

from evals.analysis.summary import Summary
from evals.judge.questions import moment_questions, question_count
from evals.judge.queue import FIRST_READING_SECONDS
from evals.records.moments import moments_before
from evals.report.templates import drawn
from evals.report.value import value_view
from evals.suite.cases import Language, Suite
from evals.texts import texts_in
from evals.ui.render import duration
from llmfirst import Updates


@dataclass(frozen=True)
class ValuePanel:
    """The components of the panel."""

    view: gr.HTML
    ask: gr.Button


@dataclass(frozen=True)
class ShownValue:
    """What the panel shows of an evaluation. The defaults show nothing."""

    html: str = ""
    can_ask: bool = False
    """Whether the judge can be asked to read the answers as they stood at each moment."""

    def updates(self, panel: ValuePanel) -> Updates:
        return {panel.view: self.html, panel.ask: gr.Button(visible=self.can_ask)}


NO_VALUE: Final = ShownValue()


def build_value_panel(language: Language) -> ValuePanel:
    """Place the components without connecting them."""
    view = gr.HTML(elem_id="value-by-second", padding=False)
    ask = gr.Button(texts_in(language).value.ask, size="sm", visible=False, elem_id="value-ask")
    return ValuePanel(view, ask)


def value_panel_words(panel: ValuePanel, language: Language) -> Updates:
    """Return the words of the components in a language."""
    return {panel.ask: gr.update(value=texts_in(language).value.ask)}


def shown_value(summary: Summary, language: Language, *, is_unfinished: bool) -> ShownValue:
    """Return what the answers are worth at each moment or, if nobody asked for that, what it would cost."""
    view, evaluation, texts = value_view(summary, language), summary.evaluation, texts_in(language)
    told = "" if view is None else drawn("value.html.j2", language, value=view)
    if evaluation.judge is None or is_unfinished or summary.value:
        return ShownValue(told)
    attempts = [answer.attempt for answer in summary.answers]
    readings = moment_questions(evaluation, attempts, moments_before(evaluation.deadline_seconds))
    time = duration(readings * FIRST_READING_SECONDS, texts.tab)
    cost = escape(texts.value.cost.format(readings=readings, time=time))
    return ShownValue(f'{told}<p class="quiet value-cost">{cost}</p>', can_ask=True)


def added_cost(suite: Suite, answers: int, deadline_seconds: float, language: Language) -> str:
    """Return what the moments add to an evaluation with so many answers to each item, at most."""
    texts, moments = texts_in(language), len(moments_before(deadline_seconds))
    readings = question_count(suite, answers * (1 + moments)) - question_count(suite, answers)
    time = duration(readings * FIRST_READING_SECONDS, texts.tab)
    return texts.value.adds.format(readings=readings, time=time)


def wire_value_panel(
    panel: ValuePanel, on_ask: Callable[..., Any], inputs: list[Any], notice: gr.HTML, look: dict[str, Any]
) -> None:
    """Connect the button: the evaluation is judged, and looked at meanwhile."""
    asked = panel.ask.click(
        on_ask,
        inputs,
        notice,
        trigger_mode="once",
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    asked.then(**look)
