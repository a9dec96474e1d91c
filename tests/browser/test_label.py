"""Label mode in a real browser: found to tell nothing, and used by keyboard alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from evals.records.archive import Archive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.recorder import RECORD, Recorder
from tests.browser.test_accessible import found
from tests.browser.visit import Visit
from tests.evals.labelled import HIDDEN, TELLING, keep_hidden
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ADDRESS = f"/?evaluate={HIDDEN.evaluation_id}&part=label"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    database = open_database(tmp_path)
    archive = Archive(DocumentStore(database), RunStore(database))
    keep_hidden(archive)
    return archive


def name_field(page: Page) -> Locator:
    return page.locator("#label-person").locator("input, textarea").first


def begin(page: Page, name: str) -> None:
    name_field(page).fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#label-read .written")).to_be_visible()


def told(known: str) -> list[str]:
    return [secret for secret in TELLING if secret in known]


def test_a_person_labels_by_keys_and_nothing_that_the_page_knows_tells_who_wrote_what(
    serve: Serve, visit: Open, archive: Archive
) -> None:
    url = serve(PerSection()).url
    page = visit(url, watch=RECORD).page.context.new_page()
    opened, recorder = Visit(page, url), Recorder(page)
    page.goto(f"{url}{ADDRESS}")
    name_field(page).press("1")  # typing is no label
    expect(page.locator("#label-board")).to_be_hidden()
    assert found(opened) == []
    begin(page, "Kim 1")
    head, claim = page.locator("#label-head"), page.locator("#label-claim .claim")
    expect(head).to_contain_text("0 of 12 decided")
    expect(claim).to_have_text("It gives a <b>reason</b>.")
    expect(page.locator("#label-read .written strong, #label-read .written li").first).to_be_visible()
    expect(page.locator("#top")).to_be_hidden()
    expect(page.locator("#evaluate-parts > .tab-wrapper")).to_be_hidden()
    assert found(opened) == []
    for count, key in enumerate("1y2n3u", 1):
        page.keyboard.press(key)
        expect(head).to_contain_text(f"{count} of 12 decided")
    for count, key in ((5, "Backspace"), (4, "z")):
        page.keyboard.press(key)
        expect(head).to_contain_text(f"{count} of 12 decided")
    page.evaluate("""() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
      {code: "KeyY", key: "y", isComposing: true, bubbles: true}))""")  # Hangul is being composed
    known = recorder.known()
    assert "Much more can be said" in known  # the answers are in what is searched
    assert told(known) == []

    for count, key in enumerate("12121212", 5):
        page.keyboard.press(key)
        expect(head).to_contain_text(f"{count} of 12 decided")
    result = page.locator("#label-read")
    expect(result).to_contain_text("Everything is decided")
    expect(result).to_contain_text("alpha-seven")
    expect(result).to_contain_text("the judge")
    expect(page.locator("#label-yes")).to_be_hidden()
    assert found(opened) == []
    kim = archive.labels()["Kim 1"]
    assert sorted(kim.values()) == ["no"] * 6 + ["yes"] * 6
    page.keyboard.press("Escape")
    expect(page.locator("#scorecard")).to_contain_text("By Kim 1")
    expect(page.locator("#label-mode")).to_have_count(0)
    expect(page.locator("#evaluate-list")).to_contain_text("alpha-seven")
    assert page.url.endswith(f"?evaluation={HIDDEN.evaluation_id}")

    # Opened from the result, label mode takes away what the page knew; another person has another order.
    page.get_by_role("tab", name="Label by hand").click()
    expect(page.locator("#label-people")).to_contain_text("12 of 12 decided")
    expect(name_field(page)).to_have_value("Kim 1")
    begin(page, "Lee")
    page.wait_for_timeout(300)
    assert told(page.evaluate("() => document.documentElement.outerHTML + location.href")) == []
    for count, key in enumerate("111111", 1):
        page.keyboard.press(key)
        expect(head).to_contain_text(f"{count} of 12 decided")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Label by hand").click()
    page.locator("#label-compare").click()
    expect(page.locator("#label-found")).to_contain_text("Kim 1 and Lee")


@pytest.mark.parametrize(("locale", "width"), [("ko-KR", 390), ("en-US", 1280)])
def test_the_claim_and_its_buttons_are_in_sight_beside_or_below_the_answer(
    serve: Serve, visit: Open, archive: Archive, locale: str, width: int
) -> None:
    opened: Visit = visit(f"{serve(PerSection()).url}{ADDRESS}", is_ready=False, locale=locale, width=width)
    page = opened.page
    expect(page.locator("#label-begin-row")).to_be_visible()
    expect(page.locator("#label-on-screen")).to_be_hidden()
    begin(page, "김")
    for part in ("#label-claim .claim", "#label-yes", "#label-no", "#label-unsure", "#label-undo", "#label-close"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    answer, claim = (page.locator(part).bounding_box() for part in ("#label-read .read", "#label-claim .claim"))
    assert answer is not None
    assert claim is not None
    if width < 760:
        assert answer["y"] + answer["height"] <= claim["y"]
    else:
        assert answer["x"] + answer["width"] <= claim["x"]
    assert found(opened) == []
