"""The page: its tabs, its language, its looks."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any, Final, Protocol

import gradio as gr

from llmfirst.events import Language, accepted_language
from llmfirst.runs.owners import owner_of
from llmfirst.texts import texts_in
from llmfirst.ui.ask_tab import build_ask_tab, words
from llmfirst.ui.ask_wiring import AskPage, wire_ask_tab


@dataclass(frozen=True)
class Page:
    """The components, and the looks that go with them when they are mounted."""

    blocks: gr.Blocks
    theme: gr.themes.Base
    css: str
    head: str


class PageTab(Protocol):
    """A tab beside the one in which questions are asked; `name` is the query parameter that opens it."""

    name: str
    css: str
    js: str

    def title(self, language: Language) -> str:
        """Return what the tab is called in a language."""
        ...

    def place(self, language: Language) -> list[Any]:
        """Place the components and return those whose words change with the language."""
        ...

    def words(self, language: Language) -> list[Any]:
        """Return what those components say in a language, in the same order."""
        ...

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        """Connect the components; `shown` is the tab itself, `switched` the event of a new language."""
        ...

    async def aclose(self) -> None:
        """End what the tab has begun; the server is about to end."""
        ...


_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")


def build_page(ask: AskPage, others: Sequence[PageTab] = ()) -> Page:
    """Build the whole page; the first language is the browser's, then the one that was chosen last."""
    with gr.Blocks(title="llmfirst", analytics_enabled=False, delete_cache=(600, 86400)) as blocks:
        remembered = gr.BrowserState(None, storage_key="llmfirst-language", secret="not a secret")
        with gr.Row(elem_id="top"):
            heading = gr.HTML(_heading("en"), elem_id="heading", padding=False)
            language = gr.Radio(
                [(texts_in(one).page.language_name, one) for one in _LANGUAGES],
                value="en",
                label=" · ".join(texts_in(one).page.language for one in _LANGUAGES),
                elem_id="language",
                container=False,
                interactive=True,
            )
        worded: list[Any] = []
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(texts_in("en").page.ask_tab, id="ask", elem_id="ask-tab") as first:
                tab = build_ask_tab("en")
            titles = [first]
            for other in others:
                with gr.Tab(other.title("en"), id=other.name, elem_id=f"{other.name}-tab") as title:
                    worded += other.place("en")
                titles.append(title)
        wire_ask_tab(tab, ask, language)

        async def said(chosen: Language, model: str | None, request: gr.Request) -> list[Any]:
            labels = [
                gr.Tab(label=texts_in(chosen).page.ask_tab),
                *(gr.Tab(label=other.title(chosen)) for other in others),
            ]
            theirs = [word for other in others for word in other.words(chosen)]
            return [
                chosen,
                _heading(chosen, request.username),
                *words(chosen),
                await ask.picker(model, chosen),
                *labels,
                *theirs,
            ]

        async def on_load(kept: str | None, request: gr.Request) -> list[Any]:
            chosen = _language(kept, request.headers.get("accept-language", ""))
            opened = [other.name for other in others if other.name in request.query_params]
            # Only where the address asks for it: a visitor may have chosen a tab before this comes.
            return [gr.Tabs(selected=opened[0]) if opened else gr.skip(), *await said(chosen, None, request)]

        async def on_open(chosen: Language, request: gr.Request) -> AsyncGenerator[list[Any], None]:
            async with aclosing(
                ask.on_open(request.query_params.get("run"), chosen, owner_of(request.username))
            ) as views:
                async for view in views:
                    yield view

        quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        changing = [heading, *tab.worded, tab.model, *titles, *worded]
        loaded = blocks.load(on_load, remembered, [tabs, language, *changing], **quiet)
        loaded.then(ask.on_model, [tab.model, language], [tab.ready, tab.ask], **quiet)
        loaded.then(on_open, language, tab.shown, **quiet)
        switched = language.input(said, [language, tab.model], [remembered, *changing], **quiet)
        for other, title in zip(others, titles[1:], strict=True):
            other.wire(title, language, switched)
        # A screen reader chooses its voice by the language of the page.
        speak = "(chosen) => { document.documentElement.lang = chosen; }"
        loaded.then(None, language, None, js=speak, api_visibility="private")
        switched.then(None, language, None, js=speak, api_visibility="private")
        switched.then(ask.on_model, [tab.model, language], [tab.ready, tab.ask], **quiet)
    css = "\n".join([_asset("page.css"), *(other.css for other in others)])
    scripts = "\n".join([_asset("page.js"), *(other.js for other in others)])
    return Page(blocks, _theme(), css, f"<script>{scripts}</script>")


def _language(kept: str | None, accepted: str) -> Language:
    match kept:
        case "ko" | "en":
            return kept
        case _:
            return accepted_language(accepted)


def _heading(language: Language, name: str | None = None) -> str:
    """Return the head of the page; who has logged in by a name can log out there."""
    texts = texts_in(language).page
    leave = "" if name is None else f'<a href="/logout">{texts.log_out} ({escape(name)})</a>'
    return f"<h1>llmfirst</h1><span>{texts.tagline}</span>{leave}"


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
