"""The History tab put together: its components connected to its callbacks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import resources
from typing import Any, Final

import gradio as gr

from llmfirst.events import Language
from llmfirst.recordings.recording import Recording
from llmfirst.runs.history import History
from llmfirst.runs.owners import owner_of
from llmfirst.texts import texts_in
from llmfirst.ui.history_page import FIRST, HistoryPage, Pages, Wanted
from llmfirst.ui.history_tab import HistoryTab, build_history_tab, history_tab_words
from llmfirst.ui.updates import Updates

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_SCRIPT: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
# Only the browser knows its time zone. The address keeps the words that are searched for.
_OPENED: Final = """(words) => {
  const asked = words || new URLSearchParams(location.search).get("history") || "";
  llmfirstHistoryAddress(asked);
  return [asked, Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"];
}"""
_SEARCHED: Final = "(words) => { llmfirstHistoryAddress(words); }"
_TO_THE_DATE: Final = "() => { llmfirstHistoryFocus('#history-old-date input'); }"
_BACK: Final = "() => { llmfirstHistoryFocus('#history-delete-old'); }"
_TO_THE_TOP: Final = "() => { llmfirstHistoryFocus('#history-list a'); }"


class HistoryPageTab:
    """The tab as the page knows it."""

    name: str = "history"
    opened_by: tuple[str, ...] = ("history",)
    within: str | None = None

    def __init__(self, history: History) -> None:
        self._history = history
        self.css = _asset("history.css")
        self.js = _asset("history.js")

    def title(self, language: Language) -> str:
        return texts_in(language).history.tab

    def place(self, language: Language) -> "PlacedHistoryTab":
        return PlacedHistoryTab(self._history, build_history_tab(language))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


class PlacedHistoryTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, history: History, tab: HistoryTab) -> None:
        self._tab = tab
        self._page = HistoryPage(history, tab)

    def words(self, language: Language) -> Updates:
        return history_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_history_tab(self._tab, self._page, shown, language, switched)


def _asset(name: str) -> str:
    return resources.files("llmfirst.ui").joinpath(name).read_text(encoding="utf-8")


def wire_history_tab(tab: HistoryTab, page: HistoryPage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""

    async def on_first(chosen: Language, request: gr.Request, *filters: str) -> Updates:
        return await page.look(owner_of(request.username), Wanted(*filters), chosen)

    async def on_models(chosen: Language, request: gr.Request) -> Updates:
        return await page.models(owner_of(request.username), chosen)

    async def on_again(chosen: Language, pages: Pages, request: gr.Request, *filters: str) -> Updates:
        return await page.look(owner_of(request.username), Wanted(*filters), chosen, tuple(pages))

    async def on_newer(chosen: Language, pages: Pages, request: gr.Request, *filters: str) -> Updates:
        return await page.look(owner_of(request.username), Wanted(*filters), chosen, tuple(pages)[:-1] or FIRST)

    async def on_older(
        chosen: Language, pages: Pages, following: int | None, request: gr.Request, *filters: str
    ) -> Updates:
        after = tuple(pages) if following is None else (*pages, following)
        return await page.look(owner_of(request.username), Wanted(*filters), chosen, after)

    async def on_act(
        chosen: Language, pages: Pages, event: gr.EventData, request: gr.Request, *filters: str
    ) -> Updates:
        return await page.act(owner_of(request.username), event._data, Wanted(*filters), chosen, tuple(pages))

    async def on_count_old(day: str, with_pinned: bool, zone: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.count_old(owner_of(request.username), day, zone, with_pinned, chosen)

    async def on_delete_old(
        chosen: Language, day: str, with_pinned: bool, request: gr.Request, *filters: str
    ) -> AsyncGenerator[Updates, None]:
        owner = owner_of(request.username)
        async with aclosing(page.delete_old(owner, day, with_pinned, Wanted(*filters), chosen)) as views:
            async for view in views:
                yield view

    first: dict[str, Any] = {"fn": on_first, "inputs": [language, *tab.filters], "outputs": tab.shown, **_QUIET}
    # Only when somebody looks. Where the address names words, they are searched for.
    opened = shown.select(None, tab.words, [tab.words, tab.zone], js=_OPENED, **_SCRIPT)
    opened.then(**first)
    opened.then(on_models, language, tab.model, **_QUIET)
    again = [language, tab.pages, *tab.filters]
    switched.then(on_again, again, tab.shown, **_QUIET)
    switched.then(on_models, language, tab.model, **_QUIET)

    # A change, because Gradio tells no input of what an input method composed, a mouse pasted or a calendar chose.
    tab.words.change(None, tab.words, None, js=_SEARCHED, **_SCRIPT)
    for written in (tab.words, tab.since, tab.until):
        written.change(**first, trigger_mode="always_last")
    for chosen in (tab.model, tab.outcome, tab.language, tab.mark, tab.asker):
        chosen.input(**first, trigger_mode="always_last")
    tab.newer.click(on_newer, again, tab.shown, trigger_mode="once", **_QUIET).then(
        None, None, None, js=_TO_THE_TOP, **_SCRIPT
    )
    older = [language, tab.pages, tab.following, *tab.filters]
    tab.older.click(on_older, older, tab.shown, trigger_mode="once", **_QUIET).then(
        None, None, None, js=_TO_THE_TOP, **_SCRIPT
    )
    cleared = [tab.words, tab.model, tab.outcome, tab.language, tab.mark, tab.asker, tab.since, tab.until]
    tab.listing.select(on_act, again, [*tab.shown, *cleared], **_QUIET)

    count: dict[str, Any] = {
        "fn": on_count_old,
        "inputs": [tab.old_date, tab.old_pinned, tab.zone, language],
        "outputs": [tab.old_count, tab.old_delete],
        **_QUIET,
    }
    unfolded = tab.delete_old.click(lambda: gr.update(visible=True), None, tab.old, **_QUIET)
    unfolded.then(None, None, None, js=_TO_THE_DATE, **_SCRIPT)
    unfolded.then(**count)
    switched.then(**count)
    tab.old_date.change(**count, trigger_mode="always_last")
    tab.old_pinned.input(**count, trigger_mode="always_last")
    tab.old_keep.click(lambda: gr.update(visible=False), None, tab.old, **_QUIET).then(
        None, None, None, js=_BACK, **_SCRIPT
    )
    tab.old_delete.click(
        on_delete_old,
        [language, tab.old_date, tab.old_pinned, *tab.filters],
        [*tab.shown, tab.old, tab.old_count, tab.old_delete],
        trigger_mode="once",
        **_QUIET,
    ).then(None, None, None, js=_BACK, **_SCRIPT)
