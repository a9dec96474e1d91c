"""The components of the tab in which suites are written, and their words."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from evals.suite.files import SUFFIXES
from evals.texts import texts_in
from evals.ui.suite_render import ask_html
from llmfirst import Language, Updates

_LIST_SCRIPT: Final = "llmfirstSuites.begin(trigger); watch('value', llmfirstSuites.listed);"
_ITEM_SCRIPT: Final = "watch('value', llmfirstSuites.drawn);"
_SAID_SCRIPT: Final = "watch('value', () => llmfirstSuites.said(props.value));"


@dataclass(frozen=True)
class SuiteTab:
    """The components of the tab."""

    own_file: gr.UploadButton
    notice: gr.HTML
    head: gr.HTML
    listing: gr.HTML
    """All suites, or the items of one."""
    item: gr.HTML
    """The form of the item that is open."""
    trial: gr.HTML
    """What came of trying it on a model."""
    said: gr.HTML
    """What the script is told: what is wrong with what was typed, that it is stored, a file to save."""
    ask: gr.HTML
    place: gr.Textbox
    """What is open in the browser, and what was typed there and not stored."""

    @property
    def shown(self) -> list[Block]:
        return [self.own_file, self.notice, self.head, self.listing, self.item, self.trial, self.said]


def build_suite_tab(language: Language) -> SuiteTab:
    """Place the components without connecting them."""
    words = texts_in(language).suites
    plain: dict[str, Any] = {"padding": False, "apply_default_css": False}
    with gr.Column(elem_id="suites-body"):
        with gr.Row(elem_id="suites-top"):
            head = gr.HTML(elem_id="suites-head", **plain)
            own_file = gr.UploadButton(words.import_file, file_types=list(SUFFIXES), size="sm", elem_id="suites-import")
        notice = gr.HTML(elem_id="suites-notice", padding=False)
        with gr.Row(elem_id="suites-panes"):
            listing = gr.HTML(elem_id="suites-list", js_on_load=_LIST_SCRIPT, **plain)
            with gr.Column(elem_id="suites-open"):
                item = gr.HTML(elem_id="suites-item", js_on_load=_ITEM_SCRIPT, **plain)
                trial = gr.HTML(elem_id="suites-trial", **plain)
    said = gr.HTML({}, html_template="<span></span>", visible="hidden", js_on_load=_SAID_SCRIPT)
    ask = gr.HTML(ask_html(language), elem_id="suites-ask", **plain)
    place = gr.Textbox("", visible="hidden", elem_id="suites-place")
    return SuiteTab(own_file, notice, head, listing, item, trial, said, ask, place)


def suite_tab_words(tab: SuiteTab, language: Language) -> Updates:
    """Return the words of the components in a language; those of the suites come with them."""
    return {tab.own_file: gr.update(label=texts_in(language).suites.import_file), tab.ask: ask_html(language)}
