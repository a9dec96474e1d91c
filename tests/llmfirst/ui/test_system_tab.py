"""The System tab puts each card in its place, with its title, in the language of the page."""

import asyncio
from typing import Any

import gradio as gr

from llmfirst.events import Language
from llmfirst.ui.system_tab import SystemPageTab, SystemPlace
from llmfirst.ui.updates import Updates


class Card:
    js = "/* js */"

    def __init__(self, place: SystemPlace) -> None:
        self.place = place
        self.css = f"#{place}-css {{}}"
        self.is_wired = self.is_closed = False
        self.component: gr.HTML

    def title(self, language: Language) -> str:
        return f"<{self.place} {language}>"

    def build(self, language: Language) -> "Card":
        self.component = gr.HTML(language)
        return self

    def words(self, language: Language) -> Updates:
        return {self.component: language}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        self.is_wired = True

    async def aclose(self) -> None:
        self.is_closed = True


def test_each_card_has_its_place_and_its_words() -> None:
    async def place() -> None:
        judge, models = Card("judge"), Card("models")
        tab = SystemPageTab([judge, models])
        with gr.Blocks(analytics_enabled=False) as blocks:
            with gr.Tab("System") as shown:
                placed = tab.place("en")
            placed.wire(shown, gr.Radio(["ko", "en"]), None)
        ids = [block.elem_id for block in blocks.blocks.values() if str(block.elem_id).startswith("system-")]
        assert ids == ["system-cards", "system-models", "system-judge"]
        words = placed.words("ko")
        assert "<h2>&lt;judge ko&gt;</h2>" in words.values()
        assert (words[models.component], words[judge.component]) == ("ko", "ko")
        assert tab.css.index("#models-css") < tab.css.index("#judge-css")
        await tab.aclose()
        assert all(card.is_wired and card.is_closed for card in (models, judge))

    asyncio.run(place())
