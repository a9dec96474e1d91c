"""The System tab in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, ShelfProvider, whole

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_address_opens_the_tab_and_its_cards_fit_any_screen_in_both_languages(serve: Serve, visit: Open) -> None:
    page = visit(f"{serve(ShelfProvider(Gate(), *whole('a'))).url}?system", locale="ko-KR", is_ready=False).page
    rows = page.locator("#system-models tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("small")
    expect(rows.first).to_contain_text("0.1 GB")
    expect(rows.nth(1)).to_contain_text("설치 안 됨")
    page.locator("#language").get_by_text("English").click()
    expect(rows.nth(1)).to_contain_text("not here")
    expect(page.locator("#system-models h2")).to_have_text("Models")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
