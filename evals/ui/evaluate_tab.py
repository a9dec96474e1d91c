"""The components of the tab in which models are measured, and their words."""

from dataclasses import dataclass
from typing import get_args

import gradio as gr
from gradio.blocks import Block

from evals.plots import FigureName
from evals.records.evaluation import Mode
from evals.suite.cases import SUITE_NAMES, load_suite
from evals.suite.files import SUFFIXES
from evals.texts import Texts, ThinkChoice, texts_in
from evals.ui.label_tab import LabelMode, build_label_mode, label_mode_words
from evals.ui.render import column_names
from llmfirst import Language, Updates


@dataclass(frozen=True)
class EvaluateTab:
    """The components of the tab."""

    suite: gr.Dropdown
    own_suite: gr.UploadButton
    write_suites: gr.Button
    models: gr.Dropdown
    thinks: gr.Dropdown
    judge: gr.Dropdown
    check: gr.Button
    repeats: gr.Number
    mode: gr.Dropdown
    estimate: gr.HTML
    start: gr.Button
    pause: gr.Button
    resume: gr.Button
    stop: gr.Button
    evaluation: gr.Dropdown
    compared: gr.Dropdown
    baseline: gr.Button
    report: gr.Button
    import_evaluation: gr.UploadButton
    files: gr.File
    progress: gr.HTML
    notice: gr.HTML
    results: gr.Column
    card: gr.HTML
    comparison: gr.HTML
    answers: gr.Column
    table: gr.Dataframe
    detail: gr.HTML
    plots: dict[FigureName, gr.Plot]
    answers_title: gr.HTML
    plots_title: gr.HTML
    label: gr.Button
    labels: LabelMode

    @property
    def shown(self) -> list[Block]:
        """The components that show an evaluation."""
        return [self.progress, self.card, self.comparison, self.answers, self.table, *self.plots.values()]


def build_evaluate_tab(language: Language) -> EvaluateTab:
    """Place the components without connecting them."""
    common, texts = texts_in(language).common, texts_in(language).tab
    with gr.Row(elem_id="evaluate-what"):
        with gr.Column(scale=3, min_width=280):
            suite = gr.Dropdown(label=common.suite, choices=suite_choices(language), value="quick", elem_id="suite")
            own_suite = gr.UploadButton(texts.own_suite, file_types=list(SUFFIXES), size="sm", elem_id="own-suite")
            write_suites = gr.Button(texts.write_suites, size="sm", elem_id="write-suites")
        models = gr.Dropdown(
            label=texts.models, choices=[], multiselect=True, scale=4, min_width=280, elem_id="targets"
        )
        with gr.Column(scale=4, min_width=240):
            judge = gr.Dropdown(label=common.judge, choices=[], elem_id="judge")
            check = gr.Button(texts.check, size="sm", elem_id="check-judge")
        repeats = gr.Number(
            label=common.repeats, value=1, minimum=1, maximum=100, precision=0, scale=1, min_width=90, elem_id="repeats"
        )
        mode = gr.Dropdown(
            _modes(language), value="sequential", label=common.mode, scale=3, min_width=200, elem_id="mode"
        )
    thinks = gr.Dropdown(
        _thinks(language), value=["set"], label=texts.thinking, multiselect=True, elem_id="target-thinks"
    )
    estimate = gr.HTML(elem_id="estimate", padding=False)
    with gr.Row(elem_id="evaluate-do"):
        start = gr.Button(texts.start, variant="primary", elem_id="evaluate-start", min_width=110)
        pause = gr.Button(texts.pause, elem_id="evaluate-pause", min_width=90)
        resume = gr.Button(texts.resume, elem_id="evaluate-go-on", min_width=90)
        stop = gr.Button(texts.stop, variant="stop", elem_id="evaluate-stop", min_width=90)
    with gr.Row(elem_id="evaluate-which"):
        evaluation = gr.Dropdown(label=texts.evaluation, choices=[], scale=4, min_width=280, elem_id="evaluation")
        compared = gr.Dropdown(label=texts.compare_with, choices=[], scale=4, min_width=280, elem_id="compared")
        with gr.Column(scale=2, min_width=200):
            baseline = gr.Button(texts.baseline, size="sm", elem_id="baseline")
            report = gr.Button(texts.report, size="sm", elem_id="report")
            label = gr.Button(texts_in(language).label_mode.open, size="sm", elem_id="label")
            import_evaluation = gr.UploadButton(
                texts.import_evaluation, file_types=[".jsonl"], size="sm", elem_id="take-in"
            )
    progress = gr.HTML(elem_id="evaluate-progress", padding=False)
    notice = gr.HTML(elem_id="evaluate-notice", padding=False)
    files = gr.File(label=texts.files, visible=False, interactive=False, file_count="multiple", elem_id="files")
    labels = build_label_mode(language)
    with gr.Column() as results:
        card = gr.HTML(elem_id="scorecard", padding=False)
        comparison = gr.HTML(elem_id="comparison", padding=False)
        answers, answers_title, table, detail, plots_title, plots = _answers(language)
    return EvaluateTab(
        suite=suite,
        own_suite=own_suite,
        write_suites=write_suites,
        models=models,
        thinks=thinks,
        judge=judge,
        check=check,
        repeats=repeats,
        mode=mode,
        estimate=estimate,
        start=start,
        pause=pause,
        resume=resume,
        stop=stop,
        evaluation=evaluation,
        compared=compared,
        baseline=baseline,
        report=report,
        import_evaluation=import_evaluation,
        files=files,
        progress=progress,
        notice=notice,
        results=results,
        card=card,
        comparison=comparison,
        answers=answers,
        table=table,
        detail=detail,
        plots=plots,
        answers_title=answers_title,
        plots_title=plots_title,
        label=label,
        labels=labels,
    )


def _answers(
    language: Language,
) -> tuple[gr.Column, gr.HTML, gr.Dataframe, gr.HTML, gr.HTML, dict[FigureName, gr.Plot]]:
    """Place the answers' table and the plots, hidden while there is nothing in them."""
    texts = texts_in(language)
    with gr.Column(visible=False) as answers:
        answers_title = gr.HTML(_answers_title(texts), elem_classes="part-title", padding=False)
        table = gr.Dataframe(
            headers=column_names(language), interactive=False, wrap=True, max_height=420, elem_id="answers"
        )
        detail = gr.HTML(elem_id="detail", padding=False)
        plots_title = gr.HTML(_title(texts.common.figures), elem_classes="part-title", padding=False)
        names: tuple[FigureName, ...] = get_args(FigureName)
        plots = {name: gr.Plot(show_label=False, elem_id=f"plot-{name}") for name in names}
    return answers, answers_title, table, detail, plots_title, plots


def evaluate_tab_words(tab: EvaluateTab, language: Language) -> Updates:
    """Return the words of the components in a language."""
    common, texts = texts_in(language).common, texts_in(language).tab
    return {
        tab.suite: gr.update(choices=suite_choices(language), label=common.suite),
        tab.own_suite: gr.update(label=texts.own_suite),
        tab.write_suites: gr.update(value=texts.write_suites),
        tab.models: gr.update(label=texts.models),
        tab.thinks: gr.update(choices=_thinks(language), label=texts.thinking),
        tab.judge: gr.update(label=common.judge),
        tab.check: gr.update(value=texts.check),
        tab.repeats: gr.update(label=common.repeats),
        tab.mode: gr.update(choices=_modes(language), label=common.mode),
        tab.start: gr.update(value=texts.start),
        tab.pause: gr.update(value=texts.pause),
        tab.resume: gr.update(value=texts.resume),
        tab.stop: gr.update(value=texts.stop),
        tab.evaluation: gr.update(label=texts.evaluation),
        tab.compared: gr.update(label=texts.compare_with),
        tab.baseline: gr.update(value=texts.baseline),
        tab.report: gr.update(value=texts.report),
        tab.import_evaluation: gr.update(label=texts.import_evaluation),
        tab.files: gr.update(label=texts.files),
        tab.table: gr.update(headers=column_names(language)),
        tab.answers_title: _answers_title(texts_in(language)),
        tab.plots_title: _title(common.figures),
        tab.label: gr.update(value=texts_in(language).label_mode.open),
        **label_mode_words(tab.labels, language),
    }


def suite_choices(language: Language) -> list[tuple[str, str]]:
    """Return the suites that are shipped, with their titles and how many items they have."""
    titles = texts_in(language).names.suites
    return [(f"{titles[name]} ({len(load_suite(name).cases)})", name) for name in SUITE_NAMES]


def _modes(language: Language) -> list[tuple[str, Mode]]:
    return [(texts_in(language).tab.modes[mode], mode) for mode in get_args(Mode)]


def _thinks(language: Language) -> list[tuple[str, ThinkChoice]]:
    return [(texts_in(language).tab.thinks[choice], choice) for choice in get_args(ThinkChoice)]


def _answers_title(texts: Texts) -> str:
    return f'{_title(texts.common.answers)}<p class="quiet">{texts.tab.pick_answer}</p>'


def _title(text: str) -> str:
    return f"<h2>{text}</h2>"
