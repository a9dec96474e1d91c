"""The components in which standings are shown, and their words."""

from dataclasses import dataclass

import gradio as gr
from gradio.blocks import Block

from evals.plots.strengths import TIME_AXES
from evals.texts import texts_in
from llmfirst import Language, Updates


@dataclass(frozen=True)
class StandingsTab:
    """The components."""

    source: gr.Dropdown
    report: gr.Button
    files: gr.File
    notice: gr.HTML
    verdict: gr.HTML
    entrants: gr.HTML
    figure: gr.Row
    """Hidden while there is nothing to draw."""
    axis: gr.Radio
    plot: gr.Plot
    legend: gr.HTML
    details: gr.HTML
    sources: gr.HTML

    @property
    def shown(self) -> list[Block]:
        """The components that show standings."""
        return [
            self.report,
            self.files,
            self.notice,
            self.verdict,
            self.entrants,
            self.figure,
            self.plot,
            self.legend,
            self.details,
            self.sources,
        ]


def build_standings_tab(language: Language) -> StandingsTab:
    """Place the components without connecting them."""
    texts = texts_in(language).standings
    with gr.Row(elem_id="standings-what"):
        source = gr.Dropdown(
            [], label=texts.source, filterable=True, scale=3, min_width=260, elem_id="standings-source"
        )
        report = gr.Button(texts.report, visible=False, scale=0, min_width=230, elem_id="standings-report")
    notice = gr.HTML(elem_id="standings-notice", padding=False)
    files = gr.File(
        label=texts.files, visible=False, interactive=False, file_count="multiple", elem_id="standings-files"
    )
    verdict = _html("standings-verdict")
    entrants = _html("standings-entrants")
    with gr.Row(visible=False, elem_id="standings-figure") as figure:
        with gr.Column(scale=3, min_width=280):
            axis = gr.Radio(
                _axes(language), value=TIME_AXES[0], label=texts.axis, container=False, elem_id="standings-axis"
            )
            plot = gr.Plot(show_label=False, elem_id="standings-plot")
        legend = _html("standings-legend")
    details = _html("standings-details")
    sources = _html("standings-sources")
    return StandingsTab(
        source=source,
        report=report,
        files=files,
        notice=notice,
        verdict=verdict,
        entrants=entrants,
        figure=figure,
        axis=axis,
        plot=plot,
        legend=legend,
        details=details,
        sources=sources,
    )


def _html(elem_id: str) -> gr.HTML:
    return gr.HTML(elem_id=elem_id, padding=False, apply_default_css=False)


def standings_tab_words(tab: StandingsTab, language: Language) -> Updates:
    """Return the words of the components in a language; those of the standings come with them."""
    texts = texts_in(language).standings
    return {
        tab.source: gr.update(label=texts.source),
        tab.report: gr.update(value=texts.report),
        tab.files: gr.update(label=texts.files),
        tab.axis: gr.update(label=texts.axis, choices=_axes(language)),
    }


def _axes(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).standings
    return [({"total": texts.total, "first_text": texts.first_text}[axis], axis) for axis in TIME_AXES]
