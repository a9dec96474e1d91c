"""Label mode put together: its components connected to its callbacks."""

from typing import Any, Final

import gradio as gr

from evals.ui.label_page import LabelPage
from evals.ui.label_tab import LabelMode
from evals.ui.visitors import with_owner
from evals.ui.vote_bar import KEEP_VOTER

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_SCRIPT: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
KNOWN_PERSON: Final = (
    "(typed) => { const known = typed || localStorage.getItem('llmfirst-voter') || ''; return known; }"
)
_CLAIM: Final = "(sitting, language) => [sitting, language, llmfirstLabelClaim()]"
_NEXT: Final = "() => { llmfirstLabelNext(); }"


def wire_label_mode(labels: LabelMode, page: LabelPage, evaluation: gr.Dropdown, language: gr.Radio) -> None:
    """Connect the components."""
    # No press is lost while the last one is still under way: each tells which claim it is about.
    told: dict[str, Any] = {"outputs": labels.shown, "trigger_mode": "multiple", **_QUIET}
    steps = [
        gr.on(
            [labels.begin.click, labels.person.submit],
            with_owner(page.on_begin),
            [evaluation, labels.person, language, labels.cut],
            **told,
        )
    ]
    steps += [
        button.click(with_owner(page.on_say, word), [labels.sitting, language, labels.on_screen], js=_CLAIM, **told)
        for word, button in labels.said.items()
    ]
    steps.append(labels.undo.click(with_owner(page.on_undo), [labels.sitting, language], **told))
    for step in steps:
        step.then(None, None, None, js=_NEXT, **_SCRIPT)
    steps[0].then(None, labels.person, None, js=KEEP_VOTER, **_SCRIPT)
    labels.compare.click(with_owner(page.on_compare), [evaluation, language, labels.cut], labels.found, **_QUIET)
    labels.cut.input(with_owner(page.on_cut), [evaluation, labels.cut, language], labels.shown, **_QUIET)
