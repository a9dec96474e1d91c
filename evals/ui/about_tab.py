"""The line about an evaluation: its name and notes, written in place, and the way to delete it."""

from dataclasses import dataclass

import gradio as gr
from gradio.blocks import Block

from evals.records.captions import MOST_NAME_CHARACTERS, MOST_NOTES_CHARACTERS
from evals.texts import texts_in
from llmfirst import Language, Updates


@dataclass(frozen=True)
class AboutEvaluation:
    """The components."""

    line: gr.Row
    name: gr.Textbox
    notes: gr.Textbox
    delete: gr.Button
    asking: gr.Row
    """Asks whether the evaluation is to be deleted."""
    question: gr.HTML
    really: gr.Button
    keep: gr.Button

    @property
    def shown(self) -> list[Block]:
        """What changes with the evaluation."""
        return [self.line, self.name, self.notes, self.asking, self.question]


def build_about(language: Language) -> AboutEvaluation:
    """Place the components without connecting them."""
    texts = texts_in(language).about
    with gr.Row(visible=False, elem_id="about-line") as line:
        name = gr.Textbox(
            label=texts.name,
            placeholder=texts.name_hint,
            container=False,
            max_lines=1,
            max_length=MOST_NAME_CHARACTERS,
            elem_id="about-name",
            scale=3,
            min_width=160,
        )
        notes = gr.Textbox(
            label=texts.notes,
            placeholder=texts.notes_hint,
            container=False,
            lines=1,
            max_lines=6,
            max_length=MOST_NOTES_CHARACTERS,
            elem_id="about-notes",
            scale=6,
            min_width=200,
        )
        delete = gr.Button(texts.delete, size="sm", elem_id="about-delete", min_width=80)
    with gr.Row(visible=False, elem_id="about-asking") as asking:
        question = gr.HTML(elem_id="about-question", padding=False)
        really = gr.Button(texts.really, variant="stop", size="sm", elem_id="about-really", min_width=90)
        keep = gr.Button(texts.keep, size="sm", elem_id="about-keep", min_width=90)
    return AboutEvaluation(line, name, notes, delete, asking, question, really, keep)


def about_words(about: AboutEvaluation, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).about
    return {
        about.name: gr.update(label=texts.name, placeholder=texts.name_hint),
        about.notes: gr.update(label=texts.notes, placeholder=texts.notes_hint),
        about.delete: gr.update(value=texts.delete),
        about.really: gr.update(value=texts.really),
        about.keep: gr.update(value=texts.keep),
    }
