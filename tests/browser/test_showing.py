"""Showing the program to others: a fault put in on purpose, what the answers prove, and presenting with a script."""

from typing import Final

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Open, Serve
from tests.browser.served import endless, whole
from tests.scripted import END, PerSection

pytestmark = pytest.mark.browser

# The height of what is drawn of the digits, in pixels.
_DIGITS: Final = """() => {
  const digits = document.querySelector("#presenter-bar .digits"), style = getComputedStyle(digits);
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return canvas.measureText(digits.textContent).actualBoundingBoxAscent;
}"""


def test_a_fault_is_put_into_one_answer_which_says_so_and_is_counted_apart(serve: Serve, visit: Open) -> None:
    replies = [reply for name in "ABCD" for reply in whole(name)]
    page = visit(serve(PerSection(*replies)).url)
    page.wait_for("#guarantee", "No answer has ended yet.")
    page.page.locator("#break-it button").first.click()
    page.page.get_by_label("The connection drops after 3 s").check()
    page.ask("why?")
    page.wait_for("#state", "Complete")
    page.wait_for("#notice", "Fault injected: the connection to the model drops after 3 s of text.")
    page.wait_for("#notice", "This answer is in no figure.")
    page.page.locator("#why summary").first.click()
    page.wait_for("#why", "fault injected on purpose")
    expect(page.page.get_by_label("Nothing")).to_be_checked()
    page.page.locator("#guarantee summary").click()
    page.wait_for("#guarantee", "Counted apart, with a fault injected on purpose: 1")
    page.ask("and why?")
    page.wait_for("#panel-conclusion", "B end.")
    page.wait_for("#guarantee", "Answers so far: 1, inside 120 s: 1")
    assert "Fault injected" not in page.text("#notice")
    page.page.locator("#guarantee summary").click()
    href = page.page.locator("#guarantee a").get_attribute("href")
    assert href == f"?run={page.run_id()}"

    page.page.get_by_label("The connection drops after 3 s").check()
    page.page.locator("#follow-up-question textarea").fill("since when?")
    page.page.locator("#follow-up-ask").click()
    page.wait_for("#panel-conclusion", "C end.")
    page.wait_for("#notice", "Fault injected")
    page.wait_for("#guarantee", "Answers so far: 1, inside 120 s: 1")
    expect(page.page.get_by_label("Nothing")).to_be_checked()
    page.page.get_by_label("The connection drops after 3 s").check()
    page.page.locator("#ask-again").click()
    page.wait_for("#panel-conclusion", "D end.")
    page.wait_for("#notice", "Fault injected")
    expect(page.page.get_by_label("Nothing")).to_be_checked()


def test_presenting_shows_the_seconds_and_goes_through_a_script_by_one_key(serve: Serve, visit: Open) -> None:
    served = serve(PerSection(*whole("A"), *whole("B"), ["plan", END], endless("word", 0.05)))
    page = visit(served.url)
    keys = page.page.keyboard
    page.page.locator("#question textarea").focus()
    keys.press("p")  # a letter, in a field
    expect(page.page.locator("#presenter")).to_be_hidden()
    page.page.get_by_role("tab").nth(1).click()
    page.page.evaluate("document.activeElement.blur()")
    keys.press("p")
    expect(page.page.locator("#tabs")).to_be_hidden()
    page.wait_for("#presenter-preflight", "The script has no questions")
    page.page.locator("#presenter-script textarea").fill("first?\n\nsecond?\n third? ")
    expect(page.page.locator("#presenter-queue li")).to_have_text(["first?", "second?", "third?"])
    page.wait_for("#presenter-preflight", "Time for 3 questions: unknown yet")
    keys.press(" ")  # in the field
    expect(page.page.locator("#presenter")).to_be_visible()
    page.page.locator("#presenter h1").click()

    def asked() -> list[str]:
        return [request.messages[-1].content for request in served.provider.requests[::4]]

    for key, name, question in (("ArrowRight", "A", "first?"), (" ", "B", "second?")):
        keys.press(key)
        page.wait_for("#panel-conclusion", f"{name} end.")
        page.wait_for("#presenter-bar .unit", "s taken")
        assert question in asked()[-1]
        for hidden in ("#top", "#asking", "#examples", "#presenter"):
            expect(page.page.locator(hidden)).to_be_hidden()
    page.wait_for("#presenter-bar .next", "3/3 · third?")
    keys.press("ArrowRight")
    page.wait_for("#panel-core", "word1 word2")
    page.wait_for("#presenter-bar .unit", "s left")
    assert page.page.evaluate(_DIGITS) >= 80
    keys.press("ArrowRight")  # one answer at a time
    keys.press("Escape")
    page.wait_for("#notice", "The text so far stays.")
    page.wait_for("#presenter-bar .next", "The script is over.")
    assert len(asked()) == 3
    keys.press("l")
    page.wait_for("#presenter-preflight", "Time for 3 questions: about 0:0")
    page.page.locator("#presenter-queue li button").first.click()
    page.wait_for("#presenter-bar .next", "1/3 · first?")
    page.reload()  # presenting, the script and the place in it stay
    page.wait_for("#presenter-bar .next", "1/3 · first?")
    page.page.locator("#presenter-bar .leave").click()
    expect(page.page.locator("#tabs")).to_be_visible()
    expect(page.page.locator("button#present")).to_be_focused()


def test_an_address_begins_to_present_and_a_file_brings_the_script(serve: Serve, visit: Open) -> None:
    page = visit(f"{serve(PerSection()).url}?present=1", locale="ko-KR")
    page.wait_for("#presenter", "발표 준비")
    file: FilePayload = {
        "name": "script.yaml",
        "mimeType": "text/yaml",
        "buffer": '# talk\nquestions:\n  - "왜?"\n  - 언제?\n'.encode(),
    }
    page.page.locator("#presenter-file input").set_input_files(file)
    expect(page.page.locator("#presenter-script textarea")).to_have_value("왜?\n언제?")
    page.wait_for("#presenter-bar .next", "1/2 · 왜?")
