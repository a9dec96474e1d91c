"""The card of all models in the System tab: looked at while somebody has it open, and never before."""

from typing import Any

import gradio as gr

from llmfirst.events import Language
from llmfirst.models import Models
from llmfirst.runs.inventory import inventory
from llmfirst.runs.runs import Runs
from llmfirst.texts import texts_in
from llmfirst.ui.looking import QUIET, looking_html
from llmfirst.ui.models_render import models_html
from llmfirst.ui.system_tab import SystemPlace
from llmfirst.ui.updates import Updates


class ModelsCard:
    """The card, and its callbacks."""

    place: SystemPlace = "models"
    css = ""
    js = ""

    def __init__(self, models: Models, runs: Runs, context_tokens: int, provider: str) -> None:
        self._models = models
        self._runs = runs
        self._context_tokens = context_tokens
        self._provider = provider
        self._table: gr.HTML

    def title(self, language: Language) -> str:
        return texts_in(language).system.models.title

    def build(self, _: Language) -> "ModelsCard":
        self._table = looking_html("system-models-table", 6)
        return self

    def words(self, _: Language) -> Updates:
        """The words come with the models."""
        return {}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        async def on_look(chosen: Language) -> str:
            found = await inventory(self._models, self._runs)
            return models_html(found, chosen, context_tokens=self._context_tokens, setting=self._provider)

        look: dict[str, Any] = {"fn": on_look, "inputs": language, "outputs": self._table, **QUIET}
        shown.select(**look)
        switched.then(**look)
        self._table.select(**look)

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""
