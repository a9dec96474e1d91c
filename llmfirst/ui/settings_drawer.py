"""The drawer with the settings of a question. The browser keeps them; each is as the program is set at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import gradio as gr
from pydantic import ValidationError

from llmfirst.engine.windows import WHOLE_SECONDS
from llmfirst.events import AS_SET, AnswerSettings, Language, ProfileName
from llmfirst.model_options import ModelOptions
from llmfirst.providers.base import Think
from llmfirst.texts import texts_in
from llmfirst.ui.model_options import (
    AS_PROGRAM,
    OptionControls,
    build_option_controls,
    option_controls_words,
    option_picker,
    option_words,
)
from llmfirst.ui.think_picker import build_think_picker
from llmfirst.ui.updates import Updates

_DEADLINES: Final = (90.0, 60.0, 30.0, 15.0)

_READ: Final = """(temperature, seed, profile, deadline, review, topP, topK, penalty, context, told) => {
  const chosen = (value) => (value === "set" ? null : value);
  const number = (value) => (chosen(value) === null ? null : Number(value));
  return {temperature: number(temperature), seed: Number.isInteger(seed) ? seed : null, profile: chosen(profile),
    deadline_seconds: number(deadline), review, top_p: number(topP), top_k: number(topK),
    repeat_penalty: number(penalty), context_tokens: number(context), system_prompt: told?.trim() ? told : null};
}"""
"""The browser's part: what it keeps of the components, in the order of `SettingsDrawer.kept`."""


@dataclass(frozen=True)
class SettingsDrawer:
    """The components; `think` depends on the model, and the browser keeps it by itself."""

    opener: gr.Button
    think: gr.Dropdown
    temperature: gr.Dropdown
    seed: gr.Number
    profile: gr.Dropdown
    deadline: gr.Dropdown
    review: gr.Checkbox
    options: OptionControls
    reset: gr.Button

    @property
    def kept(self) -> list[gr.Dropdown | gr.Number | gr.Checkbox | gr.Textbox]:
        """The components whose values the browser keeps together."""
        return [self.temperature, self.seed, self.profile, self.deadline, self.review, *self.options.kept]


def build_settings_opener(language: Language) -> gr.Button:
    """Place the button that opens the drawer."""
    return gr.Button(texts_in(language).settings.title, scale=0, min_width=100, elem_id="open-settings")


def build_settings_drawer(opener: gr.Button, language: Language, program: ModelOptions) -> SettingsDrawer:
    """Place the drawer, which is closed, without connecting it."""
    texts = texts_in(language).settings
    with gr.Row(elem_id="settings"):
        think = build_think_picker(language)
        profile = _picker(texts.profile, _profiles(language), "profile")
        temperature = option_picker("temperature", language, program)
        seed = gr.Number(
            label=texts.seed, placeholder=texts.seed_hint, precision=0, minimum=0, min_width=140, elem_id="seed"
        )
        deadline = _picker(texts.deadline, _deadlines(WHOLE_SECONDS, language), "deadline")
        review = gr.Checkbox(True, label=texts.review, min_width=150, elem_id="review-wanted")
        reset = gr.Button(texts.reset, size="sm", min_width=90, elem_id="reset-settings")
        options = build_option_controls(language, program)
    return SettingsDrawer(opener, think, temperature, seed, profile, deadline, review, options, reset)


def settings_words(
    drawer: SettingsDrawer, kept: object, deadline_seconds: float, program: ModelOptions, language: Language
) -> Updates:
    """Return the words and the values of the drawer."""
    texts, settings = texts_in(language).settings, settings_in(kept)
    return {
        drawer.opener: opener_words(kept, language),
        drawer.think: gr.update(label=texts_in(language).ask.think),
        drawer.temperature: option_words("temperature", settings.temperature, language, program),
        drawer.seed: gr.update(label=texts.seed, placeholder=texts.seed_hint, value=settings.seed),
        drawer.profile: gr.update(
            label=texts.profile, choices=_profiles(language), value=settings.profile or AS_PROGRAM
        ),
        drawer.deadline: gr.update(
            label=texts.deadline,
            choices=_deadlines(deadline_seconds, language),
            value=_value(settings.deadline_seconds),
        ),
        drawer.review: gr.update(label=texts.review, value=settings.review),
        **option_controls_words(drawer.options, settings, program, language),
        drawer.reset: gr.update(value=texts.reset),
    }


def wire_settings(
    drawer: SettingsDrawer,
    wish: gr.BrowserState,
    kept: gr.BrowserState,
    language: gr.Radio,
    deadline_seconds: float,
    program: ModelOptions,
    openings: Sequence[Any],
) -> None:
    """Connect the components; after `openings`, the drawer shows what the browser has kept.

    It keeps the choice how much models may think in `wish`, and the other settings in `kept`.
    """

    async def on_drawn(kept: object, language: Language) -> Updates:
        return settings_words(drawer, kept, deadline_seconds, program, language)

    async def on_kept(kept: object, language: Language) -> dict[str, Any]:
        return opener_words(kept, language)

    quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    drawer.think.input(None, drawer.think, wish, js="(think) => think", api_visibility="private")
    # A text that is pasted first of all is told by its one `input` as it was before.
    changes = [*(component.input for component in drawer.kept), drawer.options.system_prompt.blur]
    for change in changes:
        change(None, drawer.kept, kept, js=_READ, api_visibility="private")
    kept.change(on_kept, [kept, language], drawer.opener, **quiet)
    outputs = [*settings_words(drawer, None, deadline_seconds, program, "en")]
    reset = drawer.reset.click(None, None, kept, js="() => null", api_visibility="private")
    for event in (reset, *openings):
        event.then(on_drawn, [kept, language], outputs, **quiet)


def opener_words(kept: object, language: Language) -> dict[str, Any]:
    """Return the words of the button: how many settings are not as the program is set."""
    texts, settings = texts_in(language).settings, settings_in(kept)
    changed = sum(getattr(settings, name) != getattr(AS_SET, name) for name in AnswerSettings.model_fields)
    return gr.update(value=texts.changed.format(count=changed) if changed else texts.title)


def settings_in(kept: object, think: Think | None = None) -> AnswerSettings:
    """Return what the browser has kept; what it cannot have written is as the program is set."""
    values = kept if isinstance(kept, dict) else {}
    try:
        return AnswerSettings.model_validate({**values, "think": think})
    except ValidationError:
        return AnswerSettings(think=think)


def _picker(label: str, choices: list[tuple[str, str]], name: str) -> gr.Dropdown:
    return gr.Dropdown(label=label, choices=choices, value=AS_PROGRAM, min_width=150, elem_id=name, interactive=True)


def _value(number: float | None) -> str:
    return AS_PROGRAM if number is None else f"{number:g}"


def _profiles(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).settings
    return [(texts.profile_as_set, AS_PROGRAM), *((texts.profiles[name], name) for name in get_args(ProfileName))]


def _deadlines(deadline_seconds: float, language: Language) -> list[tuple[str, str]]:
    """Return the deadlines that can be chosen: no later ones than the program's."""
    seconds, texts = texts_in(language).shared.second, texts_in(language).settings
    shorter = [one for one in _DEADLINES if one < deadline_seconds]
    as_set = texts.as_set.format(value=seconds.format(seconds=deadline_seconds))
    return [(as_set, AS_PROGRAM), *((seconds.format(seconds=one), f"{one:g}") for one in shorter)]
