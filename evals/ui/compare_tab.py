"""The components of the tab in which models are compared, and their words."""

from dataclasses import dataclass
from html import escape
from typing import Final

import gradio as gr
from gradio.blocks import Block

from evals.sessions.session import MOST_ENTRANTS
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.compare_setup import CompareSetup, build_compare_models, build_compare_setup, compare_setup_words
from evals.ui.judging_panel import JudgingPanel, build_judging_panel, judging_panel_words
from llmfirst import AnswerColumns, Language, Updates, build_answer_columns, drawing_component, shared_texts

LINE: Final = "compare-line"


@dataclass(frozen=True)
class CompareTab:
    """The components of the tab."""

    setup: CompareSetup
    bar: gr.HTML
    """Which session is open."""
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    following: gr.Button
    """Asks the next question of the list."""
    notice: gr.HTML
    line: gr.HTML
    """Which question is shown, and who has its turn."""
    drawing_line: gr.HTML
    columns: AnswerColumns
    voting: gr.Column
    """Where the answers are voted on."""
    judging: JudgingPanel
    sessions_title: gr.HTML
    listing: gr.HTML
    take_in: gr.UploadButton
    """Takes in a session that another machine exported."""
    dialog: gr.HTML
    session_id: gr.Textbox
    question_id: gr.Textbox

    @property
    def shown(self) -> list[Block]:
        """The components that a callback may change beside the columns and the line."""
        return [self.session_id, self.question_id, self.bar, self.question, self.ask, self.notice, self.listing]


def build_compare_tab(language: Language) -> CompareTab:
    """Place the components without connecting them."""
    texts = texts_in(language).compare
    bar = gr.HTML(elem_id="compare-bar", padding=False, apply_default_css=False, js_on_load=asset("compare_acts.js"))
    heading, models = build_compare_models(language)
    with gr.Row(elem_id="compare-asking"):
        question = gr.Textbox(
            "",
            label=shared_texts(language).question,
            placeholder=texts.question_hint,
            lines=1,
            max_lines=6,
            scale=6,
            min_width=240,
            elem_id="compare-question",
        )
        with gr.Row(elem_id="compare-buttons", scale=1):
            ask = gr.Button(texts.begin, variant="primary", elem_id="compare-ask", min_width=90)
            stop = gr.Button(texts.stop, variant="stop", elem_id="compare-stop", min_width=90)
            following = gr.Button(texts.next, elem_id="compare-next", min_width=90)
    notice = gr.HTML(elem_id="compare-notice", padding=False)
    setup = build_compare_setup(heading, models, language)
    line = gr.HTML(elem_id=LINE, padding=False, apply_default_css=False, js_on_load=asset("compare_acts.js"))
    columns = build_answer_columns("compare-columns", MOST_ENTRANTS)
    voting = gr.Column(elem_id="compare-voting")
    judging = build_judging_panel(language)
    sessions_title = gr.HTML(_title(texts.sessions), elem_id="compare-sessions-title", padding=False)
    listing = gr.HTML(
        elem_id="compare-sessions", padding=False, apply_default_css=False, js_on_load=asset("compare_acts.js")
    )
    take_in = gr.UploadButton(texts.take_in, file_types=[".jsonl"], size="sm", elem_id="compare-take-in")
    return CompareTab(
        setup=setup,
        bar=bar,
        question=question,
        ask=ask,
        stop=stop,
        following=following,
        notice=notice,
        line=line,
        drawing_line=drawing_component("compare-drawing-line"),
        columns=columns,
        voting=voting,
        judging=judging,
        sessions_title=sessions_title,
        listing=listing,
        take_in=take_in,
        dialog=gr.HTML(_dialog(language), elem_id="compare-dialog", padding=False),
        session_id=gr.Textbox("", visible="hidden", elem_id="compare-session-id"),
        question_id=gr.Textbox("", visible="hidden", elem_id="compare-question-id"),
    )


def compare_tab_words(tab: CompareTab, language: Language) -> Updates:
    """Return the words of the components in a language; those of a session come with it."""
    texts = texts_in(language).compare
    return {
        **compare_setup_words(tab.setup, language),
        **judging_panel_words(tab.judging, language),
        tab.question: gr.update(label=shared_texts(language).question, placeholder=texts.question_hint),
        tab.stop: gr.update(value=texts.stop),
        tab.following: gr.update(value=texts.next),
        tab.sessions_title: _title(texts.sessions),
        tab.take_in: gr.update(label=texts.take_in),
        tab.dialog: _dialog(language),
    }


def _title(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _dialog(language: Language) -> str:
    """Return the dialog that asks before a session is deleted. Its form closes it."""
    texts = texts_in(language).compare
    return (
        '<dialog aria-labelledby="compare-dialog-title"><form method="dialog">'
        f'<h2 id="compare-dialog-title">{escape(texts.ask_delete_title)}</h2><p class="about"></p>'
        f'<p>{escape(texts.ask_delete)}</p><div class="answers">'
        f'<button value="keep" autofocus>{escape(texts.keep)}</button>'
        f'<button value="delete" class="stop">{escape(texts.delete)}</button></div></form></dialog>'
    )
