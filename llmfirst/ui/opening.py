"""Opening a stored answer without loading the page again; `opening.js` says which."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import gradio as gr

from llmfirst.events import Language
from llmfirst.runs.owners import owner_of
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.ask_wiring import AskCallbacks, answer_updates
from llmfirst.ui.updates import Updates

_WANTED = "(_, language) => [runToOpen, language]"


def build_opener() -> gr.Button:
    """Place the button that the browser presses; it is not to be seen."""
    return gr.Button(visible="hidden", elem_id="open-run")


def wire_opener(opener: gr.Button, tab: AskTab, page: AskPage, asking: AskCallbacks, language: gr.Radio) -> None:
    """Show the answer that the browser wants, with its question in the field."""

    async def on_wanted(run_id: str | None, chosen: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        owner = owner_of(request.username)
        asked = await page.asked(run_id, owner)
        yield {tab.question: "" if asked is None else asked.question}
        async with aclosing(page.open(run_id, chosen, owner, request.session_hash)) as views:
            async for view in views:
                yield answer_updates(tab, view)

    opener.click(
        on_wanted,
        [tab.run_id, language],
        [*asking.answer_outputs, tab.question],
        js=_WANTED,
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="multiple",
        api_visibility="private",
    )
