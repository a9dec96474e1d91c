"""What changes many times while an answer is written, as one component: Gradio spends time on each output of an update.

Its script draws into the components that are placed on the page. Gradio sends what was added to a string, so a text
costs the wire no more than its length, and the browser draws again only the block that is being written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, TypedDict

import gradio as gr
from gradio.blocks import Block

from llmfirst.markdown.text import MarkdownText
from llmfirst.ui.updates import Updates

# Gradio draws a template again where it changes with the value.
_TEMPLATE: Final = "<span></span>"


class GrowingHtml(TypedDict):
    """A growing text: blocks that stay as they are, and what comes after them."""

    closed: str
    open: str


@dataclass(frozen=True)
class Live:
    """The component, and those into which it draws, by their address on the page."""

    component: gr.HTML
    parts: Mapping[Block, str]

    def updates(self, shown: Updates) -> Updates:
        """Return the same updates, with those of the parts as one."""
        others = {component: value for component, value in shown.items() if component not in self.parts}
        return {**others, self.component: {self.parts[part]: shown[part] for part in self.parts if part in shown}}

    def placed(self, shown: Updates) -> Updates:
        """Return such updates as values of the parts themselves, for a page that is not painted yet."""
        others = {component: value for component, value in shown.items() if component is not self.component}
        drawn = shown[self.component]
        return {**{part: drawn[name] for part, name in self.parts.items() if isinstance(drawn[name], str)}, **others}


def build_live(parts: Sequence[gr.HTML]) -> Live:
    """Place the component, which draws into others; each of them has an `elem_id`."""
    return Live(drawing_component("live"), {part: str(part.elem_id) for part in parts})


def drawing_component(name: str) -> gr.HTML:
    """Place a component that draws its value, which is parts by their address, into others."""
    script = resources.files("llmfirst.ui").joinpath("live.js").read_text(encoding="utf-8")
    return gr.HTML({}, html_template=_TEMPLATE, js_on_load=script, visible="hidden", elem_id=name)


def growing_html(text: MarkdownText, *, is_whole: bool = False) -> GrowingHtml:
    """Return the HTML of a text such that it grows at its ends only, as far as it does; or that of a whole one."""
    if is_whole:
        return GrowingHtml(closed=text.whole_html, open="")
    return GrowingHtml(closed=text.closed_html, open=text.open_html)
