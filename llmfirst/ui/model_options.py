"""The controls of a model's options: what it draws its words from, how much it sees at once, and what it is told first.

They stand behind "more" in the drawer of the settings; the temperature and the seed stand before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr

from llmfirst.events import AnswerSettings, Language
from llmfirst.model_options import SYSTEM_PROMPT_LIMIT, ModelOptions, OptionName
from llmfirst.texts import texts_in
from llmfirst.ui.updates import Updates

AS_PROGRAM: Final = "set"
_CHOICES: Final[dict[OptionName, tuple[float, ...]]] = {
    "temperature": (0, 0.3, 0.5, 0.7, 1, 1.3),
    "top_p": (0.5, 0.8, 0.9, 0.95, 1),
    "top_k": (0, 1, 10, 20, 40, 100),
    "repeat_penalty": (1, 1.05, 1.1, 1.2, 1.3),
    "context_tokens": (2048, 4096, 8192, 16_384, 32_768),
}
_BEHIND_MORE: Final[tuple[OptionName, ...]] = ("top_p", "top_k", "repeat_penalty", "context_tokens")


@dataclass(frozen=True)
class OptionControls:
    """The components behind "more"."""

    more: gr.Accordion
    pickers: dict[OptionName, gr.Dropdown]
    system_prompt: gr.Textbox
    notes: gr.HTML
    """What has no effect with the chosen model, and what a change costs."""

    @property
    def kept(self) -> list[gr.Dropdown | gr.Textbox]:
        return [*self.pickers.values(), self.system_prompt]


def build_option_controls(language: Language, program: ModelOptions) -> OptionControls:
    """Place the components, without connecting them."""
    texts = texts_in(language).options
    with gr.Accordion(texts.more, open=False, elem_id="more-settings") as more:
        with gr.Row(elem_id="model-options"):
            pickers = {name: option_picker(name, language, program) for name in _BEHIND_MORE}
        system_prompt = gr.Textbox(
            label=texts.names["system_prompt"],
            placeholder=texts.system_prompt_hint,
            lines=2,
            max_lines=6,
            max_length=SYSTEM_PROMPT_LIMIT,
            elem_id="system-prompt",
        )
        notes = gr.HTML(elem_id="option-notes", padding=False)
    return OptionControls(more, pickers, system_prompt, notes)


def option_controls_words(
    controls: OptionControls, settings: AnswerSettings, program: ModelOptions, language: Language
) -> Updates:
    """Return the words and the values of the components; the notes come with the model."""
    texts = texts_in(language).options
    return {
        controls.more: gr.update(label=texts.more),
        **{
            picker: option_words(name, getattr(settings, name), language, program)
            for name, picker in controls.pickers.items()
        },
        controls.system_prompt: gr.update(
            label=texts.names["system_prompt"],
            placeholder=program.system_prompt or texts.system_prompt_hint,
            value=settings.system_prompt or "",
        ),
    }


def option_notes(ignores: Sequence[OptionName], language: Language) -> str:
    """Return what has no effect with the chosen model, and what a change of the context costs, as HTML."""
    texts = texts_in(language).options
    said = [texts.untold.format(options=", ".join(texts.names[name] for name in ignores))] if ignores else []
    said += [] if "context_tokens" in ignores else [texts.reloads]
    return "".join(f"<p>{escape(words)}</p>" for words in said)


def option_picker(name: OptionName, language: Language, program: ModelOptions) -> gr.Dropdown:
    """Place the control of one option."""
    return gr.Dropdown(
        label=texts_in(language).options.names[name],
        choices=_choices(name, language, program),
        value=AS_PROGRAM,
        min_width=150,
        elem_id=name.replace("_", "-"),
        interactive=True,
    )


def option_words(name: OptionName, value: float | None, language: Language, program: ModelOptions) -> dict[str, Any]:
    """Return the words of the control of one option and its value."""
    return gr.update(
        label=texts_in(language).options.names[name],
        choices=_choices(name, language, program),
        value=AS_PROGRAM if value is None else f"{value:g}",
    )


def _choices(name: OptionName, language: Language, program: ModelOptions) -> list[tuple[str, str]]:
    as_set = texts_in(language).settings.as_set.format(value=_shown(name, getattr(program, name), language))
    return [(as_set, AS_PROGRAM), *((_shown(name, one, language), f"{one:g}") for one in _CHOICES[name])]


def _shown(name: OptionName, value: float, language: Language) -> str:
    texts = texts_in(language)
    match name, value:
        case "temperature", 0:
            return texts.settings.exact
        case "top_k", 0:
            return texts.options.everything
        case "repeat_penalty", 1:
            return texts.options.off
        case "context_tokens", _:
            return texts.options.tokens.format(count=value)
        case _:
            return f"{value:g}"
