"""What can be done with an answer: copied, shared, asked again, rated. The components and their words."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

from llmfirst.events import Language
from llmfirst.runs.history import Rating
from llmfirst.texts import texts_in
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.updates import Updates

_MOST_WORDS: Final = 500  # characters


@dataclass(frozen=True)
class AnswerActions:
    """The components; the stage of the answer shows them."""

    copy: gr.Button
    link: gr.Button
    again: gr.Button
    edit: gr.Button
    good: gr.Button
    bad: gr.Button
    words: gr.Textbox
    """A word about the rating."""
    said: gr.HTML
    """What came of copying, read aloud."""
    rating_said: gr.HTML
    """What came of rating, read aloud."""
    clip: gr.Textbox
    """What the browser is about to copy."""


def build_answer_actions(tab: AskTab, language: Language) -> AnswerActions:
    """Place the components in the answer's header and below its text, without connecting them."""
    texts = texts_in(language).actions
    with tab.actions:
        said = gr.HTML(elem_id="action-said", padding=False)
        copy = _button(texts.copy_answer, "copy-answer")
        link = _button(texts.copy_link, "copy-link")
        again = _button(texts.again, "ask-again")
        edit = _button(texts.edit, "edit-question")
        clip = gr.Textbox(visible="hidden", elem_id="clip")
    with tab.rating:
        good = _button(texts.good, "rate-good")
        bad = _button(texts.bad, "rate-bad")
        words = gr.Textbox(
            label=texts.rating_words,
            show_label=False,
            container=False,
            placeholder=texts.rating_words,
            max_length=_MOST_WORDS,
            visible=False,
            elem_id="rating-words",
            min_width=200,
        )
        rating_said = gr.HTML(elem_id="rating-said", padding=False)
    return AnswerActions(copy, link, again, edit, good, bad, words, said, rating_said, clip)


def answer_actions_words(actions: AnswerActions, language: Language) -> Updates:
    """Return the words of the components in a language; those of the thumbs come with the rating."""
    texts = texts_in(language).actions
    return {
        actions.copy: gr.update(value=texts.copy_answer),
        actions.link: gr.update(value=texts.copy_link),
        actions.again: gr.update(value=texts.again),
        actions.edit: gr.update(value=texts.edit),
        actions.words: gr.update(label=texts.rating_words, placeholder=texts.rating_words),
    }


def rating_updates(actions: AnswerActions, rating: Rating | None, words: str | None, language: Language) -> Updates:
    """Return what the thumbs show of a rating; a word can be added to one."""
    texts = texts_in(language).actions
    return {
        actions.good: gr.update(value=texts.chosen.format(rating=texts.good) if rating == 1 else texts.good),
        actions.bad: gr.update(value=texts.chosen.format(rating=texts.bad) if rating == -1 else texts.bad),
        actions.words: gr.update(value=words or "", visible=rating is not None),
    }


def _button(words: str, name: str) -> gr.Button:
    return gr.Button(words, size="sm", min_width=60, elem_id=name, elem_classes="action")
