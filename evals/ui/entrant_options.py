"""The controls of one column of a comparison for the options of its model, beside its profile and its thinking."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from evals.texts import CompareTexts, EntrantOption, texts_in
from llmfirst import SYSTEM_PROMPT_LIMIT, Language, Updates

AS_SET: Final = "set"
_CHOICES: Final[dict[EntrantOption, tuple[float, ...]]] = {
    "temperature": (0, 0.3, 0.5, 0.7, 1, 1.3),
    "context_tokens": (2048, 4096, 8192, 16_384, 32_768),
    "top_p": (0.5, 0.8, 0.9, 0.95, 1),
    "top_k": (0, 1, 10, 20, 40, 100),
    "repeat_penalty": (1, 1.05, 1.1, 1.2, 1.3),
}


@dataclass(frozen=True)
class EntrantOptions:
    """The components; None in a value is as the program is set."""

    pickers: dict[EntrantOption, gr.Dropdown]
    system_prompt: gr.Textbox

    @property
    def values(self) -> list[gr.Dropdown | gr.Textbox]:
        return [*self.pickers.values(), self.system_prompt]


def build_entrant_options(letter: str, language: Language) -> EntrantOptions:
    """Place the components, without connecting them."""
    texts = texts_in(language).compare
    pickers = {
        name: gr.Dropdown(_choices(name, texts), value=AS_SET, label=_label(letter, name, texts), interactive=True)
        for name in _CHOICES
    }
    system_prompt = gr.Textbox(
        label=_label(letter, "system_prompt", texts),
        lines=2,
        max_lines=4,
        max_length=SYSTEM_PROMPT_LIMIT,
        interactive=True,
    )
    return EntrantOptions(pickers, system_prompt)


def entrant_options_words(options: EntrantOptions, letter: str, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).compare
    words: Updates = {
        picker: gr.update(choices=_choices(name, texts), label=_label(letter, name, texts))
        for name, picker in options.pickers.items()
    }
    return {**words, options.system_prompt: gr.update(label=_label(letter, "system_prompt", texts))}


def options_told(values: Sequence[object]) -> dict[str, Any]:
    """Return the settings that the values of `EntrantOptions.values` say."""
    *picked, system_prompt = values
    told: dict[str, Any] = {
        name: None if value == AS_SET else value for name, value in zip(_CHOICES, picked, strict=True)
    }
    has_text = isinstance(system_prompt, str) and system_prompt.strip()
    return {**told, "system_prompt": system_prompt if has_text else None}


def _choices(name: EntrantOption, texts: CompareTexts) -> list[tuple[str, str]]:
    shown = "{:,}" if name == "context_tokens" else "{:g}"
    return [(texts.as_set, AS_SET), *((shown.format(one), f"{one:g}") for one in _CHOICES[name])]


def _label(letter: str, name: EntrantOption, texts: CompareTexts) -> str:
    return f"{letter} · {texts.options[name]}"
