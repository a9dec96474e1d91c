"""Tabs that belong to another one: the bar has no button for them, and a line of links leads from each to its kin."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from llmfirst.events import Language


class Kin(Protocol):
    """What the links need of a tab."""

    name: str
    opened_by: tuple[str, ...]
    within: str | None

    def title(self, language: Language) -> str: ...


def family_of(tab: Kin, tabs: Sequence[Kin]) -> list[Kin]:
    """Return the tab, or the one to which it belongs, and all that belong to that."""
    head = tab.within or tab.name
    return [other for other in tabs if head in (other.name, other.within)]


def links_html(tab: Kin, tabs: Sequence[Kin], language: Language) -> str:
    """Return the line of links above a tab; empty where it is alone."""
    family = family_of(tab, tabs)
    if len(family) == 1:
        return ""
    here = ' aria-current="page"'
    links = "".join(
        f'<a href="?{other.opened_by[0]}" data-tab="{other.name}"{here if other.name == tab.name else ""}>'
        f"{escape(other.title(language))}</a>"
        for other in family
    )
    return f'<nav class="kin" aria-label="{escape(family[0].title(language))}">{links}</nav>'


def css_of(tabs: Sequence[Kin]) -> str:
    """Return the style that hides the buttons of such tabs and marks the button of the one that they belong to."""
    rules = ["", *(f"#{tab.name}-tab-button {{ display: none; }}" for tab in tabs if tab.within)]
    rules += [
        f"#tabs:has(#{tab.name}-tab-button[aria-selected='true']) #{tab.within}-tab-button "
        "{ color: var(--primary-600); border-bottom: 2px solid currentColor; }"
        for tab in tabs
        if tab.within
    ]
    return "\n".join(rules)
