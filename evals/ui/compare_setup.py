"""The components with which a comparison is set up, and what is read from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import gradio as gr
from gradio.blocks import Block

from evals.sessions.service import Chosen
from evals.sessions.session import MOST_ENTRANTS, Fairness, Order
from evals.texts import CompareTexts, Hiding, texts_in
from evals.ui.entrant_options import EntrantOptions, build_entrant_options, entrant_options_words, options_told
from evals.ui.evaluate_tab import suite_choices
from llmfirst import AnswerSettings, Language, Offer, ProfileName, Think, Updates, visible

NOBODY: Final = ""
_SET: Final = "set"
LETTERS: Final = "ABCD"


@dataclass(frozen=True)
class EntrantPicker:
    """The components that choose one model and its settings."""

    model: gr.Dropdown
    profile: gr.Dropdown
    think: gr.Dropdown
    seed: gr.Number
    options: EntrantOptions

    @property
    def values(self) -> list[Block]:
        return [self.model, self.profile, self.think, self.seed, *self.options.values]


@dataclass(frozen=True)
class CompareSetup:
    """The components."""

    heading: gr.HTML
    entrants: tuple[EntrantPicker, ...]
    settings: gr.Accordion
    fairness: gr.Radio
    order: gr.Radio
    hiding: gr.Radio
    more: gr.Accordion
    pasted: gr.Textbox
    suite: gr.Dropdown

    @property
    def values(self) -> list[Block]:
        """The components whose values make a session, in the order that `Wanted.of` reads."""
        entrants = [one for entrant in self.entrants for one in entrant.values]
        return [self.fairness, self.order, self.hiding, self.pasted, self.suite, *entrants]


@dataclass(frozen=True)
class Wanted:
    """What a visitor has set up."""

    chosen: tuple[Chosen, ...]
    fairness: Fairness
    order: Order
    hiding: Hiding
    questions: tuple[str, ...]
    """Those that were pasted."""
    suite: str | None

    @classmethod
    def of(
        cls, fairness: Fairness, order: Order, hiding: Hiding, pasted: str, suite: str | None, *entrants: object
    ) -> "Wanted":
        """Read the values of `CompareSetup.values`."""
        width = len(entrants) // MOST_ENTRANTS
        rows = [entrants[start : start + width] for start in range(0, len(entrants), width)]
        chosen = tuple(_chosen(*row) for row in rows if row[0])
        questions = tuple(line.strip() for line in pasted.splitlines() if line.strip())
        return cls(chosen, fairness, order, hiding, questions, suite or None)


def build_compare_models(language: Language) -> tuple[gr.HTML, tuple[gr.Dropdown, ...]]:
    """Place the heading and the models, without connecting them."""
    heading = gr.HTML(_heading(texts_in(language).compare), elem_id="compare-heading", padding=False)
    with gr.Row(elem_id="compare-models"):
        models = tuple(_model_picker(number, language) for number in range(MOST_ENTRANTS))
    return heading, models


def build_compare_setup(heading: gr.HTML, models: Sequence[gr.Dropdown], language: Language) -> CompareSetup:
    """Place what else is set up, without connecting it."""
    texts = texts_in(language).compare
    with gr.Row(elem_id="compare-how"):
        fairness = gr.Radio(
            fairness_choices(language), value="as_experienced", label=texts.fairness, elem_id="compare-fairness"
        )
        order = gr.Radio(order_choices(language), value="one_at_a_time", label=texts.order, elem_id="compare-order")
        hiding = gr.Radio(hiding_choices(language), value="open", label=texts.hiding, elem_id="compare-hiding")
    with gr.Accordion(texts.more, open=False, elem_id="compare-more") as more, gr.Row():
        pasted = gr.Textbox("", label=texts.pasted, lines=4, max_lines=8, scale=3, elem_id="compare-pasted")
        suite = gr.Dropdown(
            _suites(language), value=NOBODY, label=texts.suite, scale=1, min_width=240, elem_id="compare-suite"
        )
    with gr.Accordion(texts.settings, open=False, elem_id="compare-settings") as settings, gr.Row():
        entrants = tuple(_settings_of(model, number, language) for number, model in enumerate(models))
    return CompareSetup(heading, entrants, settings, fairness, order, hiding, more, pasted, suite)


def compare_setup_words(setup: CompareSetup, language: Language) -> Updates:
    """Return the words of the components in a language; the models come when the tab is opened."""
    texts = texts_in(language).compare
    words: Updates = {
        setup.heading: _heading(texts),
        setup.settings: gr.update(label=texts.settings),
        setup.fairness: gr.update(choices=fairness_choices(language), label=texts.fairness),
        setup.order: gr.update(choices=order_choices(language), label=texts.order),
        setup.hiding: gr.update(choices=hiding_choices(language), label=texts.hiding),
        setup.more: gr.update(label=texts.more),
        setup.pasted: gr.update(label=texts.pasted),
        setup.suite: gr.update(choices=_suites(language), label=texts.suite),
    }
    for number, entrant in enumerate(setup.entrants):
        words |= {
            entrant.model: gr.update(label=texts.entrant.format(letter=LETTERS[number])),
            entrant.profile: gr.update(choices=_profiles(language), label=_of(texts.profile, number)),
            entrant.think: gr.update(choices=_thinks(language), label=_of(texts.think, number)),
            entrant.seed: gr.update(label=_of(texts.seed, number), placeholder=texts.seed_hint),
            **entrant_options_words(entrant.options, LETTERS[number], language),
        }
    return words


def model_choices(
    setup: CompareSetup, offers: Sequence[Offer], context_tokens: int | None, language: Language
) -> Updates:
    """Offer the models on this machine, the first two of them chosen."""
    texts = texts_in(language).compare
    named = [(_described(offer, context_tokens, texts), offer.key) for offer in offers]
    updates: Updates = {}
    for number, entrant in enumerate(setup.entrants):
        nobody = [] if number < 2 else [(texts.nobody, NOBODY)]
        keys = [offer.key for offer in offers]
        value = keys[min(number, len(keys) - 1)] if number < 2 and keys else NOBODY if nobody else None
        updates[entrant.model] = gr.update(choices=[*nobody, *named], value=value)
        updates[entrant.seed] = gr.update(value=None)  # the browser draws an empty number as 0 at first
    return updates


def fairness_choices(language: Language) -> list[tuple[str, Fairness]]:
    texts = texts_in(language).compare
    return [(f"{texts.fairnesses[one]}: {texts.fairness_meanings[one]}", one) for one in get_args(Fairness)]


def order_choices(language: Language) -> list[tuple[str, Order]]:
    texts = texts_in(language).compare
    return [(f"{texts.orders[one]}: {texts.order_meanings[one]}", one) for one in get_args(Order)]


def hiding_choices(language: Language) -> list[tuple[str, Hiding]]:
    texts = texts_in(language).compare
    return [(f"{texts.hidings[one]}: {texts.hiding_meanings[one]}", one) for one in get_args(Hiding)]


def _chosen(model: object, profile: object, think: object, seed: object, *options: object) -> Chosen:
    """Return a model with its settings. The choices are Gradio's to check; a seed can be anything that is a number."""
    told = {
        "profile": None if profile == _SET else profile,
        "think": None if think == _SET else think,
        **options_told(options),
        "seed": int(seed) if isinstance(seed, int | float) and 0 <= seed < 2**31 else None,
    }
    return Chosen(str(model), AnswerSettings.model_validate(told))


def _model_picker(number: int, language: Language) -> gr.Dropdown:
    texts = texts_in(language).compare
    choices = [] if number < 2 else [(texts.nobody, NOBODY)]
    return gr.Dropdown(
        choices,
        value=None if number < 2 else NOBODY,
        label=texts.entrant.format(letter=LETTERS[number]),
        min_width=200,
        interactive=True,
        elem_id=f"compare-model-{number}",
    )


def _settings_of(model: gr.Dropdown, number: int, language: Language) -> EntrantPicker:
    texts = texts_in(language).compare
    with gr.Column(min_width=200, elem_classes="compare-settings-of"):
        profile = gr.Dropdown(_profiles(language), value=_SET, label=_of(texts.profile, number), interactive=True)
        think = gr.Dropdown(_thinks(language), value=_SET, label=_of(texts.think, number), interactive=True)
        seed = gr.Number(
            label=_of(texts.seed, number), placeholder=texts.seed_hint, precision=0, minimum=0, interactive=True
        )
        options = build_entrant_options(LETTERS[number], language)
    return EntrantPicker(model, profile, think, seed, options)


def _profiles(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).compare
    return [(texts.as_set, _SET), *((texts.profiles[name], name) for name in get_args(ProfileName))]


def _thinks(language: Language) -> list[tuple[str, str]]:
    texts = texts_in(language).compare
    return [(texts.as_set, _SET), *((texts.thinks[level], level) for level in get_args(Think))]


def _suites(language: Language) -> list[tuple[str, str]]:
    return [(texts_in(language).compare.no_suite, NOBODY), *suite_choices(language)]


def _described(offer: Offer, context_tokens: int | None, texts: CompareTexts) -> str:
    """Return a model with what cannot be set for it: its size, its quantisation and its context."""
    card = offer.card
    facts = [card.parameters, card.quantization]
    facts += [None if context_tokens is None else texts.context.format(tokens=context_tokens / 1024)]
    return visible(" · ".join([card.name, *[fact for fact in facts if fact]]))


def _of(words: str, number: int) -> str:
    return f"{LETTERS[number]} · {words}"


def _heading(texts: CompareTexts) -> str:
    return f"<h2>{texts.heading}</h2>"
