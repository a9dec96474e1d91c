"""The control beside the models: how much the model may think before it answers."""

from dataclasses import dataclass
from typing import Any, Final, get_args

import gradio as gr

from llmfirst.events import Language
from llmfirst.providers.base import Think
from llmfirst.texts import texts_in

_LEVELS: Final[tuple[Think, ...]] = get_args(Think)


@dataclass(frozen=True)
class Thinking:
    """What the chosen model can be told."""

    can: tuple[Think, ...]
    is_known: bool
    """Many services tell it of a loaded model only."""
    setting: Think
    """What is asked for where the visitor has chosen nothing."""


def build_think_picker(language: Language) -> gr.Dropdown:
    """Place the control, which offers nothing before a model is chosen."""
    texts = texts_in(language).ask
    choices = [(texts.think_unknown, level) for level in _LEVELS]
    return gr.Dropdown(
        label=texts.think, choices=choices, value="auto", interactive=False, scale=2, min_width=210, elem_id="think"
    )


def think_picker(thinking: Thinking, wish: object, language: Language) -> dict[str, Any]:
    """Return what can be chosen now. `wish` is what the browser has kept; it waits for a model that can be told it."""
    texts = texts_in(language).ask
    chosen = next((level for level in _LEVELS if level == wish), thinking.setting)
    if not thinking.is_known:
        return gr.update(choices=[(texts.think_unknown, chosen)], value=chosen, interactive=False)
    if not thinking.can:
        return gr.update(choices=[(texts.think_unable, thinking.setting)], value=thinking.setting, interactive=False)
    offered = [level for level in _LEVELS if level == "auto" or level in thinking.can]
    value = chosen if chosen in offered else "auto"
    return gr.update(choices=[(texts.think_levels[level], level) for level in offered], value=value, interactive=True)
