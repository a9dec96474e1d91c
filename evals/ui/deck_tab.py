"""The components of the blind deck: what to vote on, and the board with two answers side by side."""

from dataclasses import dataclass
from html import escape
from typing import get_args

import gradio as gr
from gradio.blocks import Block

from evals.sessions.decks import Unveiling
from evals.sessions.voting import MOST_VOTER_CHARACTERS
from evals.texts import texts_in
from evals.ui.cut_choice import WHOLE, cut_choices
from evals.ui.vote_bar import VoteBar, build_vote_bar, vote_bar_words
from llmfirst import Language, Updates


@dataclass(frozen=True)
class DeckTab:
    """The components of the tab."""

    setup: gr.Column
    intro: gr.HTML
    empty: gr.HTML
    """Says that there is nothing to vote on."""
    what: gr.Row
    """What only the owner of the answers chooses."""
    source: gr.Dropdown
    cut: gr.Dropdown
    unveiling: gr.Dropdown
    who: gr.Row
    person: gr.Textbox
    begin: gr.Button
    notice: gr.HTML
    board: gr.Column
    head: gr.HTML
    sides: gr.HTML
    panes: gr.HTML
    bar: VoteBar
    back: gr.Button
    forward: gr.Button
    close: gr.Button
    share: gr.Button
    sharing: gr.Row
    is_open: gr.Checkbox
    address: gr.Textbox
    """The address of the deck, for whoever may vote too."""
    shared: gr.State
    """The id of the deck that `address` leads to."""
    deck_id: gr.Textbox
    """The deck that the address of the page names."""
    sitting: gr.State
    """Where this visit is."""

    @property
    def offered(self) -> list[Block]:
        """What there is to vote on."""
        return [self.empty, self.what, self.source, self.sharing, self.who]

    @property
    def shown(self) -> list[Block]:
        """What changes with the pair on screen."""
        return [
            *self.offered,
            self.setup,
            self.board,
            self.notice,
            self.head,
            self.sides,
            self.panes,
            self.bar.words,
            *self.bar.buttons,
            self.back,
            self.forward,
            self.deck_id,
            self.sitting,
        ]


def build_deck_tab(language: Language) -> DeckTab:
    """Place the components without connecting them."""
    texts = texts_in(language).deck
    with gr.Column(elem_id="deck-setup") as setup:
        intro = gr.HTML(_intro(language), padding=False)
        empty = gr.HTML(elem_id="deck-empty", padding=False)
        with gr.Row(visible=False, elem_id="deck-what") as what:
            source = gr.Dropdown(label=texts.source, choices=[], scale=5, min_width=280, elem_id="deck-source")
            cut = gr.Dropdown(
                cut_choices(language), value=WHOLE, label=texts.cut, scale=3, min_width=200, elem_id="deck-cut"
            )
            unveiling = gr.Dropdown(
                _unveilings(language),
                value="after_each",
                label=texts.unveiling,
                scale=3,
                min_width=200,
                elem_id="deck-unveiling",
            )
        with gr.Row(visible=False, elem_id="deck-who") as who:
            person = gr.Textbox(
                label=texts_in(language).vote.person,
                max_length=MOST_VOTER_CHARACTERS,
                max_lines=1,
                elem_id="deck-person",
                scale=3,
                min_width=200,
            )
            begin = gr.Button(texts.begin, variant="primary", elem_id="deck-begin", min_width=140, scale=1)
            share = gr.Button(texts.share, elem_id="deck-share", min_width=140, scale=1)
        with gr.Row(visible=False, elem_id="deck-sharing") as sharing:
            is_open = gr.Checkbox(label=texts.is_open, container=False, elem_id="deck-open", scale=1, min_width=200)
            address = gr.Textbox(
                label=texts.address,
                buttons=["copy"],
                interactive=False,
                max_lines=1,
                elem_id="deck-address",
                scale=3,
                min_width=280,
            )
        notice = gr.HTML(elem_id="deck-notice", padding=False)
    with gr.Column(visible=False, elem_id="deck-board") as board:
        head = gr.HTML(elem_id="deck-head", padding=False)
        sides = gr.HTML(elem_id="deck-sides", padding=False)
        panes = gr.HTML(elem_id="deck-panes", padding=False)
        with gr.Column(elem_id="deck-below"):
            bar = build_vote_bar("deck", language)
            with bar.more:
                back = gr.Button(texts.back, elem_id="deck-back", min_width=80)
                forward = gr.Button(texts.forward, elem_id="deck-forward", min_width=80)
                close = gr.Button(texts.close, elem_id="deck-close", min_width=80)
    return DeckTab(
        setup=setup,
        intro=intro,
        empty=empty,
        what=what,
        source=source,
        cut=cut,
        unveiling=unveiling,
        who=who,
        person=person,
        begin=begin,
        notice=notice,
        board=board,
        head=head,
        sides=sides,
        panes=panes,
        bar=bar,
        back=back,
        forward=forward,
        close=close,
        share=share,
        sharing=sharing,
        is_open=is_open,
        address=address,
        shared=gr.State(None),
        deck_id=gr.Textbox(visible="hidden", elem_id="deck-id"),
        sitting=gr.State(None),
    )


def deck_tab_words(tab: DeckTab, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).deck
    return {
        tab.intro: _intro(language),
        tab.source: gr.update(label=texts.source),
        tab.cut: gr.update(label=texts.cut, choices=cut_choices(language)),
        tab.unveiling: gr.update(label=texts.unveiling, choices=_unveilings(language)),
        tab.person: gr.update(label=texts_in(language).vote.person),
        tab.begin: gr.update(value=texts.begin),
        tab.share: gr.update(value=texts.share),
        **vote_bar_words(tab.bar, language),
        tab.back: gr.update(value=texts.back),
        tab.forward: gr.update(value=texts.forward),
        tab.is_open: gr.update(label=texts.is_open),
        tab.address: gr.update(label=texts.address),
        tab.close: gr.update(value=texts.close),
    }


def _intro(language: Language) -> str:
    texts = texts_in(language).deck
    return f"<h2>{escape(texts.title)}</h2><p>{escape(texts.intro)}</p><p class='quiet'>{escape(texts.keys)}</p>"


def _unveilings(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).deck
    return [(texts.unveilings[one], one) for one in get_args(Unveiling)]
