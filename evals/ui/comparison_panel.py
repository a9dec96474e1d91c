"""The panel in which an evaluation is compared: with another one, or its own models with each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import gradio as gr

from evals.analysis.answer_list import AnswerQuery
from evals.analysis.compare import Matters, same_models, share_questions
from evals.analysis.summary import Summary, summary_of
from evals.judge.judged_answers import JudgedAnswer
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.local_time import local_time
from evals.report.comparison import Side, comparison_view, model_comparisons
from evals.report.templates import drawn
from evals.texts import texts_in
from evals.ui.render import refusal_html
from llmfirst import Language, LlmfirstError, Updates, visible

_OWN_MODELS = ""


@dataclass(frozen=True)
class ComparisonPanel:
    """The components of the panel."""

    compared: gr.Dropdown
    """The evaluation to compare with; `_OWN_MODELS` compares the models of the shown one."""
    pair: gr.Dropdown
    """Which models are compared, where the two evaluations have none in common."""
    view: gr.HTML


@dataclass(frozen=True)
class ShownComparison:
    """What the panel shows."""

    html: str = ""
    pairs: tuple[str, ...] = ()
    """The pairs to choose from; none where the models say by themselves what is compared."""

    def updates(self, panel: ComparisonPanel, pair: str | None) -> Updates:
        choices = [(visible(name), name) for name in self.pairs]
        chosen = pair if pair in self.pairs else None
        return {panel.view: self.html, panel.pair: gr.Dropdown(choices=choices, value=chosen, visible=bool(choices))}


NO_COMPARISON: Final = ShownComparison()


def build_comparison_panel(language: Language) -> ComparisonPanel:
    """Place the components without connecting them."""
    with gr.Row(elem_id="comparison-of"):
        compared = gr.Dropdown(label=texts_in(language).tab.compare_with, choices=[], elem_id="compared")
        pair = gr.Dropdown(label=texts_in(language).comparison.pair, choices=[], visible=False, elem_id="compared-pair")
    return ComparisonPanel(compared, pair, gr.HTML(elem_id="comparison", padding=False))


def comparison_panel_words(panel: ComparisonPanel, language: Language) -> Updates:
    """Return the words of the components in a language."""
    return {
        panel.compared: gr.update(label=texts_in(language).tab.compare_with),
        panel.pair: gr.update(label=texts_in(language).comparison.pair),
    }


def offered_evaluations(
    shown: Evaluation | None,
    listed: Sequence[Evaluation],
    baseline: str | None,
    named: Callable[[Evaluation], str],
    language: Language,
) -> gr.Dropdown:
    """Offer what an evaluation can be compared with: the others that asked one of its questions, and its own models."""
    words = texts_in(language).comparison
    others = [
        (named(one), one.evaluation_id)
        for one in listed
        if shown is not None and one.evaluation_id != shown.evaluation_id and share_questions(shown, one)
    ]
    if not others:
        return gr.Dropdown(choices=[], value=None, visible=False)
    own = words.own_models if shown is not None and len(shown.models) > 1 else words.nothing
    value = baseline if baseline in dict(others).values() else _OWN_MODELS
    return gr.Dropdown(choices=[(own, _OWN_MODELS), *others], value=value, visible=True)


@dataclass(frozen=True)
class Comparer:
    """Compares evaluations of one archive. Blocks its thread."""

    archive: Archive
    matters: Matters
    called: str | None = None
    """What the evaluation is called in addresses, where that is not its id."""

    def shown(self, summary: Summary, compared_id: str | None, pair: str | None, language: Language) -> ShownComparison:
        """Compare with another evaluation, each model with itself or the chosen pair; or the own models."""
        here = summary.evaluation
        if not compared_id or compared_id == here.evaluation_id:
            place = _places(self.called or here.evaluation_id)
            return ShownComparison(_drawn(model_comparisons(summary, place, language, self.matters), language))
        try:
            other = summary_of(self.archive, self.archive.load(compared_id))
        except LlmfirstError as error:
            return ShownComparison(refusal_html(error, language))
        same = [(key, key) for key in same_models(other.evaluation, here)]
        every = list(product((one.key for one in other.evaluation.models), (one.key for one in here.models)))
        named = {} if same else {f"{before} → {now}": (before, now) for before, now in every}
        offered, chosen = tuple(named), same or [both for name, both in named.items() if name == pair]
        if not chosen:
            said = f'<p role="status">{texts_in(language).comparison.choose_pair}</p>'
            return ShownComparison(said, offered)
        words = texts_in(language).comparison
        views = [
            comparison_view(
                self._side(other, before, words.before, language),
                self._side(summary, now, words.now, language),
                language,
                self.matters,
            )
            for before, now in chosen
        ]
        return ShownComparison(_drawn(views, language), offered)

    def _side(self, summary: Summary, model: str, label: str, language: Language) -> Side:
        of = summary.evaluation
        name = texts_in(language).comparison.evaluated.format(model=model, at=local_time(of.created_at))
        return Side(name, label, summary.believed_of(model), _places(of.evaluation_id))


def _places(evaluation_id: str) -> Callable[[JudgedAnswer], str]:
    """Return where the answers of an evaluation are read."""
    query = AnswerQuery(evaluation=evaluation_id)
    return lambda answer: query.address(answer=answer.attempt.run_id)


def _drawn(views: Sequence[object], language: Language) -> str:
    return drawn("comparison.html.j2", language, comparisons=views, in_report=False)
