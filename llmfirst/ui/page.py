"""The page: its tabs, its language, its looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any, Final, Protocol

import gradio as gr
from pydantic import BaseModel

from llmfirst.events import Language
from llmfirst.markdown.text import markdown_css
from llmfirst.recordings.recording import Recording
from llmfirst.runs.listeners import Listeners
from llmfirst.runs.owners import owner_of
from llmfirst.texts import texts_in
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.ask_tab import ask_tab_words, build_ask_tab
from llmfirst.ui.ask_wiring import EYES, AskCallbacks, answer_updates, wire_ask_tab, wire_presenter
from llmfirst.ui.blocks import LANGUAGES, PageBlocks
from llmfirst.ui.calls import call_of
from llmfirst.ui.conversation_wiring import (
    AroundAnswerCallbacks,
    around_answer_words,
    build_around_answer,
    wire_around_answer,
)
from llmfirst.ui.first_words import SPEAK, first_words, keep_script, language_of
from llmfirst.ui.opening import build_opener, wire_opener
from llmfirst.ui.presenter import build_present_button, build_presenter, presenter_words
from llmfirst.ui.relay import build_relay
from llmfirst.ui.replay_tab import recordings_title
from llmfirst.ui.settings_drawer import settings_words, wire_settings
from llmfirst.ui.subtabs import css_of, links_html
from llmfirst.ui.updates import Updates

_STYLES: Final = (
    "page.css",
    "focus.css",
    "ask.css",
    "conversation.css",
    "model_options.css",
    "model_picker.css",
    "player.css",
    "showing.css",
    "columns.css",
    "subtabs.css",
)
_SCRIPTS: Final = (
    "page.js",
    "focus.js",
    "following.js",
    "presenter.js",
    "copying.js",
    "settings.js",
    "conversation.js",
    "opening.js",
    "subtabs.js",
)


@dataclass(frozen=True)
class Page:
    """The components, and the looks that Gradio needs when it mounts them."""

    blocks: gr.Blocks
    theme: gr.themes.Base
    css: str
    head: str
    listeners: Listeners
    first_words: Callable[[Language], str]
    """Returns a script that the page runs before it is painted."""

    def calls(self) -> dict[int, type[BaseModel]]:
        """Return the shape of a call of each callback, by its number. Scripts of the page have none."""
        return {number: call_of(callback) for number, callback in self.blocks.fns.items() if callback.fn is not None}


class PlacedTab(Protocol):
    """A tab whose components are on the page."""

    def words(self, language: Language) -> Updates:
        """Return the words of the components in a language."""
        ...

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        """Connect the components. `shown` is the tab itself, `switched` the event of a new language."""
        ...


class PageTab(Protocol):
    """A tab beside the one in which questions are asked."""

    name: str
    opened_by: tuple[str, ...]
    """The query parameters that open it."""
    within: str | None
    """The name of the tab to which it belongs, if it has no button of its own in the bar."""
    css: str
    js: str

    def title(self, language: Language) -> str: ...

    def place(self, language: Language) -> PlacedTab:
        """Place the components on the page that is being built."""
        ...

    def recording(self, run_id: str) -> Recording | None:
        """Return a run that came with the tab and is shown as a recording; None for any other. Blocks its thread."""
        ...

    async def aclose(self) -> None:
        """End what the tab has begun, because the server is about to end."""
        ...


def build_page(ask: AskPage, others: Sequence[PageTab] = ()) -> Page:
    """Build the whole page. It opens in the language that was chosen last, at first in that of the browser."""
    ask.recordings.add(*(other.recording for other in others))
    with PageBlocks(title="llmfirst", analytics_enabled=False, delete_cache=(600, 86400)) as blocks:
        wish = gr.BrowserState(None, storage_key="llmfirst-think", secret="not a secret")
        kept = gr.BrowserState(None, storage_key="llmfirst-settings", secret="not a secret")
        with gr.Row(elem_id="top"):
            heading = gr.HTML(_heading("en"), elem_id="heading", padding=False)
            language = gr.Radio(
                [(texts_in(one).page.language_name, one) for one in LANGUAGES],
                value="en",
                label=" · ".join(texts_in(one).page.language for one in LANGUAGES),
                elem_id="language",
                container=False,
                interactive=True,
            )
            present = build_present_button("en")
        presenter = build_presenter("en")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(texts_in("en").page.ask_tab, id="ask", elem_id="ask-tab") as ask_title:
                tab = build_ask_tab("en", ask.recordings, ask.options, offers_faults=ask.offers_faults)
                around = build_around_answer(tab, "en")
                opener = build_opener()
            placed: list[tuple[PageTab, gr.Tab, gr.HTML, PlacedTab]] = []
            for other in others:
                with gr.Tab(other.title("en"), id=other.name, elem_id=f"{other.name}-tab") as title:
                    kin = gr.HTML(links_html(other, others, "en"), elem_classes="kin-links", padding=False)
                    placed.append((other, title, kin, other.place("en")))
        callbacks = AskCallbacks(tab, ask)
        wire_ask_tab(tab, callbacks, language, wish, kept, around.conversation.parent)
        wire_opener(opener, tab, ask, callbacks, language)

        def page_words(chosen: Language, visitor: str | None) -> Updates:
            updates = {heading: _heading(chosen, visitor), ask_title: gr.update(label=texts_in(chosen).page.ask_tab)}
            updates |= ask_tab_words(tab, chosen) | around_answer_words(around, chosen)
            updates |= {
                present: gr.update(value=texts_in(chosen).presenter.begin),
                **presenter_words(presenter, chosen),
            }
            for other, title, kin, components in placed:
                updates |= {title: gr.update(label=other.title(chosen)), **components.words(chosen)}
                updates |= {kin: links_html(other, others, chosen)}
            return updates

        def painted(chosen: Language) -> Updates:
            """Return what is on the page before it is loaded; a value that comes with the load would make it jump."""
            idle, model = tab.live.placed(answer_updates(tab, ask.idle(chosen))), ask.default_model(chosen)
            return {
                language: chosen,
                **{one: idle[one] for one in idle if idle[one]},
                **page_words(chosen, None),
                **settings_words(tab.settings, None, ask.deadline_seconds, ask.options, chosen),
                tab.model: gr.update(label=texts_in(chosen).shared.model),
                tab.ready: model.line,
                tab.replay.title: recordings_title(chosen, is_preparing=model.is_preparing),
            }

        async def on_load(request: gr.Request) -> Updates:
            chosen = language_of(request.cookies, request.headers.get("accept-language", ""))
            updates = page_words(chosen, request.username)
            asked = await ask.asked(request.query_params.get("run"), owner_of(request.username))
            picker = await ask.picker(await ask.model_key(asked), chosen)
            if asked is not None:
                updates[tab.question] = {**updates[tab.question], "value": asked.question}
            # Only where the address asks for it: a visitor may have chosen a tab before this comes.
            if opened := [
                other.name for other in others if not request.query_params.keys().isdisjoint(other.opened_by)
            ]:
                updates[tabs] = gr.update(selected=opened[0])
            return {language: chosen, tab.model: picker, **relay.updates(updates)}

        async def on_language(chosen: Language, model: str | None, request: gr.Request) -> Updates:
            if request.session_hash is not None:
                ask.spoken.switch(request.session_hash, chosen)
            picker = await ask.picker(model, chosen)
            return {tab.model: picker, **relay.updates(page_words(chosen, request.username))}

        async def on_ask_tab(chosen: Language, model: str | None) -> Any:
            return await ask.offered(model, chosen)  # models come and go in the System tab

        quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        relay = build_relay([tabs, *page_words("en", None)])
        loaded = blocks.load(on_load, None, [language, tab.model, relay.component], **quiet)
        relay.follow(loaded)
        loaded.then(callbacks.on_model, [tab.model, wish, language], callbacks.model_outputs, **quiet)
        opened_run = loaded.then(callbacks.on_open, language, callbacks.answer_outputs, **quiet)
        switched = language.input(on_language, [language, tab.model], [tab.model, relay.component], **quiet)
        relay.follow(switched)
        for after in (opened_run, switched):
            after.then(callbacks.on_opened_guarantee, [language, tab.run_id], tab.guarantee, js=EYES, **quiet)
        ask_title.select(on_ask_tab, [language, tab.model], tab.model, **quiet)
        wire_presenter(presenter, tab, callbacks, language)
        switched.then(callbacks.on_switch, [tab.run_id, language], callbacks.answer_outputs, **quiet)
        wire_around_answer(around, AroundAnswerCallbacks(around, ask, callbacks), language, kept, switched)
        wire_settings(tab.settings, wish, kept, language, ask.deadline_seconds, ask.options, [loaded, switched])
        for _, title, _, components in placed:
            components.wire(title, language, switched)
        loaded.then(None, language, None, js=SPEAK, api_visibility="private")
        switched.then(
            None, language, None, js=keep_script({one: _title(one) for one in LANGUAGES}), api_visibility="private"
        )
        switched.then(callbacks.on_model, [tab.model, wish, language], callbacks.model_outputs, **quiet)
    css = "\n".join([*map(_asset, _STYLES), markdown_css(), css_of(others), *(other.css for other in others)])
    scripts = "\n".join([*map(_asset, _SCRIPTS), *(other.js for other in others)])

    def script(chosen: Language) -> str:
        return _asset("frames.js") + first_words(_title(chosen), painted(chosen))

    head = f"<style>{_asset('presenter.css')}</style><script>{scripts}</script>"
    return Page(blocks, _theme(), css, head, ask.listeners, script)


def _title(language: Language) -> str:
    return f"llmfirst · {texts_in(language).page.tagline}"


def _heading(language: Language, name: str | None = None) -> str:
    """Return the head of the page, with a link to log out for a visitor who has logged in."""
    texts = texts_in(language).page
    leave = "" if name is None else f'<a href="logout">{texts.log_out} ({escape(name)})</a>'
    skip = f'<a class="skip" href="#question">{texts.skip}</a>'
    return f"{skip}<h1>llmfirst</h1><span>{texts.tagline}</span>{leave}"


def _asset(name: str) -> str:
    return resources.files("llmfirst.ui").joinpath(name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    # System fonts: nothing is fetched, and Hangul is there. Colours: the default theme fails WCAG contrast here.
    return gr.themes.Default(
        primary_hue="blue",
        font=["system-ui", "Noto Sans KR", "Noto Sans CJK KR", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_cancel_background_fill="#b91c1c",
        button_cancel_background_fill_hover="#991b1b",
        button_cancel_background_fill_dark="#b91c1c",
        button_cancel_background_fill_hover_dark="#991b1b",
        button_cancel_text_color="white",
        button_cancel_text_color_dark="white",
    )
