"""Components that ask for news while somebody looks at them, and cost nothing in a tab that is closed."""

from importlib import resources
from typing import Any, Final

import gradio as gr

QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


def looking_html(name: str, seconds: float) -> gr.HTML:
    """Place a component that fires `select` every so often while it is in sight."""
    script = resources.files("llmfirst.ui").joinpath("looking.js").read_text(encoding="utf-8")
    return gr.HTML(
        elem_id=name,
        padding=False,
        apply_default_css=False,
        js_on_load=script.replace("LOOK_MS", f"{seconds * 1000:.0f}"),
    )
