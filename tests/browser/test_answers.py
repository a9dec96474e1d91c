"""The answers of an evaluation in a real browser: found, filtered, opened, sent as a link, with the keyboard only."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evals.records.archive import Archive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found as axe_found
from tests.evals.answering import AnsweringProvider
from tests.evals.made import OTHER, TARGET, case, evaluation, keep_answers

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST = "?evaluation=aaa111&part=answers"


def keep(folder: Path) -> None:
    """Keep an evaluation of two models with 30 questions in two languages."""
    database = open_database(folder)
    items = [case(at, language="ko" if at % 2 else "en", category="coding") for at in range(30)]
    of = evaluation(*items, evaluation_id="aaa111", models=(TARGET, OTHER))
    keep_answers(Archive(DocumentStore(database), RunStore(database)), of)
    database.dispose()


def rows(page: Page, count: int) -> None:
    expect(page.locator("table.answers tbody tr")).to_have_count(count)


def test_answers_are_filtered_searched_opened_and_found_again_by_their_address(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    keep(tmp_path)
    visited = visit(f"{serve(AnsweringProvider()).url}/{LIST}&sort=question", is_ready=False)
    page, count, filters = visited.page, visited.page.locator(".answers-found"), visited.page.locator("#answer-filters")
    expect(count).to_contain_text("60 answers (1 to 25 shown)")
    expect(page).to_have_url(re.compile(r"part=answers&sort=question$"))  # it stays as it was sent
    expect(page.locator("table.answers tbody a").nth(24)).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(count).to_contain_text("26 to 50 shown")

    filters.locator("[name=language]").select_option("Korean")
    expect(count).to_contain_text("30 of 60 answers")
    filters.locator("[name=model]").select_option(OTHER.key)
    rows(page, 15)
    search = filters.get_by_label("Search")
    search.press_sequentially("question 2")
    rows(page, 5)
    expect(search).to_be_focused()  # who writes goes on writing
    expect(search).to_have_value("question 2")
    asked = {"language": "ko", "model": re.escape("embedded%2Fn"), "words": r"question\+2"}
    for name, value in asked.items():
        expect(page).to_have_url(re.compile(f"{name}={value}"))
    assert axe_found(visited) == []

    page.locator("table.answers tbody a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    title = page.locator("#detail h3")
    expect(title).to_contain_text("case-23")
    expect(title).to_be_focused()
    expect(page.locator("#answer-filters")).to_be_hidden()
    expect(page.locator("#detail .left h5")).to_have_text(["Core", "Details", "Conclusion"])
    assert axe_found(visited) == []
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("case-25")
    expect(title).to_be_focused()
    sent = page.url

    page.keyboard.press("Escape")
    rows(page, 5)
    expect(page.locator("table.answers tbody a").nth(2)).to_be_focused()
    page.go_back()  # to the answer
    expect(title).to_contain_text("case-25", timeout=20_000)
    page.get_by_role("link", name="All answers").click()
    page.get_by_role("link", name="Clear the filters").click()
    expect(count).to_contain_text("60 answers")
    expect(filters.locator("[name=language]")).to_have_value("")

    again = visit(sent, width=390, is_ready=False, locale="ko-KR").page
    expect(again.locator("#detail h3")).to_contain_text("case-25")
    assert again.url == sent
    again.get_by_role("link", name="답변 목록").click()
    rows(again, 5)
    assert again.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    again.get_by_role("link", name="Question 25?").click()
    again.get_by_role("link", name="질문 화면에서 열기").click()
    expect(again).to_have_url(re.compile(r"\?run="))
    expect(again.locator("#panel-core")).to_contain_text("of it", timeout=20_000)
