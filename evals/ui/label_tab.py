"""The components of label mode: one answer, one claim, and a button for each thing that a person can say of it."""

from dataclasses import dataclass

import gradio as gr

from evals.texts import texts_in
from llmfirst import Language, Updates

MOST_NAME_CHARACTERS = 40


@dataclass(frozen=True)
class LabelMode:
    """The components of label mode."""

    mode: gr.Column
    intro: gr.HTML
    person: gr.Textbox
    task: gr.HTML
    yes: gr.Button
    no: gr.Button
    unsure: gr.Button
    back: gr.Button
    close: gr.Button
    position: gr.State
    """The number of the claim that is on screen."""


def build_label_mode(language: Language) -> LabelMode:
    """Place the components without connecting them."""
    texts = texts_in(language).label_mode
    with gr.Column(elem_id="label-mode") as mode:
        intro = gr.HTML(f"<p>{texts.intro}</p>", padding=False)
        person = gr.Textbox(label=texts.person, max_length=MOST_NAME_CHARACTERS, max_lines=1, elem_id="label-person")
        task = gr.HTML(elem_id="label-task", padding=False)
        with gr.Row(elem_id="label-say"):
            yes = gr.Button(texts.yes, elem_id="label-yes", min_width=110)
            no = gr.Button(texts.no, elem_id="label-no", min_width=110)
            unsure = gr.Button(texts.unsure, elem_id="label-unsure", min_width=110)
            back = gr.Button(texts.back, elem_id="label-back", min_width=110)
            close = gr.Button(texts.close, variant="primary", elem_id="label-close", min_width=110)
        position = gr.State(None)
    return LabelMode(mode, intro, person, task, yes, no, unsure, back, close, position)


def label_mode_words(labels: LabelMode, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).label_mode
    return {
        labels.intro: f"<p>{texts.intro}</p>",
        labels.person: gr.update(label=texts.person),
        labels.yes: gr.update(value=texts.yes),
        labels.no: gr.update(value=texts.no),
        labels.unsure: gr.update(value=texts.unsure),
        labels.back: gr.update(value=texts.back),
        labels.close: gr.update(value=texts.close),
    }
