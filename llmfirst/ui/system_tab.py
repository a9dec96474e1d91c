"""The System tab: cards about the models and the machine, some of which come from outside."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any, Final, Literal, Protocol, get_args

import gradio as gr

from llmfirst.events import Language
from llmfirst.recordings.recording import Recording
from llmfirst.texts import texts_in
from llmfirst.ui.page import PlacedTab
from llmfirst.ui.updates import Updates

SystemPlace = Literal["live", "models", "bring", "machine", "advice", "judge"]
"""Where a card stands, from the top."""

_PLACES: Final[tuple[SystemPlace, ...]] = get_args(SystemPlace)


class SystemCard(Protocol):
    """A part of the System tab; its components are wired like those of a tab."""

    place: SystemPlace
    css: str
    js: str

    def title(self, language: Language) -> str: ...

    def build(self, language: Language) -> PlacedTab:
        """Place the components below the title, on the page that is being built."""
        ...

    async def aclose(self) -> None:
        """End what the card has begun, because the server is about to end."""
        ...


class SystemPageTab:
    """The tab as the page knows it."""

    name: str = "system"
    opened_by: tuple[str, ...] = ("system",)
    within: str | None = None

    def __init__(self, cards: Sequence[SystemCard]) -> None:
        self._cards = sorted(cards, key=lambda card: _PLACES.index(card.place))
        css = resources.files("llmfirst.ui").joinpath("system.css").read_text(encoding="utf-8")
        self.css = "\n".join([css, *(card.css for card in self._cards)])
        self.js = "\n".join(card.js for card in self._cards)

    def title(self, language: Language) -> str:
        return texts_in(language).system.tab

    def place(self, language: Language) -> "PlacedSystemTab":
        placed: list[tuple[SystemCard, gr.HTML, PlacedTab]] = []
        with gr.Column(elem_id="system-cards"):
            for card in self._cards:
                with gr.Column(elem_id=f"system-{card.place}", elem_classes="system-card"):
                    title = gr.HTML(_heading(card, language), padding=False)
                    placed.append((card, title, card.build(language)))
        return PlacedSystemTab(placed)

    def recording(self, _: str) -> Recording | None:
        """No recording comes with this tab."""
        return None

    async def aclose(self) -> None:
        for card in self._cards:
            await card.aclose()


class PlacedSystemTab:
    """The tab on the page: its cards with their titles and components."""

    def __init__(self, cards: Sequence[tuple[SystemCard, gr.HTML, PlacedTab]]) -> None:
        self._cards = cards

    def words(self, language: Language) -> Updates:
        words: Updates = {}
        for card, title, placed in self._cards:
            words |= {title: _heading(card, language), **placed.words(language)}
        return words

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        for _, _, placed in self._cards:
            placed.wire(shown, language, switched)


def _heading(card: SystemCard, language: Language) -> str:
    return f"<h2>{escape(card.title(language))}</h2>"
