"""Presenting: large type, the seconds left, and a script of questions; `presenter.js` does it in the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

import gradio as gr

from llmfirst.events import Language
from llmfirst.runs.preflight import Preflight
from llmfirst.texts import texts_in
from llmfirst.ui.updates import Updates
from llmfirst.visible_text import visible

Mark = Literal["good", "bad", "open"]
"""Of what is known: good, in the way, or unknown."""


@dataclass(frozen=True)
class Presenter:
    """The components; the browser shows them while it presents."""

    bar: gr.HTML
    """The seconds, and what comes next."""
    title: gr.HTML
    script: gr.Textbox
    file: gr.HTML
    queue: gr.HTML
    preflight: gr.HTML
    start: gr.Button
    check: gr.Button
    """Pressed by the browser to look at the model again."""


def build_present_button(language: Language) -> gr.Button:
    """Place the button that begins."""
    return gr.Button(texts_in(language).presenter.begin, size="sm", min_width=80, scale=0, elem_id="present")


def build_presenter(language: Language) -> Presenter:
    """Place the components without connecting them."""
    texts = texts_in(language).presenter
    bar = gr.HTML(_bar(language), elem_id="presenter-bar", padding=False)
    with gr.Column(elem_id="presenter"):
        title = gr.HTML(_title(language), padding=False)
        preflight = gr.HTML(elem_id="presenter-preflight", padding=False)
        with gr.Row():
            with gr.Column(scale=1, min_width=320):
                script = gr.Textbox(
                    label=texts.script, placeholder=texts.script_hint, lines=8, max_lines=14, elem_id="presenter-script"
                )
                file = gr.HTML(_file(language), elem_id="presenter-file", padding=False)
            with gr.Column(scale=1, min_width=320):
                queue = gr.HTML(_queue(language), elem_id="presenter-queue", padding=False)
                start = gr.Button(texts.start, variant="primary", elem_id="presenter-start")
    check = gr.Button(visible="hidden", elem_id="presenter-check")
    return Presenter(bar, title, script, file, queue, preflight, start, check)


def presenter_words(presenter: Presenter, language: Language) -> Updates:
    """Return the words of the components in a language; those of `preflight` come when somebody presents."""
    texts = texts_in(language).presenter
    return {
        presenter.bar: _bar(language),
        presenter.title: _title(language),
        presenter.script: gr.update(label=texts.script, placeholder=texts.script_hint),
        presenter.file: _file(language),
        presenter.queue: _queue(language),
        presenter.start: gr.update(value=texts.start),
    }


def preflight_line(known: Preflight, questions: int, language: Language) -> str:
    """Return what is known of the model, the machine and the time that so many questions take."""
    texts, name = texts_in(language).presenter, visible(known.model)
    model = texts.ready_warm if known.is_warm else texts.ready if known.is_warm is None else texts.not_ready
    seen: Mapping[bool | None, Mark] = {True: "good", False: "bad", None: "open"}
    facts: list[tuple[str, Mark]] = [
        (model.format(model=name), seen[known.is_warm]),
        (
            _time(known, questions, language),
            "bad"
            if not questions
            else "good"
            if known.seconds_each is not None and known.basis == "answers"
            else "open",
        ),
        (texts.slots.format(slots=known.slots), "good"),
    ]
    if known.free_bytes is None or known.more_models is None:
        facts.append((texts.room_unknown, "open"))
    else:
        facts.append((texts.room.format(gigabytes=known.free_bytes / 1e9, count=known.more_models), "good"))
    items = "".join(f'<li class="{mark}">{escape(fact)}</li>' for fact, mark in facts)
    return f'<ul class="preflight" role="status">{items}</ul>'


def _time(known: Preflight, questions: int, language: Language) -> str:
    texts = texts_in(language)
    if not questions:
        return texts.presenter.no_questions
    if known.seconds_each is None:
        return texts.presenter.takes_unknown.format(questions=questions)
    minutes, seconds = divmod(round(known.seconds_each * questions), 60)
    each = texts.shared.seconds.format(seconds=known.seconds_each)
    takes = texts.presenter.takes[known.basis]
    return takes.format(questions=questions, time=f"{minutes}:{seconds:02}", answers=known.answers, each=each)


def _bar(language: Language) -> str:
    texts = texts_in(language).presenter
    return (
        f'<div class="time" aria-hidden="true" data-left="{escape(texts.left)}" data-took="{escape(texts.took)}">'
        f'<b class="digits"></b><span class="unit">{escape(texts.left)}</span></div>'
        f'<div class="bar" data-over="{escape(texts.over)}" data-none="{escape(texts.script_none)}">'
        f'<kbd>→</kbd><span class="next"></span><span class="keys">{escape(texts.keys)}</span>'
        f'<button type="button" class="list">{escape(texts.script_list)}</button>'
        f'<button type="button" class="leave">{escape(texts.leave)}</button></div>'
    )


def _title(language: Language) -> str:
    return f"<h1>{escape(texts_in(language).presenter.title)}</h1>"


def _file(language: Language) -> str:
    words = escape(texts_in(language).presenter.file)
    return f'<label>{words}<input type="file" accept=".txt,.md,.yaml,.yml"></label>'


def _queue(language: Language) -> str:
    texts = texts_in(language).presenter
    return f'<h2>{escape(texts.queue)}</h2><p class="empty">{escape(texts.queue_empty)}</p><ol></ol>'
