"""What the page itself does: its address, its languages, its keys, its first screen; the model is scripted."""

import pytest
from playwright.sync_api import expect

from llmfirst.events import PHASES
from llmfirst.texts import texts_in
from tests.browser.conftest import HEIGHT, Open, Serve
from tests.browser.served import Gate, ShelfProvider, gated, whole
from tests.browser.visit import Visit
from tests.scripted import END, PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MARKDOWN = """1. First
   - inner one
   - inner two
     1. innermost
2. Second

```python
def answer():
    if True:
        return 42
```
"""
# The room beside a list's first line, and how wide the widest number of the list is, in pixels.
_NUMBERS = """() => [...document.querySelectorAll('.panel ol')].map((list) => {
  const pen = document.createElement('canvas').getContext('2d'), style = getComputedStyle(list);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return [parseFloat(style.paddingInlineStart), pen.measureText(`${list.start + list.children.length - 1}. `).width];
})"""
# Whatever hides what does not fit, and holds more than fits.
_CUT = """() => [...document.querySelectorAll('.gradio-container *')].filter((one) =>
  one.offsetParent && one.clientWidth > 1 && one.textContent.trim() &&
  !one.closest('pre, [data-testid=status-tracker]') &&
  getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1
).map((one) => `${one.tagName}#${one.id}.${one.className}: ${one.textContent.trim()}`)"""


def labels(page: Visit) -> list[str]:
    chosen = ("#heading span", "#question [data-testid=block-info]", "#model [data-testid=block-info]", "#buttons #ask")
    headings = page.page.locator(".panel-title h2").all_inner_texts()
    return [*[page.text(one) for one in (*chosen, "#buttons #stop", "#examples-title")], *headings]


def words(language: str) -> list[str]:
    texts = texts_in("ko" if language == "ko" else "en")
    named = [texts.page.tagline, texts.shared.question, texts.shared.model]
    named += [texts.ask.ask, texts.ask.stop, texts.ask.examples_title]
    return [*named, *[texts.shared.phases[phase] for phase in PHASES]]


def test_a_reload_finds_the_run_again_with_its_text(serve: Serve, visit: Open) -> None:
    gate = Gate()
    page = visit(serve(PerSection(["plan", END], gated("Half a ", gate, "core.", END), *whole("A")[2:])).url)
    page.ask("why?")
    page.wait_for("#panel-core", "Half a")
    run_id = page.run_id()
    page.reload()
    page.wait_for("#panel-core", "Half a")
    gate.open()
    page.wait_for("#state", "Complete")
    shown = page.panels()
    assert shown["core"] == "Half a core."
    strip = page.text("#strip")
    page.reload()
    page.wait_for("#state", "Complete")
    assert page.panels() == shown
    assert page.text("#strip") == strip
    assert page.run_id() == run_id


def test_a_run_that_is_opened_again_has_its_question_and_its_model(serve: Serve, visit: Open) -> None:
    served = serve(ShelfProvider(Gate(), *whole("A")))
    page = visit(served.url)
    page.ask("Is 10~20 <b>many</b>?")
    page.wait_for("#state", "Complete")
    page.reload()
    again = visit(page.page.url)
    for one in (page, again):
        one.wait_for("#state", "Complete")
        expect(one.page.locator("#question textarea")).to_have_value("Is 10~20 <b>many</b>?")
        expect(one.page.locator("#model input")).to_have_value("small (embedded) · Q4_1 · 0.1 GB · installed")


def test_an_address_of_no_run_says_so(serve: Serve, visit: Open) -> None:
    page = visit(f"{serve(PerSection()).url}/?run=0123456789abcdef")
    page.wait_for("#problem", "No saved answer at this link.")


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("fr-FR", "en")])
def test_the_page_starts_in_the_language_of_the_browser(serve: Serve, visit: Open, locale: str, language: str) -> None:
    page = visit(serve(PerSection()).url, locale=locale)
    assert labels(page) == words(language)
    expect(page.page.locator("html")).to_have_attribute("lang", language)


def test_the_language_switch_changes_every_label_and_is_remembered(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(*whole("A"))).url)
    page.page.get_by_text("한국어").click()
    page.wait_for("#buttons #ask", texts_in("ko").ask.ask)
    page.wait_for("#ready", "준비 완료")
    assert labels(page) == words("ko")
    expect(page.page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.page.locator("#question textarea")).to_have_attribute("placeholder", texts_in("ko").ask.question_hint)
    page.reload()
    assert labels(page) == words("ko")
    page.ask("왜?")
    page.wait_for("#state", "완료")


def test_a_chosen_model_is_brought_here_while_the_page_says_how_far_it_is(serve: Serve, visit: Open) -> None:
    gate = Gate()
    served = serve(ShelfProvider(gate, *whole("A")))
    page = visit(served.url)
    page.page.locator("#model input").click()
    offers = page.page.locator("[role=option]")
    expect(offers.nth(0)).to_contain_text("small (embedded) · Q4_1 · 0.1 GB · installed")
    expect(offers.nth(1)).to_contain_text("large (embedded) · 1.5B · 1.1 GB · Apache-2.0 · needs download")
    assert offers.nth(1).evaluate("offer => offer.offsetHeight") < 45  # one line
    page.page.set_viewport_size({"width": 390, "height": 844})
    expect(offers.nth(1)).to_be_in_viewport(ratio=1)
    offers.nth(1).click()
    page.wait_for("#ready", "Downloading 50 % (550 / 1,100 MB)")
    expect(page.page.locator("#buttons #ask")).to_be_disabled()
    gate.open()
    page.wait_until_ready()
    page.ask("why?")
    page.wait_for("#state", "Complete")
    assert served.provider.requests[0].model == "large"


def test_nested_lists_and_code_keep_their_form(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(["plan", END], [_MARKDOWN, END], *whole("A")[2:])).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    core = page.page.locator("#panel-core")
    expect(core.locator("ol > li > ul > li")).to_have_count(2)
    expect(core.locator("ol > li > ul > li > ol > li")).to_have_text("innermost")
    assert core.locator("pre code").inner_text().rstrip("\n") == _MARKDOWN[_MARKDOWN.index("def") : -5]


def test_a_list_number_of_three_digits_is_shown_whole(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(["plan", END], ["98. a\n99. b\n100. c\n", END], *whole("A")[2:])).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    page.panel("core")
    [(room, width)] = page.page.evaluate(_NUMBERS)
    assert room > width + 2


def test_the_keyboard_alone_reaches_question_model_ask_and_stop(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(*whole("A"))).url)
    page.page.locator("#language input:checked").focus()
    reached = []
    for _ in range(10 + len(texts_in("en").ask.examples)):
        page.page.keyboard.press("Tab")
        reached.append(page.page.evaluate("() => document.activeElement.closest('[id]:not([id^=component])')?.id"))
    tabs = [f"{name}-tab-button" for name in ("ask", "compare", "evaluation", "history", "system")]
    assert sorted(reached[:6]) == sorted([*tabs, "present"])
    assert reached[6:10] == ["question", "model", "open-settings", "ask"]
    assert reached[10:14] == ["examples"] * len(texts_in("en").ask.examples)
    page.write("why?")
    for _ in range(3):
        page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.wait_for("#state", "Complete")


def test_all_that_asks_stands_on_the_first_screen_of_a_projector_and_nothing_jumps_while_an_answer_is_written(
    serve: Serve, visit: Open
) -> None:
    first, second = Gate(), Gate()
    core, details = gated("Be ", first, "core.", END), gated("Be ", second, "detail.", END)
    page = visit(serve(PerSection(["plan", END], core, details, ["An end.", END])).url)
    asking = box(page, "#examples")
    assert asking["y"] + asking["height"] <= HEIGHT
    page.ask("why?")
    page.wait_for("#panel-core", "Be")
    before = [box(page, one) for one in ("#bar", "#text", ".part.core")]
    first.open()
    page.wait_for("#panel-details", "Be")
    assert [box(page, one) for one in ("#bar", "#text", ".part.core")] == before
    second.open()
    page.wait_for("#state", "Complete")
    after = box(page, "#text")  # what is done with an answer stands below it
    assert [box(page, "#bar"), after | {"height": before[1]["height"]}, box(page, ".part.core")] == before
    assert before[1]["y"] + before[1]["height"] <= HEIGHT


@pytest.mark.parametrize("width", [1280, 420])
def test_no_label_is_cut_and_nothing_stands_beside_the_screen(serve: Serve, visit: Open, width: int) -> None:
    page = visit(serve(PerSection(*whole("A"))).url, width=width)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    for language in ("English", "한국어"):
        page.page.get_by_text(language).click()
        page.wait_for("#buttons #ask", texts_in("ko" if language == "한국어" else "en").ask.ask)
        assert page.page.evaluate(_CUT) == []
        assert page.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def box(page: Visit, selector: str) -> dict[str, float]:
    found = page.page.locator(selector).bounding_box()
    assert found is not None, f"{selector} is not shown"
    return {side: round(found[side]) for side in ("x", "y", "width", "height")}
