"""Standings in a browser: their address, the keyboard, both themes, a phone, and the report as a file and on paper."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, ShelfProvider
from tests.browser.test_accessible import found
from tests.evals.sessions.voted import keep_voted

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_WORDS = "#standings-plot .infolayer text, #standings-plot .xtick text"
_COLOURS = f"() => [...document.querySelectorAll({_WORDS!r})].map((one) => getComputedStyle(one).fill)"
_WIDER = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    database = open_database(tmp_path)
    kept = keep_voted(SessionArchive(Archive(DocumentStore(database), RunStore(database))))
    database.dispose()
    return kept.session_id


def test_a_session_is_judged_by_its_address_with_the_keyboard_alone_and_reported(
    session_id: str, serve: Serve, visit: Open, tmp_path: Path
) -> None:
    app = serve(ShelfProvider(Gate()))
    page = visit(f"{app.url}/?standings={session_id}", locale="en-US", is_dark=True, is_ready=False)
    page.wait_for("#standings-verdict", "19 of 21")
    page.page.wait_for_selector(_WORDS.split(",")[0])
    assert set(page.page.evaluate(_COLOURS)) == {"rgb(244, 244, 245)"}
    assert page.page.locator("#standings-plot .shapelayer path").count() == 4
    assert found(page) == []
    page.page.locator("#standings-axis input").last.focus()
    page.page.keyboard.press("Space")
    expect(page.page.locator("#standings-plot .g-xtitle")).to_have_text("Median time to the first text", timeout=30_000)
    page.page.locator("#standings-report").focus()
    page.page.keyboard.press("Enter")
    with page.page.expect_download() as coming:
        page.page.locator("#standings-files a").first.click()
    report = tmp_path / "report.html"
    coming.value.save_as(report)
    assert coming.value.suggested_filename.startswith("Which-model-for-the-help-desk-")
    page.page.set_viewport_size({"width": 390, "height": 844})
    assert page.page.evaluate(_WIDER) <= 0
    paper = visit(report.as_uri(), is_ready=False)
    paper.page.wait_for_selector("#figure-first_text .main-svg")
    assert found(paper) == []
    paper.page.emulate_media(media="print")
    sheet = paper.page.locator(".sheet").bounding_box()
    assert sheet is not None
    assert sheet["height"] < 1000  # one page of A4
