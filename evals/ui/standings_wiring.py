"""The standings put together: their components connected to their callbacks."""

from typing import Any, Final

import gradio as gr

from evals.plots.strengths import TimeAxis
from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.standings_page import StandingsPage
from evals.ui.standings_tab import StandingsTab, build_standings_tab, standings_tab_words
from evals.ui.visitors import visitor
from llmfirst import Language, Recording, Updates

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
# The address names what is shown, so that a reload finds it again.
_ADDRESS: Final = "(id) => { if (id) history.replaceState(null, '', '?standings=' + encodeURIComponent(id)); }"


class StandingsPageTab:
    """The standings as the page knows them."""

    name: str = "standings"
    opened_by: tuple[str, ...] = ("standings",)
    within: str | None = "compare"

    def __init__(self, archive: Archive) -> None:
        self._archive = SessionArchive(archive)
        self.css = asset("standings.css", "evals.report") + asset("standings_tab.css")
        self.js = ""

    def title(self, language: Language) -> str:
        return texts_in(language).standings.title

    def place(self, language: Language) -> "PlacedStandingsTab":
        return PlacedStandingsTab(self._archive, build_standings_tab(language))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with them."""
        return None

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


class PlacedStandingsTab:
    """The standings on the page: their components and callbacks."""

    def __init__(self, archive: SessionArchive, tab: StandingsTab) -> None:
        self._tab = tab
        self._page = StandingsPage(archive, tab)

    def words(self, language: Language) -> Updates:
        return standings_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_standings_tab(self._tab, self._page, shown, language, switched)


def wire_standings_tab(
    tab: StandingsTab, page: StandingsPage, shown: gr.Tab, language: gr.Radio, switched: Any
) -> None:
    """Connect the components."""

    async def on_open(source: str | None, axis: TimeAxis, chosen: Language, request: gr.Request) -> Updates:
        wanted = source or request.query_params.get("standings")
        return await page.on_open(visitor(request), wanted, axis, chosen)

    async def on_look(source: str | None, axis: TimeAxis, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_look(visitor(request), source, axis, chosen)

    async def on_report(source: str | None, chosen: Language, request: gr.Request) -> Updates:
        return await page.on_report(visitor(request), source, chosen)

    values = [tab.source, tab.axis, language]
    # Only when somebody looks, and again at each look: votes may have come since.
    shown.select(on_open, values, [tab.source, *tab.shown], **_QUIET)
    switched.then(on_open, values, [tab.source, *tab.shown], **_QUIET)
    for chosen in (tab.source, tab.axis):
        chosen.input(on_look, values, tab.shown, trigger_mode="always_last", **_QUIET)
    tab.source.input(None, tab.source, None, js=_ADDRESS, api_visibility="private")
    tab.report.click(on_report, [tab.source, language], [tab.files, tab.notice], trigger_mode="once", **_QUIET)
