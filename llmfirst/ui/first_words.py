"""The words with which the page is painted first: it is built once, and sent in the language of each visitor."""

import json
from collections.abc import Mapping
from typing import Any, Final

import gradio as gr

from llmfirst.events import Language, accepted_language
from llmfirst.ui.updates import Updates

LANGUAGE_COOKIE: Final = "llmfirst-language"
"""Where the browser keeps the language that was chosen last."""
SPEAK: Final = "(language) => { document.documentElement.lang = language; }"
"""A screen reader chooses its voice by the language of the page."""
_KEEP: Final = f"""(language) => {{
  document.documentElement.lang = language;
  document.title = TITLES[language];
  document.cookie = `{LANGUAGE_COOKIE}=${{language}}; path=${{location.pathname}}; max-age=31536000; samesite=lax`;
}}"""

# Before Gradio's own script reads what the page is made of.
_PUT_IN: Final = """(({title, words}) => {
  const config = window.gradio_config;
  config.title = document.title = title;
  for (const one of config.components) Object.assign(one.props, words[one.id]);
})(%s);"""


def language_of(cookies: Mapping[str, str], accepted: str) -> Language:
    """Return the language of a visitor: the one chosen last, else that of the browser."""
    match cookies.get(LANGUAGE_COOKIE):
        case "ko" | "en" as kept:
            return kept
        case _:
            return accepted_language(accepted)


def keep_script(titles: Mapping[Language, str]) -> str:
    """Return the same for a language that was chosen: the browser keeps it, and the page has its title."""
    return _KEEP.replace("TITLES", json.dumps(titles, ensure_ascii=False))


def first_words(title: str, updates: Updates) -> str:
    """Return a script that puts the new values of components into the page before it is painted."""
    words = {component._id: _properties(update) for component, update in updates.items()}
    told = json.dumps({"title": title, "words": words}, ensure_ascii=False)
    return _PUT_IN % told.replace("<", "\\u003c")


def _properties(update: Any) -> dict[str, Any]:
    if isinstance(update, gr.components.Component):
        update = update.get_config()
    if isinstance(update, dict) and update.get("__type__") == "update":
        return {name: value for name, value in update.items() if name != "__type__"}
    return {"value": update}
