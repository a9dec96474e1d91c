"""The Compare tab put together: its components connected to its callbacks."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import gradio as gr

from evals.sessions.service import Sessions
from evals.sessions.session import MOST_ENTRANTS
from evals.sessions.votes import Choice
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.compare_page import At, ComparePage
from evals.ui.compare_setup import Wanted, model_choices
from evals.ui.compare_tab import CompareTab, build_compare_tab, compare_tab_words
from evals.ui.compare_vote import CompareVotePage, build_compare_vote, compare_vote_words
from evals.ui.judging_panel import Judging, wire_judging_panel
from evals.ui.visitors import visitor
from evals.ui.vote_bar import KEEP_VOTER, KNOWN_VOTER
from llmfirst import Language, Owner, Recording, RunViews, Services, Updates

_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
_SCRIPT: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
# The address names the session, so that a reload finds it again.
_ADDRESS: Final = "(id) => { compareAddress(id); }"


class ComparePageTab:
    """The tab as the page knows it."""

    name: str = "compare"
    opened_by: tuple[str, ...] = ("compare", "session")
    within: str | None = None

    def __init__(self, sessions: Sessions, services: Services) -> None:
        self._sessions = sessions
        self._views = RunViews(services.runs, deadline_seconds=services.settings.deadline_seconds)
        self._context_tokens = services.settings.context_tokens
        self.css = asset("compare.css") + asset("judging_panel.css")
        self.js = asset("compare.js")

    def title(self, language: Language) -> str:
        return texts_in(language).compare.title

    def place(self, language: Language) -> "PlacedCompareTab":
        tab = build_compare_tab(language)
        voting = CompareVotePage(self._sessions, build_compare_vote(tab, language), lambda: datetime.now(UTC))
        page = ComparePage(self._sessions, self._views, tab, context_tokens=self._context_tokens)
        return PlacedCompareTab(tab, page, voting, Judging(self._sessions, tab.judging))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        """The runs of a session end with the others of the program."""


class PlacedCompareTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, tab: CompareTab, page: ComparePage, voting: CompareVotePage, judging: Judging) -> None:
        self._tab = tab
        self._page = page
        self._voting = voting
        self._judging = judging

    def words(self, language: Language) -> Updates:
        return {**compare_tab_words(self._tab, language), **compare_vote_words(self._voting.vote, language)}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_compare_tab(self._tab, self._page, self._voting, shown, language, switched)
        wire_judging_panel(self._tab.judging, self._judging, self._tab.session_id, language, switched)


def wire_compare_tab(
    tab: CompareTab,
    page: ComparePage,
    voting: CompareVotePage,
    shown: gr.Tab,
    language: gr.Radio,
    switched: Any,
) -> None:
    """Connect the components."""

    async def on_open(chosen: Language, request: gr.Request) -> Updates:
        session_id = request.query_params.get("session")
        return await page.on_open(visitor(request), _visit(request), session_id, chosen)

    async def on_language(session_id: str, question_id: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_language(visitor(request), _visit(request), session_id, question_id, chosen)

    async def on_ask(
        session_id: str, question_id: str, question: str, chosen: Language, request: gr.Request, *setup: Any
    ) -> Updates:
        owner, at = visitor(request), (session_id, question_id)
        return await page.on_ask(owner, _visit(request), at, question, Wanted.of(*setup), chosen)

    async def on_next(session_id: str, question_id: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_next(visitor(request), _visit(request), (session_id, question_id), chosen)

    async def on_act(
        session_id: str, question_id: str, chosen: Language, event: gr.EventData, request: gr.Request
    ) -> Updates:
        owner, at = visitor(request), (session_id, question_id)
        return await page.on_act(owner, _visit(request), at, event._data, chosen)

    async def on_take_in(path: str, chosen: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        async with aclosing(page.on_take_in(visitor(request), _visit(request), path, chosen)) as steps:
            async for step in steps:
                yield step

    async def on_stop(request: gr.Request) -> None:
        await page.on_stop(visitor(request))

    async def on_show(session_id: str, question_id: str, typed: str, chosen: Language, request: gr.Request) -> Updates:
        return await voting.on_show(visitor(request), (session_id, question_id), typed, chosen)

    async def on_undo(session_id: str, question_id: str, typed: str, chosen: Language, request: gr.Request) -> Updates:
        return await voting.on_undo(visitor(request), (session_id, question_id), typed, chosen)

    def on_vote(choice: Choice) -> Callable[..., Coroutine[Any, Any, Updates]]:
        async def called(
            session_id: str, question_id: str, typed: str, words: str, chosen: Language, request: gr.Request
        ) -> Updates:
            at = session_id, question_id
            return await voting.on_vote(choice, visitor(request), at, typed, words, chosen)

        return called

    at, vote = [tab.session_id, tab.question_id], voting.vote
    asked_to_vote: dict[str, Any] = {
        "fn": on_show,
        "inputs": [*at, vote.person, language],
        "outputs": vote.shown,
        **_QUIET,
    }
    models = [*model_choices(tab.setup, (), None, "en")]

    def follow(event: Any) -> None:
        """Show the question that an event has put on the page: its line and each column by a callback of its own."""
        event.then(None, tab.session_id, None, js=_ADDRESS, api_visibility="private")
        streams: list[tuple[gr.HTML, Callable[..., AsyncGenerator[Any, None]]]] = [(tab.drawing_line, page.on_line)]
        streams += [
            (tab.columns.drawing[number], partial(_column, page, tab, number)) for number in range(MOST_ENTRANTS)
        ]
        event.then(**asked_to_vote)
        for component, stream in streams:
            streamed = event.then(
                _streamed(page, stream), [*at, language], component, trigger_mode="multiple", **_QUIET
            )
            if component is tab.drawing_line:  # it ends when all answers are there
                streamed.then(**asked_to_vote)

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
    for choice, button in vote.bar.choices.items():
        # A second press before the next pair is asked about would be a vote that nobody meant.
        inputs = [*at, vote.person, vote.bar.words, language]
        follow(button.click(on_vote(choice), inputs, vote.shown, trigger_mode="once", **_QUIET))
    undo = vote.bar.undo.click(on_undo, [*at, vote.person, language], vote.shown, trigger_mode="once", **_QUIET)
    follow(undo)
    vote.person.change(None, vote.person, None, js=KEEP_VOTER, **_SCRIPT)
    vote.person.blur(**asked_to_vote)
    shown.select(None, vote.person, vote.person, js=f"(typed) => ({KNOWN_VOTER})(typed)[0]", **_SCRIPT).then(
        **asked_to_vote
    )


def _streamed(
    page: ComparePage, stream: Callable[..., AsyncGenerator[Any, None]]
) -> Callable[..., AsyncGenerator[Any, None]]:
    """Return a callback for Gradio. Where the visit has gone on to another question, it leaves that alone."""

    async def called(session_id: str, question_id: str, language: Language, request: gr.Request) -> Any:
        visit, at = _visit(request), (session_id, question_id)
        async with aclosing(stream(visitor(request), visit, at, language)) as values:
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
