from typing import Any, get_args

import pytest

from llmfirst.answer import fold
from llmfirst.events import Admitted, Language
from llmfirst.providers.base import Think
from llmfirst.texts import texts_in
from llmfirst.ui.render import notice
from llmfirst.ui.think_picker import Thinking, think_picker
from tests.llmfirst.ui.test_render import SUBMITTED


def picker(can: tuple[Think, ...], wish: object, *, is_known: bool = True, setting: Think = "auto") -> dict[str, Any]:
    return think_picker(Thinking(can, is_known, setting), wish, "en")


@pytest.mark.parametrize(
    ("can", "wish", "value", "offered"),
    [
        (("off", "on"), None, "auto", ["off", "auto", "on"]),
        (("off", "on"), "on", "on", ["off", "auto", "on"]),
        (("low", "medium", "high"), "high", "high", ["auto", "low", "medium", "high"]),
        (("low", "medium", "high"), "on", "auto", ["auto", "low", "medium", "high"]),
        (("off", "on"), ["no", "level"], "auto", ["off", "auto", "on"]),  # whatever a browser has kept
    ],
)
def test_what_the_model_can_be_told_is_offered_and_the_last_choice_is_kept(
    can: tuple[Think, ...], wish: object, value: str, offered: list[str]
) -> None:
    shown = picker(can, wish)
    assert (shown["value"], [level for _, level in shown["choices"]]) == (value, offered)
    assert shown["interactive"]


def test_where_nothing_is_chosen_the_setting_counts() -> None:
    assert picker(("off", "on"), None, setting="on")["value"] == "on"
    assert picker(("off", "on"), "off", setting="on")["value"] == "off"


def test_a_model_that_cannot_be_told_has_the_reason_in_the_place_of_choices() -> None:
    unable, unknown = picker((), "on"), picker((), "on", is_known=False)
    assert unable["choices"] == [("cannot be set", "auto")]
    assert unknown["choices"] == [("after loading", "on")]
    assert not unable["interactive"]
    assert not unknown["interactive"]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("asked", "told", "is_said"),
    [
        ("auto", None, None),
        ("auto", "low", None),
        ("on", "on", None),
        ("off", None, None),
        ("on", None, "cannot_think"),
        ("high", None, "cannot_think"),
        ("on", "medium", "other_word"),
        ("off", "low", "cannot_be_silenced"),
    ],
)
def test_a_wish_that_the_model_cannot_be_told_has_a_sentence(
    language: Language, asked: Think, told: Think | None, is_said: str | None
) -> None:
    texts = texts_in(language)
    assert set(texts.ask.think_levels) == set(get_args(Think))
    answer = fold([SUBMITTED.model_copy(update={"think": asked}), Admitted(elapsed_seconds=1, think=told)])
    said = [note for note, words in texts.think_notes.items() if words in notice(answer, language)]
    assert said == ([] if is_said is None else [is_said])
