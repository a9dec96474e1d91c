"""An answer on the page while it is written: its header, its room, its buttons; the model is scripted."""

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, expect

from llmfirst.errors import ProviderUnavailable
from tests.browser.conftest import HEIGHT, Open, Serve
from tests.browser.served import Gate, ShelfProvider, gated, whole
from tests.browser.visit import Visit
from tests.scripted import END, PerSection

pytestmark = pytest.mark.browser
_ROOM: Final = 500
_PLAN: Final = ", ".join(f"then point {number} about the light, the air and the evening" for number in range(9))
_QUESTION: Final = (
    "Is 10~20 <b>many</b>? Say it for the guests of a small cafe on a Monday morning in November, by their age, by the "
    "weather, and then which of the three tables by the window should be kept for them, with your reasons."
)


def paragraphs(first: int, last: int) -> str:
    """Return paragraphs of which none repeats another."""
    return "".join(
        f"For reason {' '.join(f'{number}{letter}' for letter in 'abcdefgh')}.\n\n" for number in range(first, last)
    )


# How wide a review of one percent of the time is drawn, as a share of the bar.
_REVIEW: Final = """() => {
  const track = document.querySelector(".budget .track");
  track.insertAdjacentHTML("beforeend", '<span class="fill review" style="left:50%;width:1%"></span>');
  return track.lastChild.getBoundingClientRect().width / track.clientWidth;
}"""


_IS_CUT: Final = "(one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1"


def edges(one: Locator) -> tuple[float, float]:
    """Return where something begins and ends on the screen."""
    top, bottom = one.evaluate("(one) => { const {top, bottom} = one.getBoundingClientRect(); return [top, bottom]; }")
    return top, bottom


def room(page: Visit) -> float:
    """Return how much of the screen is left for the sections."""
    _, bar_ends = edges(page.page.locator("#bar"))
    core_begins, _ = edges(page.page.locator(".part.core"))
    return HEIGHT - max(bar_ends, core_begins)


def headed(page: Visit) -> None:
    """Check the header: the question as it was asked, and who answered it."""
    expect(page.page.locator("#head .asked")).to_contain_text(_QUESTION)
    expect(page.page.locator("#head .by")).to_contain_text("small · embedded · asked directly · ")
    expect(page.page.locator("#head time")).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT.*\+00:00$"))


def test_an_answer_has_its_header_and_the_room_is_followed_and_stop_is_in_sight(serve: Serve, visit: Open) -> None:
    early, late, later, end = Gate(), Gate(), Gate(), Gate()
    core = gated(paragraphs(0, 1), early, paragraphs(1, 8), END)
    details = gated(paragraphs(8, 15), late, paragraphs(15, 16), later, paragraphs(16, 17), END)
    page = visit(serve(ShelfProvider(Gate(), [_PLAN, END], core, details, gated("Be ", end, "done.", END))).url)
    ask, stop = page.page.locator("#buttons #ask"), page.page.locator("#buttons #stop")
    expect(stop).to_be_hidden()
    page.ask(_QUESTION)
    page.wait_for("#panel-core", "For reason")
    assert room(page) >= _ROOM
    strategy, plan = page.page.locator(".part.strategy"), page.page.locator("#panel-strategy .md")
    shown, whole_plan = plan.evaluate("(one) => [one.clientHeight, one.scrollHeight]")
    line = plan.evaluate("(one) => parseFloat(getComputedStyle(one).lineHeight)")
    assert line < shown <= 2 * line + 1 < whole_plan
    strategy.locator("summary").first.click()
    assert plan.evaluate("(one) => one.clientHeight") > 2 * line + 1
    strategy.locator("summary").first.click()
    expect(ask).to_be_hidden()
    headed(page)

    early.open()
    written = page.page.locator("#text .part:not(.strategy) .md p")
    expect(written).to_have_count(15)
    expect(written.last).to_be_in_viewport()
    assert room(page) >= _ROOM
    for one in (stop, page.page.locator("#head .asked"), page.page.locator("#state")):
        expect(one).to_be_in_viewport()
    page.page.mouse.move(600, 400)
    page.page.mouse.wheel(0, -300)
    expect(written.last).not_to_be_in_viewport()
    stays = page.page.evaluate("scrollY")
    late.open()
    expect(written).to_have_count(16)
    assert page.page.evaluate("scrollY") == stays
    page.page.keyboard.press("End")
    page.page.mouse.wheel(0, 3_000)
    expect(written.last).to_be_in_viewport()
    later.open()
    page.wait_for("#panel-conclusion", "Be")
    expect(page.page.locator("#panel-conclusion .md p")).to_be_in_viewport()

    page.page.locator("#model input").click()
    page.page.locator("[role=option]").nth(1).click()
    page.wait_for("#ready", "large")
    headed(page)
    end.open()
    page.wait_for("#state", "Complete")
    expect(ask).to_be_visible()
    expect(stop).to_be_hidden()
    headed(page)
    for line in ("#head .asked", "#head .by"):
        assert not page.page.locator(line).evaluate(_IS_CUT), line
    assert page.page.locator("#question textarea").evaluate("(one) => one.scrollTop") == 0
    assert page.page.evaluate(_REVIEW) == pytest.approx(0.01, rel=0.1)
    page.reload()
    page.wait_for("#state", "Complete")
    headed(page)


def test_a_failed_ask_leaves_the_answer_and_is_told_at_the_field(serve: Serve, visit: Open) -> None:
    gone = ProviderUnavailable("The model is <b>gone</b>: start it.")
    page = visit(serve(PerSection([gone], [gone], [gone], *whole("A"), [gone], [gone], [gone])).url)
    page.ask("Who?")
    page.wait_for("#notice", "The model is <b>gone</b>: start it.")
    expect(page.page.locator("#head .asked")).to_contain_text("Who?")
    expect(page.page.locator("#text")).to_be_hidden()
    page.ask("why?")
    page.wait_for("#state", "Complete")
    expect(page.page.locator("#text")).to_be_visible()
    answered = page.run_id()
    for question, message in (("", "The question is empty."), ("and now?", "The model is <b>gone</b>: start it.")):
        page.write(question)
        page.page.locator("#question textarea").press("Control+Enter")
        page.wait_for("#problem", message)
        page.wait_for("#state", "Complete")
        assert page.panel("core") == "A core."
        expect(page.page.locator("#head .asked")).to_contain_text("why?")
        expect(page.page.locator("#head time")).not_to_contain_text("UTC")
        assert page.run_id() == answered
    expect(page.page.locator("#question textarea")).to_have_value("and now?")


def test_stop_says_at_once_that_it_was_heard_and_the_focus_goes_along(serve: Serve, visit: Open) -> None:
    gate = Gate()
    page = visit(serve(PerSection(["plan", END], gated("Half", gate, END))).url)
    page.write("why?")
    page.page.locator("#buttons #ask").press("Enter")
    page.wait_for("#panel-core", "Half")
    stop = page.page.locator("#buttons #stop")
    expect(stop).to_be_focused()
    stop.press("Enter")
    page.wait_for("#state", "Stopped")
    assert "Stopping…" in page.seen()["states"]
    expect(page.page.locator("#buttons #ask")).to_be_focused()
    gate.open()
