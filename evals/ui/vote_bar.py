"""The bar with which two answers are voted on: in the deck, and below the columns of a comparison."""

from dataclasses import dataclass
from typing import Final, get_args

import gradio as gr
from gradio.blocks import Block

from evals.sessions.votes import Choice
from evals.sessions.voting import MOST_WORDS_CHARACTERS
from evals.texts import texts_in
from llmfirst import Language, Updates

CHOICES: Final[tuple[Choice, ...]] = get_args(Choice)
"""In the order of their keys, 1 to 4."""
# The browser keeps the name of the voter.
KNOWN_VOTER: Final = "(typed, ...rest) => [typed || localStorage.getItem('llmfirst-voter') || '', ...rest]"
KEEP_VOTER: Final = "(typed) => { if (typed.trim()) localStorage.setItem('llmfirst-voter', typed.trim()); }"


@dataclass(frozen=True)
class VoteBar:
    """The components of the bar. `vote_bar.js` finds them by their classes: several bars are on the page."""

    choices: dict[Choice, gr.Button]
    words: gr.Textbox
    undo: gr.Button
    more: gr.Row
    """Where other buttons may stand."""

    @property
    def buttons(self) -> list[Block]:
        """What may be pressed at some times and not at others."""
        return [*self.choices.values(), self.undo]

    def ready(self, *, to_vote: bool, to_undo: bool) -> Updates:
        """Return which buttons can be pressed."""
        states: Updates = {button: gr.update(interactive=to_vote) for button in self.choices.values()}
        return {**states, self.undo: gr.update(interactive=to_undo)}


def build_vote_bar(name: str, language: Language) -> VoteBar:
    """Place the components without connecting them."""
    texts = texts_in(language).vote
    with gr.Row(elem_id=f"{name}-choices", elem_classes="vote-bar"):
        choices = {
            choice: gr.Button(
                choice_label(choice, language),
                elem_id=f"{name}-{choice}",
                elem_classes=f"vote-{number}",
                min_width=80,
                interactive=False,
            )
            for number, choice in enumerate(CHOICES, 1)
        }
    with gr.Row(elem_id=f"{name}-why", elem_classes="vote-why") as more:
        words = gr.Textbox(
            label=texts.words,
            placeholder=texts.words,
            container=False,
            max_lines=1,
            max_length=MOST_WORDS_CHARACTERS,
            elem_id=f"{name}-words",
            scale=4,
            min_width=160,
        )
        undo = gr.Button(texts.undo, elem_id=f"{name}-undo", elem_classes="vote-undo", min_width=80, interactive=False)
    return VoteBar(choices, words, undo, more)


def vote_bar_words(bar: VoteBar, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).vote
    labels: Updates = {
        button: gr.update(value=choice_label(choice, language)) for choice, button in bar.choices.items()
    }
    return {
        **labels,
        bar.words: gr.update(label=texts.words, placeholder=texts.words),
        bar.undo: gr.update(value=texts.undo),
    }


def choice_words(choice: Choice, language: Language, letters: str = "AB") -> str:
    """Return a choice between two columns in words; `letters` are those of the two."""
    return texts_in(language).vote.choices[choice].format(left=letters[0], right=letters[1])


def choice_label(choice: Choice, language: Language, letters: str = "AB") -> str:
    """Return a choice as it stands on its button, with its key."""
    return f"{CHOICES.index(choice) + 1} · {choice_words(choice, language, letters)}"
