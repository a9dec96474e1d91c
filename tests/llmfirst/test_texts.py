"""The files of texts and the code agree: no key is missing, none is unused."""

from typing import get_args

import pytest
from pydantic import ValidationError

from llmfirst.events import Language, Phase
from llmfirst.texts import SharedTexts, Texts, shared_texts, texts_in
from tests.texts import fields_of, texts_of, unused

LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_says_something(language: Language) -> None:
    empty = {place for place, text in texts_of(texts_in(language).model_dump()) if not text.strip()}
    assert empty == {".review.endings.made"}


def test_both_languages_fill_the_same_names_into_a_text() -> None:
    korean, english = dict(texts_of(texts_in("ko").model_dump())), dict(texts_of(texts_in("en").model_dump()))
    only_korean = (".notice.failures", ".problems.sentences")  # the messages of errors are English already
    assert {place for place in korean if not place.startswith(only_korean)} == set(english)
    assert {place: fields_of(korean[place]) for place in english} == {
        place: fields_of(text) for place, text in english.items()
    }


class TextsWithOneMore(Texts):
    forgotten: str


def test_no_text_is_unused() -> None:
    assert unused(Texts) == set()
    assert "TextsWithOneMore.forgotten" in unused(TextsWithOneMore)


def test_a_text_that_is_missing_or_unknown_is_an_error() -> None:
    whole = shared_texts("en").model_dump()
    for key in whole:
        with pytest.raises(ValidationError, match=key):
            SharedTexts.model_validate({name: text for name, text in whole.items() if name != key})
    with pytest.raises(ValidationError, match="color"):
        SharedTexts.model_validate({**whole, "color": "blue"})


def test_a_name_without_a_text_and_a_text_without_a_name_are_errors() -> None:
    whole = shared_texts("en").model_dump()
    for phase in get_args(Phase):
        phases = {name: text for name, text in whole["phases"].items() if name != phase}
        with pytest.raises(ValidationError, match=f"phases has no text for {phase}"):
            SharedTexts.model_validate({**whole, "phases": phases})
    with pytest.raises(ValidationError, match="epilogue"):
        SharedTexts.model_validate({**whole, "phases": {**whole["phases"], "epilogue": "After"}})


def test_a_file_is_read_once() -> None:
    assert texts_in("ko") is texts_in("ko")
