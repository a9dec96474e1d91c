"""Label mode's components: one answer, one claim, and what a person says of it."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from evals.texts import texts_in
from llmfirst import Language

MOST_NAME_CHARACTERS = 40


@dataclass(frozen=True)
class LabelMode:
    """The components; `position` is the number of the claim that is on screen."""

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

    @property
    def worded(self) -> list[Any]:
        """The components whose words change with the language, in the order of `label_words`."""
        return [self.intro, self.person, self.yes, self.no, self.unsure, self.back, self.close]


def build_label_mode(language: Language) -> LabelMode:
    """Place the components, hidden; nothing is connected yet."""
    texts = texts_in(language).label_mode
    with gr.Column(visible=False, elem_id="label-mode") as mode:
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


def label_words(language: Language) -> list[Any]:
    """Return what the components of `LabelMode.worded` say in a language."""
    texts = texts_in(language).label_mode
    return [
        f"<p>{texts.intro}</p>",
        gr.Textbox(label=texts.person),
        gr.Button(texts.yes),
        gr.Button(texts.no),
        gr.Button(texts.unsure),
        gr.Button(texts.back),
        gr.Button(texts.close),
    ]
