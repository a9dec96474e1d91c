"""The System tab in a real browser: it opens by its address, fits any screen, measures, and rests when it is closed."""

import json

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, ShelfProvider, whole
from tests.scripted import END, Step

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_tab_says_what_is_here_and_what_it_can_do_and_asks_for_nothing_once_it_is_closed(
    serve: Serve, visit: Open
) -> None:
    trial: list[Step] = [*(f"w{number} " for number in range(9)), END]
    page = visit(f"{serve(ShelfProvider(Gate(), trial, *whole('a'))).url}?system", locale="ko-KR", is_ready=False).page
    rows = page.locator("#system-models tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("small")
    expect(rows.nth(1)).to_contain_text("설치 안 됨")
    expect(page.locator("#system-live")).to_contain_text("GB")

    # With the keyboard: what is measured says what the larger model would do, and that it could be had.
    machine = page.locator("#system-machine")
    expect(machine).to_contain_text("재기 전에는 알 수 없음")
    page.locator("#system-measure").focus()
    page.keyboard.press("Enter")
    expect(machine.locator("tbody tr", has_text="large")).to_contain_text("예측")
    expect(machine).to_contain_text("메모리 읽기 속도")

    page.locator("#language").get_by_text("English").click()
    expect(rows.nth(1)).to_contain_text("not here")
    expect(page.locator("#system-models h2")).to_have_text("Models")
    expect(page.locator("#system-advice h2")).to_have_text("Advice for this machine")
    expect(machine).to_contain_text("Memory reads")

    # What asks for news while the tab is open asks for nothing once it is closed; the Ask tab has a beat of its own.
    asked: list[int] = []

    def on_request(request: Request) -> None:
        if "queue/join" in request.url:
            asked.append(json.loads(request.post_data or "{}")["fn_index"])

    page.locator("#ask-tab-button").click()
    expect(page.locator("#system-live")).to_be_hidden()
    page.wait_for_timeout(500)
    page.on("request", on_request)
    page.wait_for_timeout(7000)
    while_closed = set(asked)
    page.locator("#system-tab-button").click()
    page.wait_for_timeout(7000)
    assert len(set(asked) - while_closed) >= 3  # the live figures, the models, the downloads
    assert len(while_closed) <= 1
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
