"""The page: its tabs, its language, its looks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from importlib import resources
from typing import Any

import gradio as gr

from llmfirst.events import Language, accepted_language
from llmfirst.ui.ask_tab import build_ask_tab, words
from llmfirst.ui.ask_wiring import AskPage, wire_ask_tab
from llmfirst.ui.texts import TEXTS


@dataclass(frozen=True)
class Page:
    """The components, and the looks that go with them when they are mounted."""

    blocks: gr.Blocks
    theme: gr.themes.Base
    css: str
    head: str


def build_page(ask: AskPage) -> Page:
    """Build the whole page; the first language is the browser's, then the one that was chosen last."""
    with gr.Blocks(title="llmfirst", analytics_enabled=False, delete_cache=(600, 86400)) as blocks:
        remembered = gr.BrowserState(None, storage_key="llmfirst-language", secret="not a secret")
        with gr.Row(elem_id="top"):
            heading = gr.HTML(_heading("en"), elem_id="heading", padding=False)
            language = gr.Radio(
                [("한국어", "ko"), ("English", "en")],
                value="en",
                label="언어 · Language",
                elem_id="language",
                container=False,
                interactive=True,
            )
        with gr.Column(elem_id="ask-tab"):
            tab = build_ask_tab("en")
        wire_ask_tab(tab, ask, language)

        async def on_load(kept: str | None, request: gr.Request) -> list[Any]:
            chosen = _language(kept, request.headers.get("accept-language", ""))
            return [chosen, _heading(chosen), *words(chosen), await ask.picker(None, chosen)]

        async def on_language(chosen: Language, model: str | None) -> list[Any]:
            return [chosen, _heading(chosen), *words(chosen), await ask.picker(model, chosen)]

        async def on_open(chosen: Language, request: gr.Request) -> AsyncGenerator[list[Any], None]:
            async with aclosing(ask.on_open(request.query_params.get("run"), chosen)) as views:
                async for view in views:
                    yield view

        quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        loaded = blocks.load(on_load, remembered, [language, heading, *tab.worded, tab.model], **quiet)
        loaded.then(ask.on_model, [tab.model, language], [tab.ready, tab.ask], **quiet)
        loaded.then(on_open, language, tab.shown, **quiet)
        switched = language.input(
            on_language, [language, tab.model], [remembered, heading, *tab.worded, tab.model], **quiet
        )
        # A screen reader chooses its voice by the language of the page.
        speak = "(chosen) => { document.documentElement.lang = chosen; }"
        loaded.then(None, language, None, js=speak, api_visibility="private")
        switched.then(None, language, None, js=speak, api_visibility="private")
        switched.then(ask.on_model, [tab.model, language], [tab.ready, tab.ask], **quiet)
    return Page(blocks, _theme(), _asset("page.css"), f"<script>{_asset('page.js')}</script>")


def _language(kept: str | None, accepted: str) -> Language:
    match kept:
        case "ko" | "en":
            return kept
        case _:
            return accepted_language(accepted)


def _heading(language: Language) -> str:
    return f"<h1>llmfirst</h1><span>{TEXTS[language].tagline}</span>"


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
