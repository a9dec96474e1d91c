"""The blind deck put together: its components connected to its callbacks."""

from datetime import UTC, datetime
from typing import Any, Final

import gradio as gr

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.sessions.decks import Decks
from evals.texts import texts_in
from evals.ui.assets import asset
from evals.ui.deck_page import DeckPage, Sitting
from evals.ui.deck_tab import DeckTab, build_deck_tab, deck_tab_words
from evals.ui.visitors import visitor, with_owner
from evals.ui.vote_bar import KEEP_VOTER, KNOWN_VOTER
from llmfirst import Language, Recording, Updates

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_SCRIPT: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
# The address names the deck, so that a reload goes on with it.
_ADDRESS: Final = "(id) => { llmfirstDeckAddress(id); }"
_LINK: Final = "(id) => id.includes('?') ? id : location.origin + location.pathname + '?deck=' + id"
_TOP: Final = "() => { llmfirstDeckTop(); }"


class DeckPageTab:
    """The tab as the page knows it."""

    name: str = "deck"
    opened_by: tuple[str, ...] = ("deck",)
    within: str | None = "compare"

    def __init__(self, archive: Archive) -> None:
        self._archive = SessionArchive(archive)
        self.css = asset("vote_bar.css") + asset("deck.css")
        self.js = asset("vote_bar.js") + asset("deck.js")

    def title(self, language: Language) -> str:
        return texts_in(language).deck.title

    def place(self, language: Language) -> "PlacedDeckTab":
        return PlacedDeckTab(self._archive, build_deck_tab(language))

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


class PlacedDeckTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, archive: SessionArchive, tab: DeckTab) -> None:
        self._tab = tab
        decks = Decks(archive.evaluations.documents, _now)
        self._page = DeckPage(archive, decks, tab, _now)

    def words(self, language: Language) -> Updates:
        return deck_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_deck_tab(self._tab, self._page, shown, language, switched)


def _now() -> datetime:
    return datetime.now(UTC)


def wire_deck_tab(tab: DeckTab, page: DeckPage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""

    async def on_open(typed: str, chosen: Language, sitting: Sitting | None, request: gr.Request) -> Updates:
        deck_id = request.query_params.get("deck")
        opened = await page.on_open(visitor(request), deck_id, sitting, typed, chosen)
        return {tab.person: typed, **opened}

    chosen = [tab.source, tab.cut, tab.unveiling]
    # A second press before the next pair is there would be a vote on a pair that nobody has read.
    told: dict[str, Any] = {"outputs": tab.shown, "trigger_mode": "once", **_QUIET}
    moved: dict[str, Any] = {**told, "trigger_mode": "multiple"}

    # Only when somebody looks.
    shown.select(on_open, [tab.person, language, tab.sitting], [tab.person, *tab.shown], js=KNOWN_VOTER, **_QUIET)
    tab.person.change(None, tab.person, None, js=KEEP_VOTER, **_SCRIPT)
    begun = gr.on(
        [tab.begin.click, tab.person.submit],
        with_owner(page.on_begin),
        [tab.deck_id, *chosen, tab.person, language],
        **told,
    )
    closed = tab.close.click(with_owner(page.on_close), language, **told)
    for changed in (begun, closed):
        changed.then(None, tab.deck_id, None, js=_ADDRESS, **_SCRIPT)
    switched.then(with_owner(page.on_redraw), [tab.sitting, language], tab.shown, **_QUIET)

    steps = [
        button.click(with_owner(page.on_vote, choice), [tab.sitting, tab.bar.words, language], **told)
        for choice, button in tab.bar.choices.items()
    ]
    steps.append(tab.bar.undo.click(with_owner(page.on_undo), [tab.sitting, language], **told))
    steps.append(tab.back.click(with_owner(page.on_move, -1), [tab.sitting, language], **moved))
    steps.append(tab.forward.click(with_owner(page.on_move, 1), [tab.sitting, language], **moved))
    for step in steps:
        step.then(None, None, None, js=_TOP, **_SCRIPT)
    tab.bar.words.submit(with_owner(page.on_words), [tab.sitting, tab.bar.words, language], **told)

    sharing = [tab.sharing, tab.is_open, tab.address, tab.shared, tab.notice]
    shared = tab.share.click(with_owner(page.on_share), [*chosen, language], sharing, **_QUIET)
    shared.then(None, tab.address, tab.address, js=_LINK, **_SCRIPT)
    tab.is_open.input(with_owner(page.on_switch), [tab.shared, tab.is_open, language], tab.notice, **_QUIET)
    for choice in chosen:
        choice.input(lambda: gr.Row(visible=False), None, tab.sharing, **_QUIET)
