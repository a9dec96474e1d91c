"""Keys on the real page: they belong to where the focus is, and to an input method that is composing."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from llmfirst.events import PHASES
from tests.browser.conftest import Open, Serve
from tests.browser.served import endless, whole
from tests.browser.visit import Visit
from tests.scripted import END, PerSection

pytestmark = pytest.mark.browser


def compose(page: Page, text: str) -> CDPSession:
    """Begin to compose a text in the field that has the focus, as an input method does."""
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return session


def writing(serve: Serve, visit: Open) -> Visit:
    """Return a page on which an answer is being written that does not end by itself."""
    page = visit(serve(PerSection(["plan", END], endless("word", 0.05))).url)
    page.ask("why?")
    page.wait_for("#panel-core", "word1 word2")
    return page


def goes_on(page: Visit) -> None:
    count = page.text("#panel-core").count("word")  # of a text that grows: it never stands
    page.wait_for("#panel-core", f"word{count + 10} ")
    assert page.text("#state") != "Stopped"


def test_escape_while_hangul_is_composed_does_not_stop_the_answer_and_afterwards_does(
    serve: Serve, visit: Open
) -> None:
    page = writing(serve, visit)
    page.page.locator("#question textarea").focus()
    session = compose(page.page, "하")
    page.page.keyboard.press("Escape")
    goes_on(page)
    session.send("Input.insertText", {"text": "하"})
    page.page.keyboard.press("Escape")
    page.wait_for("#notice", "The text so far stays.")


def test_ctrl_enter_while_hangul_is_composed_asks_nothing_and_afterwards_once_with_the_last_syllable(
    serve: Serve, visit: Open
) -> None:
    served = serve(PerSection(*whole("A")))
    page = visit(served.url)
    page.write("왜 하늘은 파란")
    page.page.locator("#question textarea").press("End")
    session = compose(page.page, "가")
    page.page.keyboard.press("Control+Enter")
    session.send("Input.insertText", {"text": "가"})
    assert served.provider.requests == []
    page.page.keyboard.press("Control+Enter")
    page.wait_for("#state", "Complete")
    assert len(served.provider.requests) == len(PHASES)
    assert served.provider.requests[0].messages[-1].content == "왜 하늘은 파란가"


def test_escape_in_an_open_list_closes_the_list_and_stops_nothing(serve: Serve, visit: Open) -> None:
    page = writing(serve, visit)
    page.page.locator("#model input").click()
    expect(page.page.locator("[role=option]").first).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("[role=option]")).to_have_count(0)
    goes_on(page)
    page.page.keyboard.press("Escape")
    page.wait_for("#notice", "The text so far stays.")


def test_keys_of_the_ask_tab_do_nothing_on_another_tab(serve: Serve, visit: Open) -> None:
    page = writing(serve, visit)
    page.page.get_by_role("tab").nth(1).click()
    expect(page.page.locator("#buttons #stop")).to_be_hidden()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Control+Enter")
    page.page.get_by_role("tab").nth(0).click()
    goes_on(page)
    page.page.keyboard.press("Escape")
    page.wait_for("#notice", "The text so far stays.")
