"""The card of the System tab that shows how busy the machine is, read while somebody looks and never else."""

import asyncio
from html import escape
from typing import Any

import gradio as gr

from llmfirst.events import Language
from llmfirst.machine.load import LoadReader, MachineLoad
from llmfirst.runs.live_run import Load
from llmfirst.runs.runs import Runs
from llmfirst.texts import texts_in
from llmfirst.ui.looking import QUIET, looking_html
from llmfirst.ui.system_tab import SystemPlace
from llmfirst.ui.updates import Updates
from llmfirst.visible_text import visible


class LiveCard:
    """The card, and its callbacks."""

    place: SystemPlace = "live"
    css = ""
    js = ""

    def __init__(self, runs: Runs, reader: LoadReader | None = None) -> None:
        self._runs = runs
        self._reader = LoadReader() if reader is None else reader
        self._figures: gr.HTML

    def title(self, language: Language) -> str:
        return texts_in(language).system.live.title

    def build(self, _: Language) -> "LiveCard":
        self._figures = looking_html("system-live-figures", 2)
        return self

    def words(self, _: Language) -> Updates:
        """The words come with the figures."""
        return {}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        async def on_look(chosen: Language) -> str:
            return live_html(await asyncio.to_thread(self._reader.read), self._runs.load(), chosen)

        look: dict[str, Any] = {"fn": on_look, "inputs": language, "outputs": self._figures, **QUIET}
        shown.select(**look)
        switched.then(**look)
        self._figures.select(**look)

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


def live_html(load: MachineLoad, answering: Load, language: Language) -> str:
    """Return how busy the machine is as HTML: a tile for memory, processors, each GPU, and the questions."""
    words = texts_in(language).system.live
    tiles = [
        _tile(
            words.memory,
            load.used_bytes / load.total_bytes,
            words.of_memory.format(used=load.used_bytes / 1e9, total=load.total_bytes / 1e9),
            words.free.format(free=load.free_bytes / 1e9),
        )
    ]
    if load.busy is not None:
        tiles.append(
            _tile(words.processors, load.busy, f"{100 * load.busy:.0f} %", words.cores.format(cores=load.cores))
        )
    for gpu in load.gpus:
        used = words.of_memory.format(used=gpu.used_bytes / 1e9, total=gpu.total_bytes / 1e9)
        busy = None if gpu.busy is None else f"{100 * gpu.busy:.0f} %"
        watts = None if gpu.watts is None else f"{gpu.watts:.0f} W"
        tiles.append(_tile(gpu.name, gpu.used_bytes / gpu.total_bytes, used, " · ".join(filter(None, [busy, watts]))))
    if not load.gpus:
        tiles.append(_tile(words.gpu, None, words.no_gpu, ""))
    questions = words.answering.format(count=answering.writing)
    tiles.append(_tile(words.questions, None, questions, words.waiting.format(count=answering.waiting)))
    return f'<ul class="tiles">{"".join(tiles)}</ul>'


def _tile(name: str, share: float | None, figure: str, more: str) -> str:
    meter = ""
    if share is not None:
        level = "full" if share >= 0.9 else "high" if share >= 0.75 else "low"
        meter = f'<span class="meter {level}" aria-hidden="true"><i style="width:{100 * share:.0f}%"></i></span>'
    return (
        f'<li><span class="quiet">{escape(visible(name))}</span> <b>{escape(figure)}</b>{meter}'
        f'<span class="quiet">{escape(more)}</span></li>'
    )
