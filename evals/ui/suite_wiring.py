"""The Suites tab put together: its components connected to its callbacks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import gradio as gr

from evals.run.item_help import ItemHelp
from evals.run.service import Evaluations
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.suite_help_page import SuiteHelpPage
from evals.ui.suite_page import SuitePage
from evals.ui.suite_tab import SuiteTab, build_suite_tab, suite_tab_words
from llmfirst import DocumentStore, Language, Recording, Services, Updates, owner_of

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_PLACE: Final = "() => llmfirstSuites.place()"


class SuitePageTab:
    """The tab as the page knows it."""

    name: str = "suites"
    opened_by: tuple[str, ...] = ("suites",)
    within: str | None = "evaluation"

    def __init__(self, services: Services, evaluations: Evaluations) -> None:
        self._documents = services.documents
        self._help = ItemHelp(services, evaluations)
        self.css = asset("suite.css")
        self.js = asset("suite.js")

    def title(self, language: Language) -> str:
        return texts_in(language).suites.title

    def place(self, language: Language) -> "PlacedSuiteTab":
        return PlacedSuiteTab(self._documents, self._help, build_suite_tab(language))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


class PlacedSuiteTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, documents: DocumentStore, help: ItemHelp, tab: SuiteTab) -> None:
        self._tab = tab
        self._page = SuitePage(documents, help, tab)
        self._help_page = SuiteHelpPage(documents, help, tab)

    def words(self, language: Language) -> Updates:
        return suite_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_suite_tab(self._tab, self._page, shown, language, switched)
        wire_help(self._tab, self._help_page, language)


def wire_suite_tab(tab: SuiteTab, page: SuitePage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""

    async def on_open(place: str, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_open(owner_of(request.username), place, chosen)

    async def on_act(chosen: Language, event: gr.EventData, request: gr.Request) -> Updates:
        return await page.on_act(owner_of(request.username), event._data, chosen)

    async def on_write(chosen: Language, event: gr.EventData, request: gr.Request) -> Updates:
        return await page.on_write(owner_of(request.username), event._data, chosen)

    async def on_file(path: str, chosen: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
        async with aclosing(page.on_file(owner_of(request.username), path, chosen)) as views:
            async for view in views:
                yield view

    # Only when somebody looks. What was typed and is not stored comes along, so that it is in what is shown.
    for event in (shown.select, switched.then):
        placed = event(None, None, tab.place, js=_PLACE, show_progress="hidden", api_visibility="private")
        placed.then(on_open, [tab.place, language], tab.shown, **_QUIET)
    tab.listing.select(on_act, language, tab.shown, **_QUIET)
    tab.listing.input(on_write, language, [tab.said, tab.notice], trigger_mode="always_last", **_QUIET)
    tab.own_file.upload(on_file, [tab.own_file, language], tab.shown, **_QUIET)


def wire_help(tab: SuiteTab, page: SuiteHelpPage, language: gr.Radio) -> None:
    """Connect what a model does for the person who writes."""

    async def on_write(chosen: Language, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Updates, None]:
        async with aclosing(page.on_write(owner_of(request.username), event._data, chosen)) as views:
            async for view in views:
                yield view

    async def on_try(chosen: Language, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Updates, None]:
        async with aclosing(page.on_try(owner_of(request.username), event._data, chosen)) as views:
            async for view in views:
                yield view

    async def on_halt(event: gr.EventData, request: gr.Request) -> None:
        await page.on_halt(owner_of(request.username), event._data)

    tab.listing.apply(on_write, language, [tab.said, tab.notice], trigger_mode="once", **_QUIET)
    trying = tab.listing.play(on_try, language, [tab.trial, tab.said, tab.notice], trigger_mode="once", **_QUIET)
    tab.listing.stop(on_halt, None, None, cancels=[trying], **_QUIET)
