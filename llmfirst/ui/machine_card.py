"""The card of the System tab that says what this machine can do with each model, and offers the best one."""

from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr

from llmfirst.events import Language
from llmfirst.runs.outlook import Forecaster
from llmfirst.texts import texts_in
from llmfirst.ui.looking import QUIET, looking_html
from llmfirst.ui.machine_render import outlook_html
from llmfirst.ui.system_tab import SystemPlace
from llmfirst.ui.updates import Updates


class MachineCard:
    """The card, and its callbacks."""

    place: SystemPlace = "machine"
    css = ""
    js = ""

    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster
        self._table: gr.HTML
        self._notice: gr.HTML
        self._measure: gr.Button

    def title(self, language: Language) -> str:
        return texts_in(language).system.machine.title

    def build(self, language: Language) -> "MachineCard":
        words = texts_in(language).system.machine
        with gr.Row(elem_id="system-measure-row"):
            self._measure = gr.Button(words.measure, size="sm", scale=0, min_width=120, elem_id="system-measure")
            self._notice = gr.HTML(elem_id="system-measure-notice", padding=False)
        self._table = looking_html("system-machine-table", 15)
        return self

    def words(self, language: Language) -> Updates:
        return {self._measure: gr.update(value=texts_in(language).system.machine.measure), self._notice: ""}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        async def on_look(chosen: Language) -> str:
            return outlook_html(await self._forecaster.look(), chosen)

        async def on_measure(chosen: Language) -> AsyncGenerator[Updates, None]:
            words = texts_in(chosen).system.machine
            yield {self._notice: f'<span role="status">{words.measuring}</span>'}
            said = "" if await self._forecaster.measure() else f'<span role="alert">{words.in_use}</span>'
            yield {self._notice: said, self._table: outlook_html(await self._forecaster.look(), chosen)}

        look: dict[str, Any] = {"fn": on_look, "inputs": language, "outputs": self._table, **QUIET}
        shown.select(**look)
        switched.then(**look)
        self._table.select(**look)
        self._measure.click(on_measure, language, [self._notice, self._table], trigger_mode="once", **QUIET)

    async def aclose(self) -> None:
        """A measurement is over in seconds, and gives way."""
