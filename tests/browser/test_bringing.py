"""Models are brought and deleted in the System tab; what goes on there belongs to no visit."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, ShelfProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_downloads_outlive_a_visit_and_a_deletion_is_asked_about(serve: Serve, visit: Open) -> None:
    gate = Gate()
    url = f"{serve(ShelfProvider(gate)).url}?system"
    first = visit(url, is_ready=False)
    page = first.page
    name, lines = page.locator("#bring-name :is(input, textarea)"), page.locator("#bring-downloads li")
    name.fill("../up")
    name.press("Enter")
    expect(page.locator("#bring-notice [role=alert]")).to_contain_text("'../up' is no name of a model")
    expect(name).to_have_value("../up")
    name.fill("held")
    name.press("Enter")
    expect(lines.first).to_contain_text("3.0 GB of 4.0 GB (75 %)")
    expect(name).to_have_value("")
    page.get_by_role("button", name="Download: large").press("Enter")
    expect(lines.nth(1)).to_contain_text("Waiting in line")
    assert Axe().run(page).response["violations"] == []

    first.reload(is_ready=False)
    expect(lines.first).to_contain_text("75 %")
    other = visit(url, locale="ko-KR", is_ready=False).page
    expect(other.locator("#bring-downloads li").first).to_contain_text("4.0 GB 중 3.0 GB")
    page.get_by_role("button", name="Stop: held").press("Enter")
    expect(lines.nth(1)).to_contain_text("550 MB of 1.1 GB (50 %)")
    expect(lines.first).to_contain_text("Stopped")
    page.wait_for_function("() => document.activeElement.dataset.model === 'embedded/held'")
    expect(other.locator("#bring-downloads li").first).to_contain_text("멈춤")
    page.get_by_role("button", name="Discard: held").click()
    expect(lines).to_have_count(1)
    gate.open()
    expect(lines.first).to_contain_text("Done · 1.1 GB")

    delete = page.get_by_role("button", name="Delete: small")
    delete.press("Enter")
    expect(page.locator("#bring-question .about")).to_have_text("small · frees up to 98 MB")
    page.keyboard.press("Escape")
    expect(delete).to_be_focused()
    delete.press("Enter")
    page.locator("#bring-question button[value=delete]").click()
    expect(page.locator("#bring-notice [role=status]")).to_contain_text("small is deleted: 98 MB are free again.")

    page.locator("#ask-tab-button").click()
    page.locator("#model input").click()
    expect(page.get_by_role("option").filter(has_text="large")).to_contain_text("1.1 GB · Apache-2.0 · installed")
