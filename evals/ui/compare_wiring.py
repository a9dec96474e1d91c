"""The Compare tab put together: its components connected to its callbacks."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from importlib import resources
from typing import Any, Final

import gradio as gr

from evals.sessions.service import Sessions
from evals.sessions.session import MOST_ENTRANTS
from evals.texts import texts_in
from evals.ui.compare_page import At, ComparePage
from evals.ui.compare_setup import Wanted, model_choices
from evals.ui.compare_tab import CompareTab, build_compare_tab, compare_tab_words
from evals.ui.judging_panel import Judging, wire_judging_panel
from llmfirst import Language, Owner, Recording, RunViews, Services, Updates, owner_of

_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
# The address names the session, so that a reload finds it again.
_ADDRESS: Final = "(id) => { compareAddress(id); }"


class ComparePageTab:
    """The tab as the page knows it."""

    name: str = "compare"
    opened_by: tuple[str, ...] = ("compare", "session")

    def __init__(self, sessions: Sessions, services: Services) -> None:
        self._sessions = sessions
        self._views = RunViews(services.runs, deadline_seconds=services.settings.deadline_seconds)
        self._context_tokens = services.settings.context_tokens
        self.css = _asset("compare.css") + _asset("judging_panel.css")
        self.js = _asset("compare.js")

    def title(self, language: Language) -> str:
        return texts_in(language).compare.title

    def place(self, language: Language) -> "PlacedCompareTab":
        tab = build_compare_tab(language)
        page = ComparePage(self._sessions, self._views, tab, context_tokens=self._context_tokens)
        return PlacedCompareTab(tab, page, Judging(self._sessions, tab.judging))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        """The runs of a session end with the others of the program."""


class PlacedCompareTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, tab: CompareTab, page: ComparePage, judging: Judging) -> None:
        self._tab = tab
        self._page = page
        self._judging = judging

    def words(self, language: Language) -> Updates:
        return compare_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_compare_tab(self._tab, self._page, shown, language, switched)
        wire_judging_panel(self._tab.judging, self._judging, self._tab.session_id, language, switched)


def wire_compare_tab(tab: CompareTab, page: ComparePage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""

    async def on_open(chosen: Language, request: gr.Request) -> Updates:
        session_id = request.query_params.get("session")
        return await page.on_open(owner_of(request.username), _visit(request), session_id, chosen)

    async def on_language(session_id: str, question_id: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_language(owner_of(request.username), _visit(request), session_id, question_id, chosen)

    async def on_ask(
        session_id: str, question_id: str, question: str, chosen: Language, request: gr.Request, *setup: Any
    ) -> Updates:
        owner, at = owner_of(request.username), (session_id, question_id)
        return await page.on_ask(owner, _visit(request), at, question, Wanted.of(*setup), chosen)

    async def on_next(session_id: str, question_id: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_next(owner_of(request.username), _visit(request), (session_id, question_id), chosen)

    async def on_act(
        session_id: str, question_id: str, chosen: Language, event: gr.EventData, request: gr.Request
    ) -> Updates:
        owner, at = owner_of(request.username), (session_id, question_id)
        return await page.on_act(owner, _visit(request), at, event._data, chosen)

    async def on_take_in(path: str, chosen: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        async with aclosing(page.on_take_in(owner_of(request.username), _visit(request), path, chosen)) as steps:
            async for step in steps:
                yield step

    async def on_stop(request: gr.Request) -> None:
        await page.on_stop(owner_of(request.username))

    at = [tab.session_id, tab.question_id]
    models = [*model_choices(tab.setup, (), None, "en")]

    def follow(event: Any) -> None:
        """Show the question that an event has put on the page: its line and each column by a callback of its own."""
        event.then(None, tab.session_id, None, js=_ADDRESS, api_visibility="private")
        streams: list[tuple[gr.HTML, Callable[..., AsyncGenerator[Any, None]]]] = [(tab.drawing_line, page.on_line)]
        streams += [
            (tab.columns.drawing[number], partial(_column, page, tab, number)) for number in range(MOST_ENTRANTS)
        ]
        for component, stream in streams:
            event.then(_streamed(page, stream), [*at, language], component, trigger_mode="multiple", **_QUIET)

    follow(shown.select(on_open, language, [*tab.shown, *models], **_QUIET))
    follow(switched.then(on_language, [*at, language], [*tab.shown, *models], **_QUIET))
    asked = gr.on(
        [tab.ask.click, tab.question.submit],
        on_ask,
        [*at, tab.question, language, *tab.setup.values],
        tab.shown,
        trigger_mode="once",
        **_QUIET,
    )
    follow(asked)
    follow(tab.following.click(on_next, [*at, language], tab.shown, trigger_mode="once", **_QUIET))
    for part in (tab.bar, tab.line, tab.listing):
        follow(part.select(on_act, [*at, language], tab.shown, trigger_mode="multiple", **_QUIET))
    follow(tab.take_in.upload(on_take_in, [tab.take_in, language], tab.shown, **_QUIET))
    tab.stop.click(on_stop, None, None, **_QUIET)


def _streamed(
    page: ComparePage, stream: Callable[..., AsyncGenerator[Any, None]]
) -> Callable[..., AsyncGenerator[Any, None]]:
    """Return a callback for Gradio. Where the visit has gone on to another question, it leaves that alone."""

    async def called(session_id: str, question_id: str, language: Language, request: gr.Request) -> Any:
        visit, at = _visit(request), (session_id, question_id)
        async with aclosing(stream(owner_of(request.username), visit, at, language)) as values:
            async for value in values:
                yield value
        if not page.is_at(visit, at):  # else Gradio would say the last value once more
            yield gr.skip()

    return called


async def _column(
    page: ComparePage, tab: CompareTab, number: int, owner: Owner, visit: str, at: At, language: Language
) -> AsyncGenerator[Any, None]:
    async with aclosing(page.on_column(number, owner, visit, at, language)) as columns:
        async for column in columns:
            yield tab.columns.drawn(number, column)


def _visit(request: gr.Request) -> str:
    return request.session_hash or ""


def _asset(name: str) -> str:
    return resources.files("evals.ui").joinpath(name).read_text(encoding="utf-8")
