"""Tabs that belong to another one, and the links between them."""

from dataclasses import dataclass

from llmfirst.events import Language
from llmfirst.ui.subtabs import css_of, family_of, links_html


@dataclass
class Made:
    name: str
    opened_by: tuple[str, ...]
    within: str | None = None

    def title(self, language: Language) -> str:
        return f"<{self.name} {language}>"


HEAD, KIN, ALONE = Made("compare", ("compare", "session")), Made("deck", ("deck",), "compare"), Made("history", ("h",))
TABS = [HEAD, KIN, ALONE]


def test_a_tab_and_those_that_belong_to_it_are_linked_with_each_other() -> None:
    assert family_of(KIN, TABS) == family_of(HEAD, TABS) == [HEAD, KIN]
    links = links_html(KIN, TABS, "ko")
    assert '<a href="?compare" data-tab="compare">&lt;compare ko&gt;</a>' in links
    assert '<a href="?deck" data-tab="deck" aria-current="page">&lt;deck ko&gt;</a>' in links
    assert "history" not in links


def test_a_tab_that_is_alone_has_no_links() -> None:
    assert links_html(ALONE, TABS, "en") == ""


def test_only_a_tab_that_belongs_to_another_has_no_button() -> None:
    assert "#deck-tab-button { display: none; }" in css_of(TABS)
    assert "#compare-tab-button { display" not in css_of(TABS)
