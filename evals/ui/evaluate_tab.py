"""The components of the tab in which models are measured, and their words."""

from dataclasses import dataclass
from typing import Final, get_args

import gradio as gr
from gradio.blocks import Block

from evals.records.evaluation import Mode
from evals.suite.cases import SUITE_NAMES, load_suite
from evals.suite.files import SUFFIXES
from evals.texts import PartName, ThinkChoice, texts_in
from evals.ui.about_tab import AboutEvaluation, about_words, build_about
from evals.ui.answers_part import AnswersPart, build_answers_part
from evals.ui.comparison_panel import ComparisonPanel, build_comparison_panel, comparison_panel_words
from evals.ui.judge_panel import JudgePanel, build_judge_panel
from evals.ui.label_tab import LabelMode, build_label_mode, label_mode_words
from evals.ui.plots_part import PlotsPart, build_plots_part
from evals.ui.value_panel import ValuePanel, build_value_panel, value_panel_words
from llmfirst import Language, Updates

PARTS: Final[tuple[PartName, ...]] = get_args(PartName)
"""The parts of a result, each with its own address."""

# The list gives a click on one of its links to Python, unless it is to open elsewhere.
_LIST_SCRIPT: Final = """
element.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-evaluation]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger("select", {evaluation: link.dataset.evaluation});
});
"""


@dataclass(frozen=True)
class Setup:
    """The components of the drawer in which an evaluation is set up."""

    drawer: gr.Column
    title: gr.HTML
    suite: gr.Dropdown
    own_suite: gr.UploadButton
    write_suites: gr.Button
    models: gr.Dropdown
    thinks: gr.Dropdown
    judge: gr.Dropdown
    check: gr.Button
    repeats: gr.Number
    mode: gr.Dropdown
    moments: gr.Checkbox
    estimate: gr.HTML
    start: gr.Button
    close: gr.Button


@dataclass(frozen=True)
class EvaluateTab:
    """The components of the tab."""

    side: gr.Column
    new: gr.Button
    import_evaluation: gr.UploadButton
    running: gr.HTML
    listing: gr.HTML
    evaluation: gr.Dropdown
    """The evaluation that is shown; a list beside it shows the same on wide screens."""
    setup: Setup
    head: gr.Row
    progress: gr.HTML
    pause: gr.Button
    resume: gr.Button
    stop: gr.Button
    report: gr.Button
    baseline: gr.Button
    notice: gr.HTML
    files: gr.File
    parts: gr.Tabs
    part_tabs: dict[PartName, gr.Tab]
    part: gr.State
    card: gr.HTML
    value: ValuePanel
    comparison: ComparisonPanel
    plots: PlotsPart
    answers: AnswersPart
    judge_panel: JudgePanel
    labels: LabelMode
    about: AboutEvaluation

    @property
    def shown(self) -> list[Block]:
        """The components that show an evaluation."""
        return [
            self.progress,
            self.running,
            self.pause,
            self.resume,
            self.stop,
            self.card,
            self.value.view,
            self.value.ask,
            self.comparison.view,
            self.comparison.pair,
            self.judge_panel.card,
            *self.plots.shown,
        ]

    @property
    def named(self) -> list[Block]:
        """Everything in which a model may be named, or an answer judged."""
        setup = self.setup
        lists = [self.listing, self.evaluation, self.comparison.compared, setup.models, setup.judge, setup.suite]
        answers = [self.answers.filters, self.answers.listing]
        return [*self.shown, *lists, self.notice, self.files, *answers, *self.about.shown, self.baseline]


def build_evaluate_tab(language: Language) -> EvaluateTab:
    """Place the components without connecting them."""
    texts = texts_in(language).tab
    with gr.Row(elem_id="evaluate-page"):
        with gr.Column(scale=0, min_width=250, elem_id="evaluate-side") as side:
            with gr.Row(elem_id="evaluate-begin"):
                new = gr.Button(texts.new, variant="primary", size="sm", elem_id="evaluate-new", min_width=90)
                import_evaluation = gr.UploadButton(
                    texts.import_evaluation, file_types=[".jsonl"], size="sm", elem_id="take-in", min_width=90
                )
            running = gr.HTML(elem_id="evaluate-running", padding=False)
            evaluation = gr.Dropdown(label=texts.evaluation, choices=[], elem_id="evaluation")
            listing = gr.HTML(elem_id="evaluate-list", padding=False, apply_default_css=False, js_on_load=_LIST_SCRIPT)
        with gr.Column(scale=1, min_width=320, elem_id="evaluate-main"):
            setup = _setup(language)
            with gr.Row(elem_id="evaluate-do") as head:
                progress = gr.HTML(elem_id="evaluate-progress", padding=False)
                pause = gr.Button(texts.pause, visible=False, size="sm", elem_id="evaluate-pause", min_width=70)
                resume = gr.Button(texts.resume, visible=False, size="sm", elem_id="evaluate-go-on", min_width=70)
                stop = gr.Button(
                    texts.stop, visible=False, variant="stop", size="sm", elem_id="evaluate-stop", min_width=70
                )
                report = gr.Button(texts.report, size="sm", elem_id="report", min_width=90)
                baseline = gr.Button(texts.baseline, size="sm", elem_id="baseline", min_width=90)
            about = build_about(language)
            notice = gr.HTML(elem_id="evaluate-notice", padding=False)
            files = gr.File(label=texts.files, visible=False, interactive=False, file_count="multiple", elem_id="files")
            part = gr.State("summary")
            part_tabs: dict[PartName, gr.Tab] = {}
            with gr.Tabs(elem_id="evaluate-parts") as parts:
                with _part("summary", part_tabs, language):
                    card = gr.HTML(elem_id="scorecard", padding=False)
                    value = build_value_panel(language)
                    comparison = build_comparison_panel(language)
                with _part("plots", part_tabs, language):
                    plots = build_plots_part()
                with _part("answers", part_tabs, language):
                    answers = build_answers_part()
                with _part("judge", part_tabs, language):
                    judge_panel = build_judge_panel(language, "evaluate-judge")
                with _part("label", part_tabs, language):
                    labels = build_label_mode(language)
    return EvaluateTab(
        side=side,
        new=new,
        import_evaluation=import_evaluation,
        running=running,
        listing=listing,
        evaluation=evaluation,
        setup=setup,
        head=head,
        progress=progress,
        pause=pause,
        resume=resume,
        stop=stop,
        report=report,
        baseline=baseline,
        notice=notice,
        files=files,
        parts=parts,
        part_tabs=part_tabs,
        part=part,
        card=card,
        value=value,
        comparison=comparison,
        plots=plots,
        answers=answers,
        judge_panel=judge_panel,
        labels=labels,
        about=about,
    )


def _part(name: PartName, placed: dict[PartName, gr.Tab], language: Language) -> gr.Tab:
    placed[name] = gr.Tab(_part_title(name, language), id=name, elem_id=f"part-{name}")
    return placed[name]


def _part_title(name: PartName, language: Language) -> str:
    texts = texts_in(language)
    return texts.label_mode.open if name == "label" else texts.tab.parts[name]


def _setup(language: Language) -> Setup:
    """Place the drawer, which is closed."""
    common, texts = texts_in(language).common, texts_in(language).tab
    with gr.Column(visible=False, elem_id="evaluate-setup") as drawer:
        title = gr.HTML(_title(texts.setup), padding=False)
        with gr.Row(elem_id="evaluate-what"):
            with gr.Column(scale=3, min_width=280):
                suite = gr.Dropdown(label=common.suite, choices=suite_choices(language), value="quick", elem_id="suite")
                own_suite = gr.UploadButton(texts.own_suite, file_types=list(SUFFIXES), size="sm", elem_id="own-suite")
                write_suites = gr.Button(texts.write_suites, size="sm", elem_id="write-suites")
            models = gr.Dropdown(
                label=texts.models, choices=[], multiselect=True, scale=4, min_width=280, elem_id="targets"
            )
        with gr.Row(elem_id="evaluate-how"):
            with gr.Column(scale=4, min_width=240):
                judge = gr.Dropdown(label=common.judge, choices=[], elem_id="judge")
                check = gr.Button(texts.check, size="sm", elem_id="check-judge")
            repeats = gr.Number(
                label=common.repeats,
                value=1,
                minimum=1,
                maximum=100,
                precision=0,
                scale=1,
                min_width=90,
                elem_id="repeats",
            )
            mode = gr.Dropdown(
                _modes(language), value="sequential", label=common.mode, scale=3, min_width=200, elem_id="mode"
            )
        thinks = gr.Dropdown(
            _thinks(language), value=["set"], label=texts.thinking, multiselect=True, elem_id="target-thinks"
        )
        moments = gr.Checkbox(label=texts_in(language).value.also, elem_id="moments")
        estimate = gr.HTML(elem_id="estimate", padding=False)
        with gr.Row(elem_id="evaluate-go"):
            start = gr.Button(texts.start, variant="primary", elem_id="evaluate-start", min_width=110)
            close = gr.Button(texts.close, elem_id="evaluate-close", min_width=90)
    return Setup(
        drawer=drawer,
        title=title,
        suite=suite,
        own_suite=own_suite,
        write_suites=write_suites,
        models=models,
        thinks=thinks,
        judge=judge,
        check=check,
        repeats=repeats,
        mode=mode,
        moments=moments,
        estimate=estimate,
        start=start,
        close=close,
    )


def evaluate_tab_words(tab: EvaluateTab, language: Language) -> Updates:
    """Return the words of the components in a language."""
    common, texts, setup = texts_in(language).common, texts_in(language).tab, tab.setup
    return {
        tab.new: gr.update(value=texts.new),
        tab.import_evaluation: gr.update(label=texts.import_evaluation),
        tab.evaluation: gr.update(label=texts.evaluation),
        setup.title: _title(texts.setup),
        setup.suite: gr.update(choices=suite_choices(language), label=common.suite),
        setup.own_suite: gr.update(label=texts.own_suite),
        setup.write_suites: gr.update(value=texts.write_suites),
        setup.models: gr.update(label=texts.models),
        setup.thinks: gr.update(choices=_thinks(language), label=texts.thinking),
        setup.judge: gr.update(label=common.judge),
        setup.check: gr.update(value=texts.check),
        setup.repeats: gr.update(label=common.repeats),
        setup.mode: gr.update(choices=_modes(language), label=common.mode),
        setup.moments: gr.update(label=texts_in(language).value.also),
        setup.start: gr.update(value=texts.start),
        setup.close: gr.update(value=texts.close),
        tab.pause: gr.update(value=texts.pause),
        tab.resume: gr.update(value=texts.resume),
        tab.stop: gr.update(value=texts.stop),
        tab.report: gr.update(value=texts.report),
        tab.baseline: gr.update(value=texts.baseline),
        tab.files: gr.update(label=texts.files),
        **{tab.part_tabs[name]: gr.update(label=_part_title(name, language)) for name in PARTS},
        **comparison_panel_words(tab.comparison, language),
        **tab.judge_panel.words(language),
        **value_panel_words(tab.value, language),
        **label_mode_words(tab.labels, language),
        **about_words(tab.about, language),
    }


def suite_choices(language: Language) -> list[tuple[str, str]]:
    """Return the suites that are shipped, with their titles and how many items they have."""
    titles = texts_in(language).names.suites
    return [(f"{titles[name]} ({len(load_suite(name).cases)})", name) for name in SUITE_NAMES]


def _modes(language: Language) -> list[tuple[str, Mode]]:
    return [(texts_in(language).tab.modes[mode], mode) for mode in get_args(Mode)]


def _thinks(language: Language) -> list[tuple[str, ThinkChoice]]:
    return [(texts_in(language).tab.thinks[choice], choice) for choice in get_args(ThinkChoice)]


def _title(text: str) -> str:
    return f'<h2 class="part-title">{text}</h2>'
