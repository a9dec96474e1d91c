"""The components of the Ask tab connected to what it can do."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import gradio as gr
from gradio.blocks import Block

from llmfirst.events import PHASES, Language
from llmfirst.providers.base import Think
from llmfirst.runs.owners import owner_of
from llmfirst.ui.ask_page import AskPage, AskView, ModelView
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.live import growing_html
from llmfirst.ui.render import budget_bar, notice, state_clock, state_words, timing_strip
from llmfirst.ui.review import review_panel
from llmfirst.ui.self_verdict import self_verdict_line
from llmfirst.ui.think_picker import think_picker
from llmfirst.ui.thought import thought_of
from llmfirst.ui.updates import Updates


def answer_updates(tab: AskTab, view: AskView) -> Updates:
    """Return what the components show of an answer. It is always all of it: Gradio sends only what has changed."""
    answer, language, elapsed = view.answer, view.language, view.elapsed_seconds
    submitted = answer.submitted
    deadline = view.deadline_seconds if submitted is None else submitted.deadline_seconds
    shown: Updates = {
        **{tab.panels[phase]: growing_html(view.panels[phase]) for phase in PHASES},
        **{tab.thoughts[phase]: thought_of(answer, phase, elapsed, language) for phase in PHASES},
        tab.budget: budget_bar(answer, elapsed, deadline, language),
        tab.state: state_words(answer, language),
        tab.clock: state_clock(answer, elapsed, language),
        tab.strip: timing_strip(answer.metrics(), language),
        tab.notice: view.problem or notice(answer, language, is_stored=view.is_stored),
        tab.run_id: "" if submitted is None else submitted.run_id,
        tab.review: self_verdict_line(answer, language) + review_panel(answer, language),
        tab.why: view.why,
    }
    return tab.live.updates(shown)


class AskCallbacks:
    """The callbacks of the tab as Gradio calls them."""

    def __init__(self, tab: AskTab, page: AskPage) -> None:
        self._tab = tab
        self._page = page
        self.answer_outputs: list[Block] = [*answer_updates(tab, page.idle("en"))]
        self.model_outputs: list[Block] = [tab.ready, tab.ask, tab.think, tab.probe_beat]

    async def on_ask(
        self, question: str | None, model: str | None, think: Think, language: Language, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        async with aclosing(
            self._page.ask(question or "", model, language, owner_of(request.username), request.session_hash, think)
        ) as views:
            async for view in views:
                yield answer_updates(self._tab, view)

    async def on_open(self, language: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Show the run that the page's address names."""
        run_id = request.query_params.get("run")
        async with aclosing(self._page.open(run_id, language, owner_of(request.username))) as views:
            async for view in views:
                yield answer_updates(self._tab, view)

    async def on_stop(self, run_id: str | None, request: gr.Request) -> None:
        if run_id is not None:
            await self._page.stop(run_id, owner_of(request.username))

    async def on_model(self, key: str | None, wish: object, language: Language) -> AsyncGenerator[Updates, None]:
        async with aclosing(self._page.choose(key, language)) as views:
            async for view in views:
                yield self._model_updates(view, wish, language)

    async def on_probe_beat(self, key: str | None, wish: object, language: Language) -> Updates:
        return self._model_updates(await self._page.model_now(key, language), wish, language)

    def _model_updates(self, view: ModelView, wish: object, language: Language) -> Updates:
        tab = self._tab
        return {
            tab.ready: view.line,
            tab.ask: gr.Button(interactive=view.can_be_asked),
            tab.think: think_picker(view.thinking, wish, language),
            tab.probe_beat: gr.Timer(active=view.is_probed),
        }


def wire_ask_tab(tab: AskTab, callbacks: AskCallbacks, language: gr.Radio, wish: gr.BrowserState) -> None:
    """Connect the components. All events that run a model share one concurrency group.

    `wish` is what the browser keeps of the choice how much models may think.
    """
    gr.on(
        [tab.ask.click, tab.question.submit],
        callbacks.on_ask,
        [tab.question, tab.model, tab.think, language],
        callbacks.answer_outputs,
        show_progress="hidden",
        concurrency_limit=None,
        concurrency_id="model",
        api_visibility="private",
    )
    tab.stop.click(
        callbacks.on_stop,
        tab.run_id,
        None,
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    tab.model.input(
        callbacks.on_model,
        [tab.model, wish, language],
        callbacks.model_outputs,
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="always_last",
        api_visibility="private",
    )
    tab.probe_beat.tick(
        callbacks.on_probe_beat,
        [tab.model, wish, language],
        callbacks.model_outputs,
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    tab.think.input(None, tab.think, wish, js="(think) => think", api_visibility="private")
    for button in tab.examples:
        button.click(None, button, tab.question, js="(text) => text", api_visibility="private")
    # The address names the run, so that a reload finds it again.
    tab.run_id.change(
        None,
        tab.run_id,
        None,
        js="(id) => { if (id) history.replaceState(null, '', '?run=' + encodeURIComponent(id)); }",
        api_visibility="private",
    )
