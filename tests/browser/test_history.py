"""The History tab in a real browser: found, filtered, pinned, saved and deleted, with the keyboard too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from llmfirst.events import AnswerEvent, Language, QuestionSubmitted
from llmfirst.store import RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.run_events import REPLIES, told
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def keep(
    store: RunStore, run_id: str, hours: float, question: str, language: Language = "ko", parent: str | None = None
) -> None:
    asked = QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question=question,
        language=language,
        provider="ollama",
        model="qwen3:1.7b",
        model_digest=None,
        deadline_seconds=120,
        submitted_at=NOON + timedelta(hours=hours),
        parent_run_id=parent,
    )
    events: list[AnswerEvent] = [asked, *told(*REPLIES)]
    store.append(run_id, 0, events)


def keep_runs(folder: Path) -> None:
    store = RunStore(open_database(folder))
    keep(store, "sky", 0, "하늘은 왜 파란가요?")
    keep(store, "red", 1, "그럼 노을은 왜 붉은가요?", parent="sky")
    keep(store, "tea", 24, "How is <b>tea</b> made?", "en")
    keep(store, "asked", 25, "An evaluation's question", "en")
    store.append("open", 0, [QuestionSubmitted(**{**store.load("tea").events[0].model_dump(), "run_id": "open"})])
    store.close()


def questions(page: Page) -> list[str]:
    return page.locator("#history-list .day > ol > li > .run .what > a").all_inner_texts()


def shows(page: Page, *expected: str) -> None:
    expect(page.locator("#history-list .day > ol > li > .run .what > a")).to_have_text(list(expected))


def choose(page: Page, name: str, choice: str) -> None:
    page.locator(f"#{name} input").click()
    page.get_by_role("option", name=choice, exact=True).click()


def test_runs_are_found_pinned_saved_and_deleted(serve: Serve, visit: Open, tmp_path: Path) -> None:
    keep_runs(tmp_path)
    one = visit(serve(PerSection()).url, locale="ko-KR")
    page = one.page
    page.get_by_role("tab", name="기록").click()
    tea, sky, red = "How is <b>tea</b> made?", "하늘은 왜 파란가요?", "그럼 노을은 왜 붉은가요?"
    shows(page, "An evaluation's question", tea, tea, red)
    assert page.url.endswith("/?history")
    expect(page.locator("#history-summary")).to_contain_text("답변 5개")

    # A conversation stands together and opens in place.
    page.get_by_text("이 대화의 질문 2개").click()
    expect(page.locator("#history-list .talk a.question, #history-list .talk .what > a")).to_have_text([sky, red])

    # Words of question or answer, also part of a word; the address keeps them.
    page.locator("#history-words input").fill("파란")
    shows(page, sky)
    assert page.url.endswith("/?history=%ED%8C%8C%EB%9E%80")
    page.locator("#history-words input").fill("nothing like it")
    expect(page.locator("#history-list .nothing")).to_contain_text("맞는 답변이 없습니다")
    page.get_by_role("button", name="조건 모두 지우기").click()
    shows(page, "An evaluation's question", tea, tea, red)
    expect(page.locator("#history-words input")).to_have_value("")

    # Filters and a pin.
    choose(page, "history-language", "English")
    shows(page, "An evaluation's question", tea, tea)
    choose(page, "history-language", "모두")
    page.locator("[data-run=red][data-act=pin]").first.focus()
    page.keyboard.press("Enter")
    pinned = page.locator("[data-run=red][data-act=unpin]").first
    expect(pinned).to_be_focused()
    choose(page, "history-mark", "고정한 것")
    shows(page, red)
    choose(page, "history-mark", "전체")
    page.locator("#history-until input").fill("2026-11-23")
    shows(page, red)
    page.locator("#history-until input").fill("")
    shows(page, "An evaluation's question", tea, tea, red)

    # One answer and all of them as files.
    with page.expect_download() as saved:
        page.locator("[aria-label='저장: 그럼 노을은 왜 붉은가요?']").first.click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    with page.expect_download() as lines:
        page.get_by_role("link", name="모두 JSONL로 저장").click()
    assert len(Path(lines.value.path()).read_text(encoding="utf-8").splitlines()) == 4  # one is still written

    # A deletion asks first; Escape and "keep" delete nothing and give the focus back.
    dialog = page.locator("#history-question dialog")
    delete = page.locator("[data-run=asked][data-act=delete]")
    delete.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("An evaluation's question")
    expect(dialog.get_by_role("button", name="그대로 두기")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="삭제").click()
    shows(page, tea, tea, red)
    expect(page.locator("#history-notice")).to_contain_text("1개를 삭제했습니다")

    # The language of the page is the language of the list.
    page.locator("#language").get_by_text("English").click()
    expect(page.locator("#history-list h2").first).to_have_text("Tuesday, 24 November 2026")
    expect(page.locator("#history-summary")).to_contain_text("Answers: 4")

    # All before a date: it says how many, keeps the pinned one, and does nothing before it is told to.
    page.locator("#history-delete-old").click()
    day = page.locator("#history-old-date input")
    expect(day).to_be_focused()
    expect(page.locator("#history-old-delete")).to_be_disabled()
    day.fill("2026-11-24")
    expect(page.locator("#history-old-count")).to_contain_text("To be deleted for good: 1.")
    expect(page.locator("#history-old-count")).to_contain_text("Pinned ones that stay: 1.")
    page.locator("#history-old-delete").click()
    shows(page, tea, tea, red)
    expect(page.get_by_text("questions in this conversation")).to_have_count(0)
    expect(page.locator("#history-old")).to_be_hidden()

    # A rating is changed where the answer is listed, and taken back by the same button.
    good, bad = (page.locator(f"[data-run=red][data-act={act}]").first for act in ("good", "bad"))
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    bad.focus()
    page.keyboard.press("Enter")
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(bad).to_be_focused()
    expect(page.locator("#history-list")).to_contain_text("rated bad")
    page.keyboard.press("Enter")
    expect(bad).to_have_attribute("aria-pressed", "false")

    # The answer itself opens in the same page, and the button for back returns; the saved file opens without a network.
    page.evaluate("() => { window.isTheSamePage = true; }")
    page.locator("#history-list a[href='?run=red']").first.click()
    one.wait_for("#panel-core", "The core.")
    one.wait_for("#head", red)
    expect(page.locator("#question textarea")).to_have_value(red)
    assert page.url.endswith("/?run=red")
    page.go_back()
    expect(page.locator("#history-list")).to_be_visible()
    assert page.url.endswith("/?history")
    page.go_forward()
    expect(page.locator("#head")).to_be_visible()
    one.wait_for("#panel-core", "The core.")
    assert page.evaluate("() => window.isTheSamePage")
    one.go_to("about:blank")
    page.context.set_offline(True)
    one.go_to(file.as_uri())
    expect(page.locator("h1")).to_have_text(red)
    expect(page.locator("body")).to_contain_text("The core.")


def test_the_address_opens_a_search_and_nothing_is_said_to_be_nothing(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    empty = serve(PerSection())
    page = visit(f"{empty.url}/?history", is_ready=False).page
    expect(page.locator("#history-list")).to_contain_text("No questions yet")
    keep_runs(tmp_path)
    page = visit(f"{empty.url}/?history=tea", is_ready=False).page
    shows(page, *["How is <b>tea</b> made?"] * 2)  # one is still written
    expect(page.locator("#history-words input")).to_have_value("tea")
    for number in range(60):
        keep(empty.store, f"many{number}", 48 + number, f"Question {number}?", "en")
    page.locator("#history-words input").fill("")
    expect(page.locator("#history-summary")).to_contain_text("Answers 1 to 50 of 65")
    page.locator("#history-older").click()
    expect(page.locator("#history-summary")).to_contain_text("Answers 51 to 65 of 65")
    expect(page.locator("#history-older")).to_be_disabled()
    assert questions(page)[0] == "Question 9?"
    page.locator("#history-newer").click()
    expect(page.locator("#history-summary")).to_contain_text("Answers 1 to 50")
    expect(page.locator("#history-list a").first).to_be_focused()
