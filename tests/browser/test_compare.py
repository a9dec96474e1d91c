"""The Compare tab in a real browser: columns that write at their own pace, found again, with the keyboard only."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found
from tests.comparing import PacedProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "Why is the sky blue?"
FIRST, SECOND = (f'[data-column="{number}"]' for number in range(2))
# The order in which the columns came to their ends, as a reader sees it.
_WATCH = """() => {
  window.ended = [];
  new MutationObserver(() => {
    for (const column of document.querySelectorAll(".answer-column"))
      if (column.querySelector("[data-stage=ended]") && !ended.includes(column.dataset.column))
        ended.push(column.dataset.column);
  }).observe(document.querySelector("#compare-columns"), {subtree: true, childList: true, attributes: true});
}"""


def open_tab(page: Page) -> None:
    expect(page.locator("#compare-tab")).to_have_attribute("data-stage", "home")
    expect(page.locator("#compare-model-0 input")).to_have_value(re.compile("quick"))


def test_two_models_answer_at_their_own_pace_and_are_found_again_by_their_address(serve: Serve, visit: Open) -> None:
    provider = PacedProvider({"quick": 0.01, "slow": 0.08})
    url = serve(provider, slots=2).url
    here = visit(f"{url}/?compare", is_ready=False)
    page = here.page
    open_tab(page)
    assert found(here) == []
    # With the keyboard only.
    page.locator("#compare-order input[value=side_by_side]").focus()
    page.keyboard.press("Space")
    page.locator("#compare-question textarea").focus()
    page.keyboard.type(QUESTION)
    page.evaluate(_WATCH)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#compare-tab")).to_have_attribute("data-stage", "busy")
    page.wait_for_url(re.compile(r"\?session="))
    address = page.url
    expect(page.locator(f"{FIRST} .at-state")).to_have_text("Complete")
    assert page.evaluate("() => ended") == ["0"]
    # A reload finds the slow column still writing, and goes on with it.
    here.reload(is_ready=False)
    expect(page.locator("#compare-line h2")).to_have_text(QUESTION)
    expect(page.locator("#compare-tab")).to_have_attribute("data-stage", "session", timeout=40_000)
    for column, name in ((FIRST, "quick"), (SECOND, "slow")):
        expect(page.locator(f"{column} .at-state")).to_have_text("Complete")
        expect(page.locator(f"{column} h3")).to_contain_text(name)
        for part in ("strategy", "core", "details", "conclusion"):
            expect(page.locator(f"{column} .part.{part} .panel")).to_contain_text("Sentence 3 of call")
    # The same parts stand in one row, and the times have one scale.
    tops = [page.locator(f"{column} .part.details").bounding_box() for column in (FIRST, SECOND)]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] == tops[1]["y"]
    bars = [page.locator(f"{column} .pace .fill.conclusion").bounding_box() for column in (FIRST, SECOND)]
    starts = [page.locator(f"{column} .pace").last.bounding_box() for column in (FIRST, SECOND)]
    ends = [bar["x"] + bar["width"] - start["x"] for bar, start in zip(bars, starts, strict=True) if bar and start]
    assert ends[0] * 3 < ends[1]
    assert found(here) == []
    # The list has it, and another visit in another language and theme opens it by its address.
    page.locator("#compare-bar button").press("Enter")
    expect(page.locator("#compare-sessions .open")).to_have_text(QUESTION)
    assert "session=" not in page.url
    other = visit(f"{address}&__theme=dark", is_ready=False, locale="ko-KR", width=390, is_dark=True)
    expect(other.page.locator(f"{FIRST} .at-state")).to_have_text("완료")
    expect(other.page.locator(FIRST)).to_be_visible()
    expect(other.page.locator(SECOND)).to_be_hidden()
    other.page.locator("[name=compare-page]").first.press("ArrowRight")
    expect(other.page.locator(SECOND)).to_be_visible()
    expect(other.page.locator(FIRST)).to_be_hidden()
    assert found(other) == []


def test_a_list_is_worked_through_by_one_key_and_escape_stops_all(serve: Serve, visit: Open) -> None:
    provider = PacedProvider({"quick": 0.0, "slow": 0.0})
    here = visit(f"{serve(provider).url}/?compare", is_ready=False)
    page = here.page
    open_tab(page)
    page.locator("#compare-more > button").press("Enter")
    page.locator("#compare-pasted textarea").fill("One?\nTwo?")
    page.locator("#compare-pasted textarea").press("Control+Enter")
    expect(page.locator("#compare-line h2")).to_have_text("One?")
    expect(page.locator("#compare-next")).to_be_visible()
    for column in (FIRST, SECOND):
        expect(page.locator(f"{column} .at-state")).to_have_text("Complete")
    provider.pauses |= {"quick": 0.3, "slow": 0.3}
    page.locator("#compare-line .chip").first.focus()
    page.keyboard.press("n")
    expect(page.locator("#compare-line h2")).to_have_text("Two?")
    expect(page.locator("#compare-stop")).to_be_visible()
    expect(page.locator("#compare-columns")).to_contain_text("Waiting for its turn")
    page.keyboard.press("Escape")
    expect(page.locator("#compare-tab")).to_have_attribute("data-stage", "session")
    expect(page.locator("#compare-columns")).to_contain_text("Stopped before its turn")
    # What was asked before is shown again, and goes with its session, after a question.
    page.locator("#compare-line .chip").first.press("Enter")
    expect(page.locator("#compare-line h2")).to_have_text("One?")
    expect(page.locator(f"{FIRST} .at-state")).to_have_text("Complete")
    page.locator("#compare-bar input").fill("A title of my own")
    page.locator("#compare-bar input").press("Enter")
    page.locator("#compare-bar button").click()
    expect(page.locator("#compare-sessions .open")).to_have_text("A title of my own")
    page.locator("#compare-sessions .delete").focus()
    expect(page.locator("#compare-sessions .delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#compare-dialog dialog")).to_contain_text("A title of my own")
    page.keyboard.press("Escape")
    expect(page.locator("#compare-sessions .open")).to_be_visible()
    page.locator("#compare-sessions .delete").press("Enter")
    page.locator("#compare-dialog [value=delete]").click()
    expect(page.locator("#compare-sessions")).to_contain_text("None yet")
