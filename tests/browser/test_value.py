"""How good answers are to a reader who stops, in a real browser: asked for by keyboard, drawn, and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from evals.records.archive import Archive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found
from tests.evals.answering import AnsweringProvider, judge_card
from tests.evals.stopped import EVALUATION, keep_stopped

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def keep_both(folder: Path) -> None:
    """Keep an evaluation that was judged at each moment, and one that was judged at its end only."""
    database = open_database(folder)
    archive = Archive(DocumentStore(database), RunStore(database))
    keep_stopped(archive)
    of = EVALUATION.model_copy(
        update={"evaluation_id": "beef", "judge": judge_card().model_copy(update={"digest": None})}
    )
    keep_stopped(archive, has_moments=False, of=of)
    database.dispose()


def test_the_judge_is_asked_by_keyboard_and_who_is_ahead_is_said_and_drawn(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    keep_both(tmp_path)
    url = serve(AnsweringProvider()).url
    page = visit(f"{url}/?evaluation=cafe", is_ready=False).page
    part = page.locator(".value-by-second")
    expect(part).to_contain_text("Stopped at 10 s or 20 s, ollama/m is ahead")
    expect(page.locator("#value-ask")).to_be_hidden()
    page.get_by_role("tab", name="Plots").click()
    expect(page.locator("#plot-value .main-svg").first).to_be_visible(timeout=40_000)
    expect(page.locator("#plot-value .scatterlayer .points path")).to_have_count(10)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    asking = visit(f"{url}/?evaluation=beef", is_ready=False)
    other = asking.page
    expect(other.locator(".value-cost")).to_contain_text("48 readings")
    other.locator("#value-ask").focus()
    other.keyboard.press("Enter")
    expect(other.locator(".value-by-second")).to_contain_text("as read", timeout=40_000)
    expect(other.locator("#value-ask")).to_be_hidden()
    other.get_by_text("한국어").click()
    expect(other.locator(".value-by-second h2")).to_have_text("읽다가 멈춘 시점별 품질")
    assert found(asking) == []
