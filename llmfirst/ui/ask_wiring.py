"""The components of the Ask tab connected to what it can do."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from llmfirst.events import PHASES, AnswerFailed, Language
from llmfirst.providers.base import Think
from llmfirst.runs.owners import Owner, owner_of
from llmfirst.ui.answer_head import answer_head
from llmfirst.ui.ask_page import AskPage, ModelView
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.break_it import chosen_fault, fault_badge
from llmfirst.ui.live import growing_html
from llmfirst.ui.model_options import option_notes
from llmfirst.ui.player import player_of
from llmfirst.ui.presenter import Presenter
from llmfirst.ui.render import (
    budget_bar,
    failure_words,
    notice,
    problem_html,
    state_clock,
    state_words,
    timing_strip,
)
from llmfirst.ui.replay_tab import recordings_title, wire_replays
from llmfirst.ui.review import review_panel
from llmfirst.ui.run_views import AskView
from llmfirst.ui.self_verdict import self_verdict_line
from llmfirst.ui.settings_drawer import settings_in
from llmfirst.ui.think_picker import think_picker
from llmfirst.ui.thought import thought_of
from llmfirst.ui.updates import Updates

_FRAMES_SECONDS: Final = 0.1
"""What comes in the same frame as a view replaces it before it is drawn."""
# A player that is shown writes the address of its replay itself.
EYES: Final = "(language, _) => [language, window.openedBlind ? 'blind' : '']"
"""Puts in the place of the second input whether the page was opened to label answers blind."""

_ADDRESS: Final = """(id) => {
  const address = new URLSearchParams(location.search);
  if (document.querySelector("#player .player:not([hidden])")) return;
  if (id) history.replaceState(null, "", "?run=" + encodeURIComponent(id));
  else if (address.has("run")) history.replaceState(null, "", location.pathname);
}"""


def answer_updates(tab: AskTab, view: AskView) -> Updates:
    """Return what the components show of an answer. It is always all of it: Gradio sends only what has changed."""
    answer, language, elapsed = view.answer, view.language, view.elapsed_seconds
    submitted = answer.submitted
    deadline = view.deadline_seconds if submitted is None else submitted.deadline_seconds
    shown: Updates = {
        **{
            tab.panels[phase]: growing_html(panel, is_whole=answer.end is not None)
            for phase, panel in view.panels.items()
        },
        **{tab.thoughts[phase]: thought_of(answer, phase, elapsed, language) for phase in PHASES},
        tab.budget: budget_bar(answer, elapsed, deadline, language),
        tab.head: answer_head(answer, language, view.playback),
        tab.state: state_words(answer, language, is_replayed=view.playback is not None),
        tab.clock: state_clock(answer, elapsed, language),
        tab.strip: timing_strip(answer.metrics(), language),
        tab.problem: view.problem,
        tab.notice: fault_badge(answer, language) + notice(answer, language, is_stored=view.is_stored),
        tab.run_id: shown_run(view),
        tab.review: self_verdict_line(answer, language) + review_panel(answer, language),
        tab.why: view.why,
        tab.replay.player: player_of(view.playback, language),
        tab.replay.again: gr.update(visible=answer.end is not None and view.playback is None),
    }
    return tab.live.updates(shown)


def shown_run(view: AskView) -> str:
    """Return what the address of a view names; empty for no answer."""
    if view.playback is not None:
        return view.playback.run_id
    return "" if view.answer.submitted is None else view.answer.submitted.run_id


class AskCallbacks:
    """The callbacks of the tab as Gradio calls them."""

    def __init__(self, tab: AskTab, page: AskPage) -> None:
        self._tab = tab
        self._page = page
        self.answer_outputs: list[Block] = [*answer_updates(tab, page.idle("en"))]
        self.model_outputs: list[Block] = [
            *(tab.ready, tab.ask, tab.settings.think, tab.settings.options.notes),
            tab.replay.title,
        ]
        self.replays = page.replays

    async def on_ask(
        self,
        question: str | None,
        model: str | None,
        think: Think,
        kept: object,
        fault: str,
        language: Language,
        shown: str | None,
        parent: str | None,
        request: gr.Request,
    ) -> AsyncGenerator[Updates, None]:
        owner, visit, settings = owner_of(request.username), request.session_hash, settings_in(kept, think)
        injected = chosen_fault(fault)
        answers = self._page.ask(question or "", model, language, owner, visit, settings, parent or None, injected)
        async with aclosing(self.answered(answers, self._tab.problem, language, shown, owner)) as updates:
            async for update in updates:
                yield update

    async def answered(
        self,
        answers: AsyncGenerator[AskView, None],
        place: gr.HTML,
        language: Language,
        shown: str | None,
        owner: Owner,
    ) -> AsyncGenerator[Updates, None]:
        """Show an answer. Where there is none, the one that was `shown` stays, and `place` says why."""
        tab, view = self._tab, self._page.idle(language)
        async with aclosing(answers) as views:
            async for view in views:
                yield {place: view.problem} if view.answer.submitted is None else answer_updates(tab, view)
        if shown and isinstance(view.answer.end, AnswerFailed):
            problem = problem_html(failure_words(view.answer.end, language))
            async with aclosing(self._page.open(shown, language, owner)) as views:
                async for earlier in views:
                    yield {**answer_updates(tab, earlier), place: problem}

    async def on_open(self, language: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Show the run that the page's address names, or play it."""
        run_id, owner = request.query_params.get("run"), owner_of(request.username)
        if run_id is not None and "replay" in request.query_params:
            async for updates in self.on_replay(run_id, language, request):
                yield updates
            return
        async with aclosing(self._page.open(run_id, language, owner, request.session_hash)) as views:
            is_shown = False
            async for view in views:
                is_shown = True
                yield answer_updates(self._tab, view)
        if not is_shown:  # else it might come in the same frame as a view, which is not drawn then
            yield self._nothing_new()

    async def on_replay(
        self, run_id: str | None, language: Language, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        """Play a recording or the answer that is shown."""
        owner, visit = owner_of(request.username), request.session_hash or ""
        async with aclosing(self._page.replay(run_id or "", language, owner, visit)) as views:
            async for view in views:
                yield answer_updates(self._tab, view)
        await asyncio.sleep(_FRAMES_SECONDS)
        yield self._nothing_new()

    def _nothing_new(self) -> Updates:
        """Return no change. A replay ends with it: Gradio says the last step again, over what may be shown by then."""
        return {self._tab.run_id: gr.skip()}

    async def on_guarantee(self, language: Language, request: gr.Request) -> str:
        """Say how well the time limit was kept."""
        return await self._page.guarantee(language, owner_of(request.username))

    async def on_opened_guarantee(self, language: Language, eyes: str | None, request: gr.Request) -> str:
        """Say so, but not to who came to label answers blind: how long the slowest one took tells which it is."""
        return "" if eyes == "blind" else await self.on_guarantee(language, request)

    async def on_preflight(self, script: str | None, model: str | None, language: Language) -> str:
        questions = sum(bool(line.strip()) for line in (script or "").splitlines())
        return await self._page.preflight(model, questions, language)

    async def on_switch(self, run_id: str | None, language: Language, request: gr.Request) -> Updates:
        """Show the answer that is on the page in the new language."""
        owner, visit = owner_of(request.username), request.session_hash
        view = await self._page.translated(run_id, language, owner, visit)
        return self._nothing_new() if view is None else answer_updates(self._tab, view)

    async def on_stop(self, run_id: str | None, request: gr.Request) -> None:
        if await self._page.replays.close(request.session_hash, is_stopped=True):
            return
        if run_id is not None:
            await self._page.stop(run_id, owner_of(request.username))

    async def on_model(
        self, key: str | None, wish: object, language: Language, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        async with aclosing(self._page.choose(key, language, request.session_hash)) as views:
            async for view in views:
                yield self._model_updates(view, wish)

    async def on_beat(self, key: str | None, wish: object, language: Language, shown: str | None) -> Updates:
        """Look how far the model is and whether its service answers; nothing is drawn where nothing has changed."""
        view = await self._page.model_now(key, language)
        return {self._tab.ready: gr.skip()} if view.line == shown else self._model_updates(view, wish)

    def _model_updates(self, view: ModelView, wish: object) -> Updates:
        tab = self._tab
        return {
            tab.ready: view.line,
            tab.ask: gr.Button(interactive=view.can_be_asked),
            tab.settings.think: think_picker(view.thinking, wish, view.language),
            tab.settings.options.notes: option_notes(view.ignores, view.language),
            tab.replay.title: recordings_title(view.language, is_preparing=view.is_preparing),
        }


def wire_ask_tab(
    tab: AskTab,
    callbacks: AskCallbacks,
    language: gr.Radio,
    wish: gr.BrowserState,
    kept: gr.BrowserState,
    parent: gr.Textbox,
) -> None:
    """Connect the components. All events that run a model share one concurrency group.

    `wish` is what the browser keeps of the choice how much models may think, and `kept` of the other settings. `parent`
    is the run that the question follows up.
    """
    asked = gr.on(
        [tab.ask.click, tab.question.submit],
        callbacks.on_ask,
        [tab.question, tab.model, tab.settings.think, kept, tab.break_it.choice, language, tab.run_id, parent],
        callbacks.answer_outputs,
        show_progress="hidden",
        concurrency_limit=None,
        concurrency_id="model",
        api_visibility="private",
    )
    wire_end_of_answer(asked, tab, callbacks, language)
    wire_replays(tab.replay, callbacks.replays, callbacks.on_replay, callbacks.answer_outputs, tab.run_id, language)
    gr.on(
        [tab.stop.click, tab.replay.player.clear],
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
    tab.beat.tick(
        callbacks.on_beat,
        [tab.model, wish, language, tab.ready],
        callbacks.model_outputs,
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    for button in tab.examples:
        written = button.click(None, button, tab.question, js="(text) => text", api_visibility="private")
        written.then(None, None, None, js="() => press('button#ask:not([disabled])')", api_visibility="private")
    # The address names the run, so that a reload finds it again.
    tab.run_id.change(
        None,
        tab.run_id,
        None,
        js=_ADDRESS,
        api_visibility="private",
    )


def wire_end_of_answer(asked: Any, tab: AskTab, callbacks: AskCallbacks, language: gr.Radio) -> None:
    """Connect what follows an answer to the event that asked for it: a fault is for one answer."""
    asked.then(None, None, tab.break_it.choice, js="() => 'none'", api_visibility="private")
    asked.then(
        callbacks.on_guarantee,
        language,
        tab.guarantee,
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )


def wire_presenter(presenter: Presenter, tab: AskTab, callbacks: AskCallbacks, language: gr.Radio) -> None:
    """Connect what has to be known before presenting to the script and the model."""
    gr.on(
        [presenter.script.change, presenter.check.click],
        callbacks.on_preflight,
        [presenter.script, tab.model, language],
        presenter.preflight,
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="always_last",
        api_visibility="private",
    )
