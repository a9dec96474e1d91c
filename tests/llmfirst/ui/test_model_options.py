"""What the page says of the options of a model: in the drawer, beside an answer, and in its record."""

import asyncio
from dataclasses import replace
from typing import get_args

import gradio as gr
import pytest

from llmfirst.answer import Answer
from llmfirst.events import Admitted, AnswerFinished, AnswerSettings, Language
from llmfirst.ledger import GENESIS
from llmfirst.model_options import (
    ModelOptions,
    OptionName,
    SystemPromptRefused,
    check_system_prompt,
)
from llmfirst.texts import texts_in
from llmfirst.ui.model_options import OptionControls, build_option_controls, option_controls_words, option_notes
from llmfirst.ui.refusals import refusal_words
from llmfirst.ui.render import notice
from llmfirst.ui.settings_drawer import opener_words, settings_in
from llmfirst.ui.why import options_words, why_panel
from tests.llmfirst.ui.test_render import SUBMITTED
from tests.run_events import record

ALL = ModelOptions(
    temperature=0.3,
    top_p=0.5,
    top_k=7,
    repeat_penalty=1.2,
    seed=9,
    context_tokens=4096,
    system_prompt="Be <b>brief</b>.",
)
KEPT = {"top_p": 0.5, "top_k": 0, "repeat_penalty": 1, "context_tokens": 4096, "system_prompt": "Be brief."}


async def built(program: ModelOptions) -> OptionControls:
    with gr.Blocks():  # outside of a loop, Gradio leaves one open
        return build_option_controls("en", program)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_record_of_an_answer_names_every_option_and_an_older_one_none(language: Language) -> None:
    said = options_words(ALL, language)
    for value in ("0.3", "0.5", "7", "1.2", "9", "4,096", str(len(ALL.system_prompt or ""))):
        assert value in said
    ended = AnswerFinished(elapsed_seconds=2, outcome="complete")
    asked_with = texts_in(language).options.asked_with.partition("{")[0]
    assert asked_with in why_panel([SUBMITTED.model_copy(update={"options": ALL}), ended], language)
    assert asked_with not in why_panel([SUBMITTED, ended], language)
    decided = options_words(ModelOptions(context_tokens=None), language)
    assert texts_in(language).options.decided in decided
    assert texts_in(language).options.any_seed in decided


def test_what_has_no_effect_is_said_beside_the_answer_whether_untold_or_refused() -> None:
    asked = SUBMITTED.model_copy(update={"settings": AnswerSettings(top_k=3, seed=4), "options": ModelOptions(top_k=3)})
    refused = record(1, "core", "Text.", GENESIS).model_copy(update={"left_out": ("seed", "usage", "top_p")})
    answer = Answer(submitted=asked, admitted=Admitted(elapsed_seconds=1, ignored=("top_k",)), calls=(refused,))
    assert answer.ignored == ("top_k", "seed")
    assert "cannot be told it: top_k, Seed." in notice(answer, "en")
    assert notice(replace(answer, admitted=Admitted(elapsed_seconds=1), calls=()), "en") == ""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_drawer_says_what_has_no_effect_with_a_model_and_what_another_context_costs(language: Language) -> None:
    texts = texts_in(language).options
    everything = option_notes((), language)
    assert texts.reloads in everything
    assert everything.count("<p>") == 1
    deaf = option_notes(("top_k", "context_tokens"), language)
    assert f"{texts.names['top_k']}, {texts.names['context_tokens']}" in deaf
    assert texts.reloads not in deaf


def test_the_drawer_shows_what_the_browser_has_kept_and_what_the_program_is_set_to() -> None:
    program = ModelOptions(top_p=0.42, context_tokens=2048, system_prompt="Speak plainly.")
    controls = asyncio.run(built(program))
    for kept, values, written in ((KEPT, ["0.5", "0", "1", "4096"], "Be brief."), (None, ["set"] * 4, "")):
        words = option_controls_words(controls, settings_in(kept), program, "en")
        assert [words[picker]["value"] for picker in controls.pickers.values()] == values
        assert (words[controls.system_prompt]["value"], words[controls.system_prompt]["placeholder"]) == (
            written,
            "Speak plainly.",
        )
        first = [words[picker]["choices"][0][0] for picker in controls.pickers.values()]
        assert first == ["As set (0.42)", "As set (20)", "As set (1.1)", "As set (2,048 tokens)"]
        for picker, value in zip(controls.pickers.values(), values, strict=True):
            assert value in [choice for _, choice in words[picker]["choices"]]
    assert opener_words(KEPT, "en")["value"] == "Settings (5)"


def test_every_choice_of_the_drawer_is_one_that_a_question_may_have() -> None:
    controls = asyncio.run(built(ModelOptions()))
    for name, picker in controls.pickers.items():
        for _, value in picker.choices[1:]:
            assert getattr(settings_in({name: float(value)}), name) == float(value)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("text", "detail"), [("\x07", "U+0007"), ("[INST]", "[INST]"), ("a" * 600, "512")])
def test_a_refused_system_prompt_is_told_in_the_words_of_the_page(text: str, detail: str, language: Language) -> None:
    with pytest.raises(SystemPromptRefused) as caught:
        check_system_prompt(text, 1024)
    said = refusal_words(caught.value, language)
    assert detail in said
    assert texts_in(language).options.names["system_prompt"].casefold() in said.casefold()


def test_each_option_is_a_setting_of_a_question_and_of_the_program() -> None:
    assert set(get_args(OptionName)) == set(ModelOptions.model_fields) <= set(AnswerSettings.model_fields)
