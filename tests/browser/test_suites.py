"""The Suites tab in a real browser: written, checked as it is typed, never lost, and used in an evaluation."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evals.suite.cases import load_suite
from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found
from tests.evals.answering import AnsweringProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_NO_ANCHOR = "the item has criteria but no `reference` and no `good`"


def saved(page: Page) -> None:
    expect(page.locator("#suites-item .state")).to_have_attribute("data-state", "saved")


def rows(page: Page) -> list[str]:
    return page.locator("#suites-list .items .label").all_inner_texts()


def test_a_suite_is_written_by_keyboard_checked_at_its_fields_and_not_lost(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    url = serve(AnsweringProvider()).url
    one = visit(f"{url}/?suites")
    page = one.page
    page.locator("#suites-head [data-act=new]").press("Enter")
    expect(page.locator("#suites-head [name=title]")).to_be_focused()
    page.keyboard.type("My <b>suite</b>")
    page.locator("#suites-list [data-act=add]").press("Enter")
    expect(page.locator("#suite-question")).to_be_focused()
    expect(page.locator(".wrong[data-spot=question]")).to_contain_text("`question` is missing")
    page.keyboard.type("How many legs has a <i>spider</i>?")
    saved(page)
    expect(page.locator(".wrong[data-spot=question]")).to_be_empty()
    assert rows(page) == ["How many legs has a <i>spider</i>?"]
    page.locator("[data-do=add-criterion]").press("Enter")
    page.keyboard.type("The answer says eight.")
    expect(page.locator(".wrong[data-spot=good]")).to_contain_text(_NO_ANCHOR)
    expect(page.locator("#suite-good")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#suites-head .facts")).to_contain_text("1 unfinished")
    assert found(one) == []
    page.locator("#suite-numbers").fill("8, x")
    expect(page.locator('.wrong[data-spot="checks.numbers"]')).to_contain_text("entry 2 is 'x'")
    page.locator("#suite-numbers").fill("8")
    page.locator("#suite-good").fill("Eight.")
    page.locator("#suite-bad").press_sequentially("Six")
    one.reload(is_ready=False)  # before it was sent
    expect(page.locator("#suite-bad")).to_have_value("Six")
    expect(page.locator("#suite-numbers")).to_have_value("8")
    expect(page.locator("#suites-head [name=title]")).to_have_value("My <b>suite</b>")
    page.locator("#suite-bad").press_sequentially("!")
    page.get_by_text("한국어").click()
    expect(page.locator("label[for=suite-bad]")).to_contain_text("나쁜 답변")
    expect(page.locator("#suite-bad")).to_have_value("!Six")
    expect(page.locator("#suites-head .facts")).to_have_text("문항 1개 · 완성됨")
    page.get_by_text("English").click()
    expect(page.locator("label[for=suite-bad]")).to_contain_text("Bad answer")
    with page.expect_download() as download:
        page.locator("#suites-head [data-kind=yaml]").click()
    path = tmp_path / "own.yaml"
    download.value.save_as(path)
    assert download.value.suggested_filename == "My -b-suite--b-.yaml"
    (case,) = load_suite(str(path)).cases
    assert (case.question, case.good, case.bad) == ("How many legs has a <i>spider</i>?", "Eight.", "!Six")
    assert case.checks.numbers == (8.0,)

    page.locator("[data-act=try]").click()
    expect(page.locator("#suites-trial")).to_contain_text("Sentence 0 of call")
    expect(page.locator("#suites-trial li")).to_have_count(2)
    page.locator("#suite-bad").fill("")
    saved(page)
    page.locator(".mark[data-anchor=bad] .write").press("Enter")
    mark = page.locator(".mark[data-anchor=bad]")
    expect(mark).to_contain_text("not confirmed")
    expect(page.locator("#suite-bad")).to_have_value(re.compile("^Sentence 0"))
    expect(page.locator("#suites-head .facts")).to_contain_text("1 with an unconfirmed answer of a model")
    assert found(one) == []
    page.locator("#suite-bad").press_sequentially("So: ")
    saved(page)
    one.reload(is_ready=False)
    expect(mark).to_contain_text("Written by ollama/scripted, not confirmed")
    page.locator("#suites-head [data-act=evaluate]").click()
    page.locator("#suite input").click()
    page.get_by_role("option", name="My <b>suite</b> (1)").click()
    expect(page.locator("#estimate")).to_contain_text("1 questions")
    expect(page.locator("#estimate")).to_contain_text("In 1 of them a model wrote the good or the bad answer")
    page.locator("#write-suites").click()
    mark.locator("[data-act=confirm]").click()
    expect(mark).to_have_text("Written by ollama/scripted, confirmed")
    page.locator("#suites-head [data-act=evaluate]").click()
    expect(page.locator("#estimate")).not_to_contain_text("a model wrote")


def test_suites_are_copied_imported_searched_and_deleted_after_a_question(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    url = serve(AnsweringProvider()).url
    one = visit(f"{url}/?suites", width=390)
    page = one.page
    page.locator(".shelf [data-act=copy][data-suite=quick]").click()
    expect(page.locator("#suites-head [name=title]")).to_have_value("Quick check (copy)")
    expect(page.locator("#suite-question")).to_be_visible()
    expect(page.locator("#suites-list .items")).to_be_hidden()
    assert found(one) == []
    page.locator("[data-act=items]").click()
    expect(page.locator("#suite-question")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 720})
    assert len(rows(page)) == 4
    page.locator("#suites-list .items button[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#suites-item h2")).to_have_text("Item 2 of 4")
    page.locator("[data-act=duplicate]").click()
    expect(page.locator("#suites-item h2")).to_have_text("Item 5 of 5")
    expect(page.locator("#suite-id")).to_have_value("")  # the id of its model is that one's own
    page.locator("#suites-list [type=search]").fill(rows(page)[0][:12])
    expect(page.locator("#suites-list .items li:visible")).to_have_count(1)
    page.locator("[data-act=remove]").press("Enter")
    expect(page.locator("#suites-ask dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-act=remove]")).to_be_focused()
    page.locator("[data-act=remove]").click()
    page.locator("#suites-ask [value=delete]").click()
    expect(page.locator("#suites-item h2")).to_have_text("Item 4 of 4")

    page.locator("[data-act=shelf]").click()
    with page.expect_download() as download:
        page.locator("[data-act=template][data-kind=csv]").click()
    template = tmp_path / "mine.csv"
    download.value.save_as(template)
    page.locator("#suites-top input[type=file]").set_input_files(template)
    expect(page.locator("#suites-notice")).to_contain_text("Imported “mine” with 2 items.")
    page.locator("[data-act=shelf]").click()
    expect(page.locator("#suites-list .title")).to_have_text(["mine", "Quick check (copy)"])
    bad = tmp_path / "bad.csv"
    bad.write_text("frage\nWarum?\n", encoding="utf-8")
    page.locator("#suites-top input[type=file]").set_input_files(bad)
    expect(page.locator("#suites-notice")).to_contain_text("bad.csv, line 1")
    assert str(tmp_path) not in page.locator("#suites-notice").inner_text()
    page.locator(".shelf [data-act=delete]").first.click()
    expect(page.locator("#suites-ask .about")).to_have_text("mine")
    page.locator("#suites-ask [value=delete]").click()
    expect(page.locator("#suites-list .title")).to_have_text(["Quick check (copy)"])
    expect(page.locator("#suites-notice")).to_contain_text("Deleted “mine”.")
    expect(page).to_have_url(re.compile(r"\?suites=$"))
