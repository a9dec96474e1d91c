"""The components of label mode: who labels, and the board with one answer and one claim about it."""

from dataclasses import dataclass
from typing import get_args

import gradio as gr
from gradio.blocks import Block

from evals.records.opinions import Said
from evals.texts import texts_in
from evals.ui.cut_choice import WHOLE, cut_choices
from evals.ui.label_render import intro_html
from llmfirst import Language, Updates

MOST_NAME_CHARACTERS = 40


@dataclass(frozen=True)
class LabelMode:
    """The components of label mode. It fills the screen while it is visible."""

    mode: gr.Column
    who: gr.Column
    intro: gr.HTML
    people: gr.HTML
    person: gr.Textbox
    cut: gr.Dropdown
    """How much of each answer is shown."""
    begin: gr.Button
    compare: gr.Button
    """Shows what the labels come to, to whoever asks for it."""
    leave: gr.Button
    notice: gr.HTML
    found: gr.HTML
    board: gr.Column
    head: gr.HTML
    read: gr.HTML
    claim: gr.HTML
    say: gr.Row
    said: dict[Said, gr.Button]
    undo: gr.Button
    close: gr.Button
    on_screen: gr.Textbox
    """The claim that a press was about; the browser fills it in."""
    sitting: gr.State
    """Who labels, and the claim that is on screen."""

    @property
    def shown(self) -> list[Block]:
        """What changes while people label."""
        beginning = [self.mode, self.who, self.people, self.compare, self.notice, self.found]
        return [*beginning, self.board, self.head, self.read, self.claim, self.say, self.undo, self.sitting]


def build_label_mode(language: Language) -> LabelMode:
    """Place the components without connecting them."""
    texts = texts_in(language).label_mode
    with gr.Column(visible=False, elem_id="label-mode") as mode:
        with gr.Column(elem_id="label-who") as who:
            intro = gr.HTML(intro_html(language), padding=False)
            with gr.Row(elem_id="label-begin-row"):
                person = gr.Textbox(
                    label=texts.person,
                    max_length=MOST_NAME_CHARACTERS,
                    max_lines=1,
                    elem_id="label-person",
                    scale=3,
                    min_width=200,
                )
                cut = gr.Dropdown(
                    cut_choices(language),
                    value=WHOLE,
                    label=texts_in(language).deck.cut,
                    elem_id="label-cut",
                    scale=3,
                    min_width=200,
                )
                begin = gr.Button(texts.begin, variant="primary", elem_id="label-begin", min_width=120)
                compare = gr.Button(texts.compare, visible=False, elem_id="label-compare", min_width=120)
                leave = gr.Button(texts.close, elem_id="label-leave", min_width=100)
            notice = gr.HTML(elem_id="label-notice", padding=False)
            people = gr.HTML(elem_id="label-people", padding=False)
            found = gr.HTML(elem_id="label-found", padding=False)
        with gr.Column(visible=False, elem_id="label-board") as board:
            head = gr.HTML(elem_id="label-head", padding=False)
            read = gr.HTML(elem_id="label-read", padding=False)
            with gr.Column(elem_id="label-decide"):
                claim = gr.HTML(elem_id="label-claim", padding=False)
                with gr.Row(elem_id="label-say") as say:
                    words: tuple[Said, ...] = get_args(Said)
                    said = {word: gr.Button(texts.say[word], elem_id=f"label-{word}", min_width=80) for word in words}
                with gr.Row(elem_id="label-way"):
                    undo = gr.Button(texts.undo, elem_id="label-undo", min_width=100)
                    close = gr.Button(texts.close, elem_id="label-close", min_width=100)
        on_screen = gr.Textbox(visible="hidden", elem_id="label-on-screen")
        sitting = gr.State(None)
    return LabelMode(
        mode=mode,
        who=who,
        intro=intro,
        people=people,
        person=person,
        cut=cut,
        begin=begin,
        compare=compare,
        leave=leave,
        notice=notice,
        found=found,
        board=board,
        head=head,
        read=read,
        claim=claim,
        say=say,
        said=said,
        undo=undo,
        close=close,
        on_screen=on_screen,
        sitting=sitting,
    )


def label_mode_words(labels: LabelMode, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).label_mode
    return {
        labels.intro: intro_html(language),
        labels.person: gr.update(label=texts.person),
        labels.cut: gr.update(choices=cut_choices(language), label=texts_in(language).deck.cut),
        labels.begin: gr.update(value=texts.begin),
        labels.compare: gr.update(value=texts.compare),
        labels.leave: gr.update(value=texts.close),
        **{labels.said[word]: gr.update(value=text) for word, text in texts.say.items()},
        labels.undo: gr.update(value=texts.undo),
        labels.close: gr.update(value=texts.close),
    }
