"""What a model thought for a phase, beside the phase and never in it: collapsed, opened by a click."""

from importlib import resources
from typing import Final, TypedDict

import gradio as gr

from llmfirst.answer import Answer
from llmfirst.events import Language, Phase
from llmfirst.texts import texts_in

# Gradio draws a template again where it changes with the value, which would close it: the script fills it in.
THOUGHT_TEMPLATE: Final = (
    '<details class="thought" hidden><summary></summary><p class="note"></p>'
    '<div class="words" tabindex="0"></div></details>'
)


class Thought(TypedDict):
    """What the component is given. Gradio sends only what was added to `text`."""

    title: str
    note: str
    text: str
    """As the model wrote it; it is shown as plain text."""


def build_thought(phase: Phase) -> gr.HTML:
    """Place the component, which is not to be seen before there is a thought."""
    return gr.HTML(
        Thought(title="", note="", text=""),
        html_template=THOUGHT_TEMPLATE,
        js_on_load=thought_script(),
        elem_id=f"thought-{phase}",
        elem_classes="thinking",
        padding=False,
        apply_default_css=False,
    )


def thought_script() -> str:
    """Return the script that draws a thought into `element`."""
    return resources.files("llmfirst.ui").joinpath("thought.js").read_text(encoding="utf-8")


def thought_of(answer: Answer, phase: Phase, elapsed_seconds: float, language: Language) -> Thought:
    """Return what the model has thought for a phase, and for how long."""
    texts = texts_in(language).thought
    seconds = answer.thought_seconds(phase, elapsed_seconds)
    return Thought(title=texts.title.format(seconds=seconds), note=texts.note, text=answer.thought(phase))
