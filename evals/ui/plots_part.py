"""The part of a result that draws its figures: each in a card of its title, its plot and its legend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import gradio as gr
from gradio.blocks import Block

from evals.plots import FigureName, NamedFigure
from evals.report.templates import drawn
from evals.texts import texts_in
from llmfirst import Language, Updates


@dataclass(frozen=True)
class FigureCard:
    """The components of one figure."""

    head: gr.HTML
    plot: gr.Plot
    legend: gr.HTML


@dataclass(frozen=True)
class PlotsPart:
    """The components of all figures."""

    nothing: gr.HTML
    """Says that there is no answer to draw."""
    cards: Mapping[FigureName, FigureCard]

    @property
    def shown(self) -> list[Block]:
        """The components that show an evaluation."""
        return [self.nothing, *(part for card in self.cards.values() for part in (card.head, card.plot, card.legend))]

    def updates(self, figures: Mapping[FigureName, NamedFigure | None], language: Language) -> Updates:
        """Return what the cards show. A figure that is missing stays as it is; None removes it."""
        if not figures:
            return {}
        said = "" if any(figures.values()) else f'<p class="quiet">{texts_in(language).figures.empty["first_text"]}</p>'
        cards = [_of_card(self.cards[name], figure, language) for name, figure in figures.items()]
        return {self.nothing: said, **{part: value for card in cards for part, value in card.items()}}


def build_plots_part() -> PlotsPart:
    """Place the cards without any figure."""
    names: tuple[FigureName, ...] = get_args(FigureName)
    nothing = gr.HTML(elem_id="no-plots", padding=False)
    with gr.Row(elem_id="evaluate-plots"):
        return PlotsPart(nothing, {name: _card(name) for name in names})


def _card(name: FigureName) -> FigureCard:
    with gr.Column(elem_id=f"card-{name}", elem_classes="figure-card", min_width=0):
        return FigureCard(
            head=gr.HTML(padding=False, apply_default_css=False, elem_classes="figure-top"),
            plot=gr.Plot(show_label=False, elem_id=f"plot-{name}"),
            legend=gr.HTML(padding=False, apply_default_css=False, elem_classes="figure-side"),
        )


def _of_card(card: FigureCard, figure: NamedFigure | None, language: Language) -> Updates:
    if figure is None:
        return {card.head: "", card.plot: None, card.legend: ""}
    return {
        card.head: drawn("figure_head.html.j2", language, figure=figure, tag="h2"),
        card.plot: figure.figure,
        card.legend: drawn("figure_legend.html.j2", language, figure=figure),
    }
