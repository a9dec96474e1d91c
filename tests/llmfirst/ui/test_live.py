"""What is sent while a text grows: what was added to it, and a block once more when it is closed."""

import asyncio
import json
from typing import Any

import gradio as gr
from gradio.utils import diff

from llmfirst.markdown.text import MarkdownText
from llmfirst.ui.live import GrowingHtml, build_live, growing_html

_BLOCKS = (
    "## A heading",
    "A paragraph with **bold words**, `code` and $x^2$ that goes on for a while, sentence after sentence. " * 3,
    "- one item\n- another item with *stress*\n  - inside it\n- the last one",
    "```python\nprint('hello')\nprint('<b>')\n```",
    "| a | b |\n|---|---|\n| c | d |",
    "1. first\n2. second\n\n> a quotation",
)


def _edits(before: MarkdownText, after: MarkdownText) -> list[Any]:
    edits: list[Any] = diff(growing_html(before), growing_html(after))  # type: ignore[no-untyped-call]  # as Gradio has it
    return edits


def _sent(text: str, step: int) -> tuple[int, GrowingHtml]:
    """Return how many characters of edits bring a growing text, and what they come to."""
    panel, total = MarkdownText(), 0
    for end in range(step, len(text) + step, step):
        before, panel = panel, panel.grown(text[:end])
        total += len(json.dumps(_edits(before, panel), ensure_ascii=False))
    return total, growing_html(panel)


def test_what_is_sent_grows_with_the_text_and_not_with_its_square() -> None:
    text = "\n\n".join(_BLOCKS) + "\n\n"
    short, _ = _sent(5 * text, step=15)
    long, _ = _sent(20 * text, step=15)
    assert long / 4 < 1.05 * short
    assert long < 40 * len(20 * text)  # each step has 15 characters, and its edits have addresses


def test_closed_blocks_are_only_added_to_and_nothing_is_left_out() -> None:
    text = "\n\n".join(_BLOCKS)
    closed = ""
    for end in range(1, len(text) + 1):
        panel = MarkdownText().grown(text[:end])
        parts = growing_html(panel)
        assert parts["closed"].startswith(closed)
        closed = parts["closed"]
        assert panel.html.startswith(f'<div class="md">{parts["closed"]}{parts["open"]}')
        whole = growing_html(panel, is_whole=True)
        assert panel.html == f'<div class="md">{whole["closed"]}{whole["open"]}</div>'
        assert whole["closed"].startswith(closed)


def test_words_that_go_on_are_sent_and_the_block_around_them_is_not_sent_again() -> None:
    for begun in ("One", "- one\n- two", "> said", "```\ncode"):
        before = MarkdownText().grown(f"First.\n\n{begun}")
        assert _edits(before, before.grown(before.text + " more words")) == [["append", ["open"], " more words"]]


def test_text_beyond_a_limit_is_only_added_to() -> None:
    before = MarkdownText().grown("x" * 30_000)
    after = before.grown(before.text + "\n<b>")
    assert _edits(before, after) == [["append", ["open"], "\n&lt;b&gt;"]]


def test_the_updates_of_the_parts_are_one() -> None:
    async def main() -> None:
        with gr.Blocks(analytics_enabled=False):
            part, other = gr.HTML(elem_id="part"), gr.HTML(elem_id="other")
            live = build_live([part])
        assert live.updates({part: "<b>", other: "<i>"}) == {other: "<i>", live.component: {"part": "<b>"}}

    asyncio.run(main())
