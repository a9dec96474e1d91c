"""The switch with which a visitor disturbs the model of the next answer, and what such an answer says of itself."""

from dataclasses import dataclass
from html import escape
from typing import Final, get_args

import gradio as gr

from llmfirst.answer import Answer
from llmfirst.events import Language
from llmfirst.providers.base import Fault
from llmfirst.texts import texts_in
from llmfirst.ui.updates import Updates

_FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
_NONE: Final = "none"


@dataclass(frozen=True)
class BreakIt:
    """The components; the choice goes back to nothing after one answer."""

    opener: gr.Accordion
    choice: gr.Radio


def build_break_it(language: Language, *, is_offered: bool) -> BreakIt:
    """Place the switch behind its opener."""
    texts = texts_in(language).break_it
    with gr.Accordion(texts.title, open=False, visible=is_offered, elem_id="break-it") as opener:
        choice = gr.Radio(_choices(language), value=_NONE, label=texts.title, info=texts.note, show_label=False)
    return BreakIt(opener, choice)


def break_it_words(switch: BreakIt, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).break_it
    return {
        switch.opener: gr.update(label=texts.title),
        switch.choice: gr.update(label=texts.title, info=texts.note, choices=_choices(language)),
    }


def chosen_fault(choice: str) -> Fault | None:
    """Return the fault for a choice; None for nothing."""
    return next((fault for fault in _FAULTS if fault == choice), None)


def fault_badge(answer: Answer, language: Language) -> str:
    """Return that this answer was disturbed on purpose, and how; empty for all others."""
    if answer.submitted is None or answer.submitted.fault is None:
        return ""
    texts = texts_in(language).break_it
    words = f"{texts.badges[answer.submitted.fault]} {texts.counted}"
    return f'<div class="fault" role="note">{escape(words)}</div>'


def _choices(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).break_it
    return [(texts.none, _NONE), *((texts.faults[fault], fault) for fault in _FAULTS)]
