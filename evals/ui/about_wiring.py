"""The line about an evaluation put together: its components connected to its callbacks."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from evals.ui.about_page import AboutPage
from evals.ui.about_tab import AboutEvaluation
from evals.ui.visitors import with_owner
from llmfirst import Updates

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


def wire_about(
    about: AboutEvaluation,
    page: AboutPage,
    evaluation: gr.Dropdown,
    language: gr.Radio,
    notice: gr.HTML,
    listed: tuple[Callable[..., Coroutine[Any, Any, Updates]], list[Block]],
) -> Any:
    """Connect the components, and return what happens when an evaluation was deleted.

    `listed` draws the list of evaluations again, with what it draws.
    """
    at = [evaluation, language]
    draw, drawn = listed
    keep = with_owner(page.on_caption)
    for event in (about.name.submit, about.name.blur, about.notes.submit, about.notes.blur):
        kept = event(keep, [evaluation, about.name, about.notes, language], notice, **_QUIET)
        kept.then(with_owner(draw), at, drawn, **_QUIET)
    asking: list[Block] = [about.asking, about.question]
    about.delete.click(with_owner(page.on_delete), at, [*asking, notice], **_QUIET)
    about.keep.click(page.on_keep, None, asking, **_QUIET)
    return about.really.click(with_owner(page.on_really), at, [*asking, notice], **_QUIET)
