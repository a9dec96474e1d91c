"""The card of the System tab in which models are brought here; it also does what the buttons beside a model say."""

import asyncio
import logging
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Final

import gradio as gr
from pydantic import ValidationError

from llmfirst.errors import LlmfirstError
from llmfirst.events import Language
from llmfirst.models import Models
from llmfirst.texts import texts_in
from llmfirst.ui.downloads_render import downloads_html
from llmfirst.ui.model_actions import ModelAct, size_words
from llmfirst.ui.problems import problem_words
from llmfirst.ui.render import problem_html
from llmfirst.ui.spoken import SpokenLanguages
from llmfirst.ui.system_tab import SystemPlace
from llmfirst.ui.updates import Updates
from llmfirst.values import Value
from llmfirst.visible_text import visible

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
_LONGEST_LOOK_SECONDS: Final = 20.0  # the script of the card looks again, as long as the card is in sight
_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_LOOK_AT_MODELS: Final = "() => { document.dispatchEvent(new Event('llmfirst-models')); }"


class Act(Value):
    """What a button of the page asks for."""

    act: ModelAct
    model: str


@dataclass(frozen=True)
class BringComponents:
    """The components of the card."""

    name: gr.Textbox
    bring: gr.Button
    note: gr.HTML
    notice: gr.HTML
    downloads: gr.HTML
    question: gr.HTML


class BringCard:
    """The card as the System tab knows it. It serves all visitors, who see the same downloads."""

    place: SystemPlace = "bring"

    def __init__(self, models: Models, data_dir: Path) -> None:
        self._models = models
        self._data_dir = data_dir
        self.css = _asset("bring.css")
        self.js = ""

    def title(self, language: Language) -> str:
        return texts_in(language).bring.title

    def build(self, language: Language) -> "PlacedBringCard":
        words = texts_in(language).bring
        is_able = bool(self._models.bringers)
        with gr.Row(elem_id="bring-row", visible=is_able):
            name = gr.Textbox(
                "",
                label=words.name,
                placeholder=words.hint,
                max_lines=1,
                scale=4,
                min_width=200,
                container=False,
                elem_id="bring-name",
            )
            bring = gr.Button(words.bring, variant="primary", size="md", scale=0, min_width=110, elem_id="bring-button")
        note = gr.HTML(elem_id="bring-note", padding=False)
        notice = gr.HTML(elem_id="bring-notice", padding=False)
        downloads = gr.HTML(
            elem_id="bring-downloads", padding=False, apply_default_css=False, js_on_load=_asset("bring.js")
        )
        question = gr.HTML(_question(language), elem_id="bring-question", padding=False, apply_default_css=False)
        return PlacedBringCard(
            self._models, self._data_dir, BringComponents(name, bring, note, notice, downloads, question)
        )

    async def aclose(self) -> None:
        """The downloads end with the models."""


class PlacedBringCard:
    """The components and their callbacks."""

    def __init__(self, models: Models, data_dir: Path, components: BringComponents) -> None:
        self._models = models
        self._data_dir = data_dir
        self._on = components
        self._spoken = SpokenLanguages()

    def words(self, language: Language) -> Updates:
        words, on = texts_in(language).bring, self._on
        return {
            on.name: gr.update(label=words.name, placeholder=words.hint),
            on.bring: gr.update(value=words.bring),
            on.note: self._note(language),
            on.question: _question(language),
        }

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        on = self._on

        async def on_look(chosen: Language, request: gr.Request) -> AsyncGenerator[str, None]:
            async for drawn in self._look(chosen, request.session_hash):
                yield drawn

        async def on_switched(chosen: Language, request: gr.Request) -> str:
            if request.session_hash is not None:
                self._spoken.switch(request.session_hash, chosen)
            return self._drawn(chosen)

        async def on_act(chosen: Language, event: gr.EventData) -> Updates:
            return {on.notice: await self._act(event._data, chosen), on.downloads: self._drawn(chosen)}

        look: dict[str, Any] = {"fn": on_look, "inputs": language, "outputs": on.downloads, **_QUIET}
        shown.select(**look)
        on.downloads.look(**look, trigger_mode="once")
        switched.then(on_switched, language, on.downloads, **_QUIET)
        acted = on.downloads.select(on_act, language, [on.notice, on.downloads], **_QUIET)
        acted.then(None, None, None, js=_LOOK_AT_MODELS, api_visibility="private")
        brought: dict[str, Any] = {
            "fn": self._bring,
            "inputs": [on.name, language],
            "outputs": [on.name, on.notice, on.downloads],
            **_QUIET,
        }
        on.bring.click(**brought)
        on.name.submit(**brought)

    async def _bring(self, name: str | None, language: Language) -> Updates:
        """Begin to bring what was written; a name that is none stays in its field."""
        words, on = texts_in(language).bring, self._on
        wanted = (name or "").strip()
        try:
            if not wanted:
                return {on.notice: problem_html(words.no_name)}
            self._models.bring(wanted)
        except LlmfirstError as error:
            return {on.notice: problem_html(problem_words(error.problem, str(error), language))}
        return {on.name: "", on.notice: "", on.downloads: self._drawn(language)}

    async def _act(self, data: Any, language: Language) -> str:
        """Do what a button says, and return what came of it as HTML."""
        words = texts_in(language).bring
        try:
            asked = Act.model_validate(data)
        except ValidationError:  # not from our page
            return problem_html(words.no_name)
        name = visible(asked.model.partition("/")[2])
        try:
            match asked.act:
                case "download" | "resume":
                    self._models.fetch(asked.model)
                case "stop":
                    await self._models.downloads.stop(asked.model)
                case "discard":
                    await self._models.discard(asked.model)
                case "dismiss":
                    await self._models.downloads.forget(asked.model)
                case "load":
                    self._models.begin_again(asked.model)
                    return _done(words.loading.format(model=name))
                case "unload":
                    await self._models.unload(asked.model)
                    return _done(words.unloaded.format(model=name))
                case "delete":
                    freed = await self._models.delete(asked.model)
                    size = "" if freed is None else size_words(freed)
                    return _done((words.deleted_freed if size else words.deleted).format(model=name, size=size))
        except LlmfirstError as error:
            return problem_html(problem_words(error.problem, str(error), language))
        return ""

    async def _look(self, language: Language, visit: str | None) -> AsyncGenerator[str, None]:
        """Draw the downloads, and again as they change while one goes on, for a while."""
        downloads, now = self._models.downloads, asyncio.get_running_loop().time
        until = now() + _LONGEST_LOOK_SECONDS
        while True:
            yield self._drawn(self._spoken.now(visit, language))
            if now() >= until or not any(download.is_open for download in downloads.all()):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _drawn(self, language: Language) -> str:
        return downloads_html(self._models.downloads.all(), language)

    def _note(self, language: Language) -> str:
        """Return which names there are, and how much the disk still takes."""
        words, kinds = texts_in(language).bring, self._models.bringers
        if not kinds:
            return f'<p class="quiet">{escape(words.elsewhere)}</p>'
        lines = [words.forms[kind] for kind in ("ollama", "embedded") if kind in kinds]
        free = shutil.disk_usage(self._data_dir).free
        lines.append(words.free.format(size=size_words(free)))
        return "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines)


def _done(words: str) -> str:
    return f'<div class="remark" role="status">{escape(words)}</div>'


def _question(language: Language) -> str:
    """Return the dialog that asks before a model is deleted. Its form closes it."""
    words = texts_in(language).bring
    return (
        '<dialog aria-labelledby="bring-question-title"><form method="dialog">'
        f'<h2 id="bring-question-title">{escape(words.ask_delete_title)}</h2><p class="about"></p>'
        f'<p>{escape(words.ask_delete)}</p><div class="answers">'
        f'<button value="keep" autofocus>{escape(words.keep)}</button>'
        f'<button value="delete" class="stop">{escape(words.acts["delete"])}</button></div></form></dialog>'
    )


def _asset(name: str) -> str:
    return resources.files("llmfirst.ui").joinpath(name).read_text(encoding="utf-8")
