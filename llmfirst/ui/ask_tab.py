"""The components of the tab in which a question is asked, and their words."""

from dataclasses import dataclass
from importlib import resources
from typing import Final

import gradio as gr

from llmfirst.events import PHASES, Language, Phase
from llmfirst.markdown.text import MarkdownText
from llmfirst.model_options import ModelOptions
from llmfirst.recordings.shipped import Recordings
from llmfirst.texts import texts_in
from llmfirst.ui.break_it import BreakIt, break_it_words, build_break_it
from llmfirst.ui.live import Live, build_live
from llmfirst.ui.player import build_player
from llmfirst.ui.replay_tab import ReplayTab, build_again, build_recordings
from llmfirst.ui.settings_drawer import SettingsDrawer, build_settings_drawer, build_settings_opener
from llmfirst.ui.thought import build_thought
from llmfirst.ui.updates import Updates

_BEAT_SECONDS: Final = 4.0


@dataclass(frozen=True)
class AskTab:
    """The components of the tab."""

    ready: gr.HTML
    beat: gr.Timer
    """Draws `ready` again when the service of the model has gone or is back, or more is known of the model."""
    question: gr.Textbox
    model: gr.Dropdown
    settings: SettingsDrawer
    below_question: gr.Column
    """What is said of the question."""
    above: gr.Column
    """What stands before the answer."""
    ask: gr.Button
    stop: gr.Button
    break_it: BreakIt
    examples_title: gr.HTML
    examples: tuple[gr.Button, ...]
    problem: gr.HTML
    """Why the last question was not taken, at its field."""
    head: gr.HTML
    """Whose answer this is."""
    actions: gr.Row
    """Buttons about the answer."""
    rating: gr.Row
    """Where the answer is rated."""
    follow_up: gr.Row
    """Where the conversation goes on."""
    budget: gr.HTML
    state: gr.HTML
    clock: gr.HTML
    titles: dict[Phase, gr.HTML]
    thoughts: dict[Phase, gr.HTML]
    panels: dict[Phase, gr.HTML]
    strip: gr.HTML
    notice: gr.HTML
    run_id: gr.Textbox
    review: gr.HTML
    why: gr.HTML
    guarantee: gr.HTML
    replay: ReplayTab
    live: Live
    """Draws what changes while an answer is written: panels, thoughts, and the lines around them."""


def build_ask_tab(language: Language, recordings: Recordings, options: ModelOptions, *, offers_faults: bool) -> AskTab:
    """Place the components without connecting them; `options` are what models are asked with by the program."""
    shared, texts = texts_in(language).shared, texts_in(language).ask
    beat = gr.Timer(_BEAT_SECONDS)
    with gr.Column(elem_id="bar"):
        ready = gr.HTML(elem_id="ready", padding=False)
        with gr.Row(elem_id="asking"):
            question = gr.Textbox(
                label=shared.question,
                placeholder=texts.question_hint,
                lines=1,
                max_lines=4,
                scale=6,
                min_width=240,
                elem_id="question",
            )
            model = gr.Dropdown(
                label=shared.model, choices=[], scale=3, min_width=200, elem_id="model", interactive=True
            )
            opener = build_settings_opener(language)
            with gr.Column(scale=1, min_width=110, elem_id="buttons"):
                ask = gr.Button(texts.ask, variant="primary", interactive=False, elem_id="ask", min_width=90)
                stop = gr.Button(texts.stop, variant="stop", elem_id="stop", min_width=90)
        problem = gr.HTML(elem_id="problem", padding=False)
        below_question = gr.Column(elem_id="below-question")
        settings = build_settings_drawer(opener, language, options)
        with gr.Row(elem_id="examples"):
            examples_title = gr.HTML(_title(texts.examples_title), elem_id="examples-title", padding=False)
            examples = tuple(
                gr.Button(example, size="sm", min_width=120, elem_classes="example") for example in texts.examples
            )
        recordings_title, recorded = build_recordings(recordings, language)
        player = build_player(language)
        with gr.Row(elem_id="answer-head"):
            head = gr.HTML(elem_id="head", padding=False, js_on_load=_script("head.js"))
            with gr.Row(elem_id="answer-actions") as actions:
                again = build_again(language)
        with gr.Row(elem_id="now"):
            state = gr.HTML(elem_id="state", padding=False, js_on_load=_script("stage.js"))
            clock = gr.HTML(elem_id="clock", padding=False)
            budget = gr.HTML(elem_id="budget", padding=False)
    titles: dict[Phase, gr.HTML] = {}
    thoughts: dict[Phase, gr.HTML] = {}
    panels: dict[Phase, gr.HTML] = {}
    with gr.Column(elem_id="answer"):
        above = gr.Column(elem_id="above-answer")
        notice = gr.HTML(elem_id="notice", padding=False)
        with gr.Column(elem_id="text"):
            for phase in PHASES:
                with gr.Column(elem_classes=f"part {phase}"):
                    titles[phase], thoughts[phase], panels[phase] = _build_part(phase, language)
            rating = gr.Row(elem_id="rating")
            follow_up = gr.Row(elem_id="follow-up")
        with gr.Column(elem_id="beside"):
            strip = gr.HTML(elem_id="strip", padding=False)
            review = gr.HTML(elem_id="review", padding=False)
            why = gr.HTML(elem_id="why", padding=False)
            guarantee = gr.HTML(elem_id="guarantee", padding=False)
            break_it = build_break_it(language, is_offered=offers_faults)
    run_id = gr.Textbox(visible="hidden", elem_id="run-id")
    live = build_live([*panels.values(), *thoughts.values(), head, budget, state, clock, strip, notice, review, why])
    return AskTab(
        ready=ready,
        beat=beat,
        question=question,
        model=model,
        settings=settings,
        below_question=below_question,
        above=above,
        ask=ask,
        stop=stop,
        break_it=break_it,
        examples_title=examples_title,
        examples=examples,
        problem=problem,
        head=head,
        actions=actions,
        rating=rating,
        follow_up=follow_up,
        budget=budget,
        state=state,
        clock=clock,
        titles=titles,
        thoughts=thoughts,
        panels=panels,
        strip=strip,
        notice=notice,
        run_id=run_id,
        review=review,
        why=why,
        guarantee=guarantee,
        replay=ReplayTab(player, again, recordings_title, recorded),
        live=live,
    )


def ask_tab_words(tab: AskTab, language: Language) -> Updates:
    """Return the words of the components in a language; those of `model` come with its choices."""
    shared, texts = texts_in(language).shared, texts_in(language).ask
    return {
        tab.question: gr.update(label=shared.question, placeholder=texts.question_hint),
        tab.ask: gr.update(value=texts.ask),
        tab.stop: gr.update(value=texts.stop),
        **break_it_words(tab.break_it, language),
        tab.examples_title: _title(texts.examples_title),
        **dict(zip(tab.examples, texts.examples, strict=True)),
        **{tab.titles[phase]: _phase_title(phase, language) for phase in PHASES},
        tab.replay.again: gr.update(value=texts_in(language).replay.replay),
    }


def _build_part(phase: Phase, language: Language) -> tuple[gr.HTML, gr.HTML, gr.HTML]:
    title = gr.HTML(_phase_title(phase, language), elem_classes="panel-title", padding=False)
    thought = build_thought(phase)
    panel = gr.HTML(
        MarkdownText().html, elem_id=f"panel-{phase}", elem_classes="panel", padding=False, apply_default_css=False
    )
    return title, thought, panel


def _title(text: str) -> str:
    return f"<h2>{text}</h2>"


def _phase_title(phase: Phase, language: Language) -> str:
    """Return the title of a panel; that of the strategy opens it, because the panel has two lines at first."""
    title = _title(texts_in(language).shared.phases[phase])
    return f"<details><summary>{title}</summary></details>" if phase == "strategy" else title


def _script(name: str) -> str:
    return resources.files("llmfirst.ui").joinpath(name).read_text(encoding="utf-8")
