"""What a model thinks, on the real page: named, timed, apart from the answer; the model is scripted."""

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from llmfirst.events import QuestionSubmitted
from llmfirst.providers.base import Chunk
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, gated, whole
from tests.browser.visit import Visit
from tests.scripted import END, PerSection, Reply, Step

pytestmark = pytest.mark.browser
_WORDS: Final = "#thought-core .words"
_HEIGHTS: Final = "(box) => [box.clientHeight, box.scrollHeight]"
# What is on the clipboard after everything on the page was copied.
_COPIED: Final = """() => {
  getSelection().selectAllChildren(document.querySelector("main"));
  document.execCommand("copy");
  return navigator.clipboard.readText();
}"""
# The longest time for which the page could not react while the model's thinking came in.
_LONGEST_TASK: Final = """() => {
  window.tasks = [0];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({entryTypes: ["longtask"]});
}"""


class Tellable(PerSection):
    """A scripted model that can be told whether to think."""

    can = PerSection.can.model_copy(update={"think": ("off", "on")})


def thought(text: str) -> Chunk:
    return Chunk(thought=text)


def opened(page: Visit) -> None:
    page.page.locator("#thought-core summary").click()
    expect(page.page.locator(_WORDS)).to_be_visible()


def test_thinking_has_a_named_state_with_a_clock_and_is_opened_by_a_click(serve: Serve, visit: Open) -> None:
    thinking, writing = Gate(), Gate()
    core = gated(thought("Let me <b>see</b>.\nIt is"), thinking, thought(" so.\n\nYes."), writing, "A core.", END)
    page = visit(serve(PerSection(["A plan.", END], core, *whole("A")[2:])).url)
    page.ask("why?")
    page.wait_for("#state", "Core: The model is thinking")
    expect(page.page.locator("#clock")).to_have_text(re.compile(r"[1-9]\.\d s"))
    expect(page.page.locator("#thought-core summary")).to_have_text(re.compile(r"Thinking · [1-9]\.\d s"))
    words = page.page.locator(_WORDS)
    expect(words).to_be_hidden()
    opened(page)
    assert words.inner_text() == "Let me <b>see</b>.\nIt is"
    thinking.open()
    page.wait_for(_WORDS, "It is so.\n\nYes.")
    writing.open()
    page.wait_for("#state", "Complete")
    expect(words).to_be_visible()
    assert words.inner_text() == "Let me <b>see</b>.\nIt is so.\n\nYes."
    assert page.panels() == {"strategy": "A plan.", "core": "A core.", "details": "A details.", "conclusion": "A end."}
    expect(page.page.locator(".thought").filter(visible=True)).to_have_count(1)


def test_thinking_is_in_no_copy_but_its_own_and_is_there_after_a_reload(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(["A plan.", END], [thought("Let me see."), "A core.", END], *whole("A")[2:])).url)
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.ask("why?")
    page.wait_for("#state", "Complete")
    page.run_id()
    page.reload()
    page.wait_for("#state", "Complete")
    expect(page.page.locator(_WORDS)).to_be_hidden()
    opened(page)
    assert page.text(_WORDS) == "Let me see."
    copied = page.page.evaluate(_COPIED)
    assert "A core." in copied
    assert "A end." in copied
    assert "Let me see." not in copied
    page.page.locator(_WORDS).click(click_count=3)
    page.page.keyboard.press("Control+c")
    assert page.page.evaluate("navigator.clipboard.readText()").strip() == "Let me see."


def test_the_thinking_of_another_answer_begins_empty_and_closed(serve: Serve, visit: Open) -> None:
    gate = Gate()
    first: list[Reply] = [["A plan.", END], [thought("Let me see."), "A core.", END], *whole("A")[2:]]
    page = visit(serve(PerSection(*first, ["B plan.", END], gated(thought("Now"), gate, "B core.", END))).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    opened(page)
    page.ask("and now?")
    page.wait_for("#panel-strategy", "B plan.")
    page.wait_for("#thought-core summary", "Thinking")
    expect(page.page.locator(_WORDS)).to_be_hidden()
    expect(page.page.locator(_WORDS)).to_have_text("Now")
    page.page.locator("#buttons #stop").click()
    page.wait_for("#state", "Stopped")
    gate.open()


@pytest.mark.slow
def test_what_is_chosen_about_thinking_is_asked_for_and_remembered(serve: Serve, visit: Open) -> None:
    served = serve(Tellable(*whole("A"), *whole("B")))
    page = visit(served.url)
    page.page.locator("#open-settings").click()
    picker = page.page.locator("#think input")
    expect(picker).to_have_value("Automatic")
    picker.click()
    expect(page.page.locator("[role=option]")).to_have_text([re.compile(level) for level in ("Off", "Automatic", "On")])
    page.page.locator("[role=option]").nth(2).click()
    page.ask("why?")
    page.wait_for("#state", "Complete")
    page.reload()
    expect(picker).to_have_value("On")
    page.page.get_by_text("한국어").click()
    expect(picker).to_have_value("켜기")
    page.ask("why?")
    page.wait_for("#panel-core", "B core.")
    [submitted, *_] = served.store.load(page.run_id()).events
    assert isinstance(submitted, QuestionSubmitted)
    assert submitted.think == "on"


def test_a_model_that_cannot_be_told_to_think_says_so_in_the_picker(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection()).url)
    expect(page.page.locator("#think input")).to_have_value("cannot be set")
    expect(page.page.locator("#think input")).to_be_disabled()


@pytest.mark.slow
@pytest.mark.parametrize("line", ["so it thinks about this \U0001f914 ", "so it thinks about this\n", "\n"])
def test_very_long_thinking_is_whole_in_its_box_and_does_not_slow_the_page(
    serve: Serve, visit: Open, line: str
) -> None:
    piece = line * (1_000 // len(line))
    steps: list[Step] = [thought(piece) if place % 2 else 0.02 for place in range(580)]
    page = visit(serve(PerSection(["A plan.", END], [*steps, "A core.", END], *whole("A")[2:])).url)
    page.page.evaluate(_LONGEST_TASK)
    page.ask("why?")
    page.wait_for("#thought-core summary", "Thinking")
    opened(page)
    page.wait_for("#state", "Complete", 60)
    assert page.page.evaluate(f"document.querySelector('{_WORDS}').textContent") == piece * 290
    shown, height = page.page.locator(_WORDS).evaluate(_HEIGHTS)
    assert shown < 250 < height
    assert page.page.evaluate("Math.max(...window.tasks)") < 1_000
