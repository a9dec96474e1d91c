"""Both languages on the page: a switch changes all of it, also while an answer is written and when it has ended."""

import pytest
from playwright.sync_api import expect

from llmfirst.texts import texts_in
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, gated
from tests.browser.visit import Visit
from tests.scripted import END, PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KOREAN, ENGLISH = texts_in("ko"), texts_in("en")
# What is on the page in the other language; the model's text, names and the choice of the language itself are none.
_HANGUL = """() => [...document.querySelectorAll('#ask-tab, #top h1, #heading span')].flatMap((root) => {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
  for (let node; (node = walk.nextNode());) {
    const parent = node.parentElement;
    if (parent.checkVisibility() && !parent.closest('.md, #examples, #recordings, #question, #language') &&
        /[\\uac00-\\ud7a3]/.test(node.textContent)) found.push(node.textContent.trim());
  }
  return found;
})"""


def switch_to(page: Visit, name: str) -> None:
    page.page.locator("#language").get_by_text(name).click()


def test_a_switch_changes_the_whole_answer_while_it_is_written_and_when_it_has_ended(serve: Serve, visit: Open) -> None:
    gate, last = Gate(), Gate()
    core, end = gated("Half a ", gate, "core.", END), gated(last, END)
    page = visit(serve(PerSection(["plan", END], core, ["details.", END], end, ["The end.", END])).url)
    page.ask("why?")
    page.wait_for("#panel-core", "Half a")
    switch_to(page, "한국어")
    page.wait_for("#state", KOREAN.shared.phases["core"])
    expect(page.page).to_have_title(f"llmfirst · {KOREAN.page.tagline}")
    page.wait_for("#budget", "초 사용")
    gate.open()
    page.wait_for("#state", KOREAN.shared.phases["conclusion"])
    last.open()
    page.wait_for("#state", KOREAN.run.outcomes["complete"])
    page.wait_for("#notice", KOREAN.guards["empty"])
    page.wait_for("#strip", KOREAN.timing.first_text)
    page.wait_for("#why", KOREAN.why.title)
    switch_to(page, "English")
    page.wait_for("#state", ENGLISH.run.outcomes["complete"])
    page.wait_for("#notice", ENGLISH.guards["empty"])
    page.wait_for("#strip", ENGLISH.timing.first_text)
    page.wait_for("#why", ENGLISH.why.title)
    page.wait_for("#ready", "Ready")
    assert page.page.evaluate(_HANGUL) == []
    page.page.locator("button#replay").click()
    page.wait_for("#why", ENGLISH.why.title)
    switch_to(page, "한국어")  # the replay stands at its end
    page.wait_for("#why", KOREAN.why.title)
    page.wait_for("#state", KOREAN.run.outcomes["complete"])


# Every text that was on the page from its first paint on, and how far what was painted has moved.
_FROM_THE_START = """
window.painted = []; window.shifts = [];
const look = () => {
  const main = document.querySelector("main");
  const words = main?.checkVisibility({visibilityProperty: true}) ? main.innerText : "";
  if (words && painted.at(-1) !== words) painted.push(words);
  requestAnimationFrame(look);
};
look();
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    for (const {node, previousRect, currentRect} of entry.sources)
      if (node && document.querySelector("main")?.contains(node))
        shifts.push(`${node.id || node.className || node.textContent} ${previousRect.y} ${currentRect.y}`);
}).observe({type: "layout-shift", buffered: true});
"""


def test_a_korean_visitor_sees_korean_from_the_first_paint_on(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection()).url, locale="ko-KR", watch=_FROM_THE_START)
    expect(page.page).to_have_title(f"llmfirst · {KOREAN.page.tagline}")
    page.wait_for("#ready", "준비 완료")
    painted = page.page.evaluate("() => painted")
    for english in (ENGLISH.page.tagline, ENGLISH.ask.stop, ENGLISH.shared.phases["core"], ENGLISH.replay.until_ready):
        assert not [words for words in painted if f"\n{english}\n" in f"\n{words}\n"]
    assert page.page.evaluate("() => shifts") == []
    switch_to(page, "English")
    page.wait_for("#ready", "Ready")
    page.reload()
    painted = page.page.evaluate("() => painted")
    assert not [words for words in painted if KOREAN.page.tagline in words]
