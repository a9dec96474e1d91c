"""The components of the part of a result in which its answers are read."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

# The filters give Python what is chosen in them; a link of the list gives its address, unless it is to open elsewhere.
_FILTERS_SCRIPT: Final = """
let waiting;
element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("input", (event) => {
  if (!event.target.name) return;
  clearTimeout(waiting);
  const ask = () => trigger("select", {asked: llmfirstAnswers.go(new FormData(element.querySelector("form")))});
  waiting = setTimeout(ask, event.target.type === "search" ? 300 : 0);
});
"""
_LIST_SCRIPT: Final = """
element.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-asks]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger("select", {asked: llmfirstAnswers.go(link.search), isOver: link.dataset.asks === "all"});
});
element.addEventListener("keydown", (event) => llmfirstAnswers.key(event, element));
watch("value", () => llmfirstAnswers.drawn(element));
"""


@dataclass(frozen=True)
class AnswersPart:
    """The components of the part."""

    filters: gr.HTML
    listing: gr.HTML
    """The list, or the answer that is open."""
    asked: gr.State
    """The address that says what is shown; it may be of another evaluation, and then says nothing."""


def build_answers_part() -> AnswersPart:
    """Place the components without connecting them."""
    filters = gr.HTML(elem_id="answer-filters", padding=False, apply_default_css=False, js_on_load=_FILTERS_SCRIPT)
    listing = gr.HTML(elem_id="answers", padding=False, apply_default_css=False, js_on_load=_LIST_SCRIPT)
    return AnswersPart(filters, listing, gr.State(""))
