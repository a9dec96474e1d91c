"""The conversation on the real page: it goes on, is asked again, copied, shared, rated and begun anew."""

import pytest
from playwright.sync_api import expect

from llmfirst.answer import fold
from llmfirst.events import QuestionSubmitted
from tests.browser.conftest import Open, Serve
from tests.browser.served import Served, whole
from tests.browser.visit import Visit
from tests.scripted import PerSection

pytestmark = pytest.mark.browser


def asked(served: Served, run_id: str) -> QuestionSubmitted:
    submitted = fold(served.store.load(run_id).events).submitted
    assert submitted is not None
    return submitted


def next_run(page: Visit, before: str) -> str:
    """Return the run that the address names after the one before."""
    page.page.wait_for_function("(id) => !location.search.includes(id)", arg=before)
    return page.run_id()


def follow_up(page: Visit, question: str) -> None:
    page.page.locator("#follow-up-question textarea").fill(question)
    page.page.keyboard.press("Enter")


def test_a_conversation_goes_on_is_edited_asked_again_and_begun_anew(serve: Serve, visit: Open) -> None:
    served = serve(PerSection(*[reply for name in "ABCDE" for reply in whole(name)]))
    page = visit(served.url)
    page.ask("why?")
    page.wait_for("#panel-conclusion", "A end.")
    first = page.run_id()
    follow_up(page, "And now?")
    page.wait_for("#panel-conclusion", "B end.")
    page.wait_for("#earlier-turns", "why?")
    second = next_run(page, first)
    expect(page.page.locator("#question textarea")).to_have_value("And now?")
    assert asked(served, second).parent_run_id == first
    assert [message.content for message in served.provider.requests[4].messages[:2]] == [
        "why?",
        "A core.\n\nA details.\n\nA end.",
    ]
    expect(page.page.locator("#follow-up-question textarea")).to_have_value("")
    expect(page.page.locator("#follow-up-question textarea")).to_be_focused()
    turn = page.page.locator("#earlier-turns details")
    turn.locator("summary").focus()
    page.page.keyboard.press("Enter")
    expect(turn).to_contain_text("A details.")

    page.page.locator("#ask-again").click()
    page.wait_for("#panel-conclusion", "C end.")
    again = asked(served, next_run(page, second))
    assert (again.question, again.parent_run_id) == ("And now?", first)
    assert again.settings.seed is not None

    page.page.locator("#edit-question").click()
    page.wait_for("#goes-on", "goes on with the conversation")
    field = page.page.locator("#question textarea")
    expect(field).to_have_value("And now?")
    expect(field).to_be_focused()
    page.ask("And then?")
    page.wait_for("#panel-conclusion", "D end.")
    assert asked(served, next_run(page, again.run_id)).parent_run_id == first
    expect(page.page.locator("#goes-on")).to_be_hidden()

    page.page.locator("#new-conversation").click()
    expect(page.page.locator("#ask-tab")).to_have_attribute("data-stage", "none")
    expect(field).to_have_value("")
    assert "run=" not in page.page.url
    page.ask("Something else?")
    page.wait_for("#panel-conclusion", "E end.")
    page.page.wait_for_url("**/?run=*")
    assert asked(served, page.run_id()).parent_run_id is None
    expect(page.page.locator("#earlier-turns details")).to_have_count(0)


def test_an_answer_is_copied_shared_and_rated_and_the_settings_of_a_question_are_kept(
    serve: Serve, visit: Open
) -> None:
    served = serve(PerSection(*whole("A"), *whole("B")))
    page = visit(served.url)
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.ask("why?")
    page.wait_for("#panel-conclusion", "A end.")
    run_id = page.run_id()
    clipboard = "() => navigator.clipboard.readText()"
    page.page.locator("#copy-answer").click()
    page.wait_for("#action-said", "The answer is copied.")
    assert page.page.evaluate(clipboard) == (
        "# why?\n\n## Core\n\nA core.\n\n## Details\n\nA details.\n\n## Conclusion\n\nA end.\n"
    )
    page.page.locator("#copy-link").click()
    page.wait_for("#action-said", "The link is copied.")
    assert page.page.evaluate(clipboard) == f"{served.url}/?run={run_id}"
    page.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.page.locator("#copy-answer").click()  # as on a page without https
    page.wait_for("#action-said", "The answer is copied.")
    page.page.evaluate("() => { document.execCommand = () => false; }")
    page.page.locator("#copy-answer").click()
    page.wait_for("#action-said", "copy by hand")
    expect(page.page.locator("#action-said textarea")).to_contain_text("# why?")

    page.page.locator("#rate-good").click()
    page.wait_for("#rating-said", "Your rating is kept.")
    page.page.locator("#rating-words textarea").fill("Short and right")
    page.page.keyboard.press("Enter")
    page.wait_for("#rate-good", "Good ✓")
    page.page.locator("#rate-bad").click()
    page.wait_for("#rate-bad", "Bad ✓")
    entry = served.store.entry(run_id, None)
    assert (entry.rating, entry.rating_words) == (-1, "Short and right")
    page.reload()
    page.wait_for("#rate-bad", "Bad ✓")
    page.page.locator("#rate-bad").click()
    page.wait_for("#rating-said", "taken back")
    assert served.store.entry(run_id, None).rating is None

    opener = page.page.locator("#open-settings")
    opener.focus()
    page.page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.page.locator("#seed input").fill("7")
    page.page.locator("#review-wanted input").uncheck()
    page.wait_for("#open-settings", "Settings (2)")
    more = page.page.locator("#more-settings > button")
    more.focus()
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#top-p input")).to_be_visible()
    page.page.keyboard.press("Tab")
    expect(page.page.locator("#top-p input")).to_be_focused()
    page.page.locator("#context-tokens input").click()
    page.page.get_by_role("option", name="2,048 tokens", exact=True).click()
    page.page.locator("#system-prompt textarea").fill("Be brief.")
    page.page.keyboard.press("Tab")
    page.wait_for("#option-notes", "loads the model again")
    page.wait_for("#open-settings", "Settings (4)")
    page.page.locator("#seed input").focus()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#settings")).to_be_hidden()
    expect(opener).to_be_focused()
    page.reload()
    page.wait_for("#open-settings", "Settings (4)")
    page.wait_until_ready()
    opener.click()
    page.page.locator("#seed input").fill("8")  # what stands behind "more" is kept although that is closed
    page.page.keyboard.press("Escape")
    page.ask("and?")
    page.wait_for("#panel-conclusion", "B end.")
    settings = asked(served, next_run(page, run_id)).settings
    assert (settings.seed, settings.review, settings.temperature) == (8, False, None)
    assert (settings.context_tokens, settings.system_prompt) == (2048, "Be brief.")
    assert {request.messages[0].content[:9] for request in served.provider.requests[4:]} == {"Be brief."}
    expect(page.page.locator("#why")).to_contain_text("Context 2,048 tokens")
    opener.click()
    page.page.locator("#reset-settings").click()
    page.wait_for("#open-settings", "Settings")
    expect(page.page.locator("#seed input")).to_have_value("")
    more.click()
    expect(page.page.locator("#system-prompt textarea")).to_have_value("")
