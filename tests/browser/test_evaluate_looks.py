"""How the Evaluate tab looks in a real browser: nothing over anything else, on a wide and on a narrow screen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from evals.records.archive import Archive
from llmfirst.providers.base import ModelCard
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.evals.answering import AnsweringProvider
from tests.evals.made import OTHER, TARGET, case, evaluation, keep_answers

pytestmark = pytest.mark.browser
# How far the text of each dropdown with one value reaches into its caret, in pixels.
_OVER = """() => [...document.querySelectorAll("#evaluation-tab .block")].flatMap((block) => {
  const text = block.querySelector("input[role=combobox]"), caret = block.querySelector(".icon-wrap");
  if (!text?.offsetParent || !caret || ["targets", "target-thinks"].includes(block.id)) return [];
  return [[block.id, Math.round(text.getBoundingClientRect().right - caret.getBoundingClientRect().left)]];
})"""
_HEIGHTS = """() => Object.fromEntries(["targets", "suite", "mode", "repeats"].map(
  (id) => [id, document.getElementById(id).getBoundingClientRect().height]))"""


class LongNames(AnsweringProvider):
    """A model whose name is longer than any field."""

    async def models(self) -> tuple[ModelCard, ...]:
        return (ModelCard(name="qwen2.5-coder:1.5b-instruct-q4_K_M-with-a-name-that-goes-on-and-on"),)


@pytest.mark.parametrize(
    ("width", "locale"),
    [pytest.param(1280, "ko-KR", marks=pytest.mark.slow), (390, "en-US")],
)
def test_a_long_choice_ends_before_its_caret_and_the_order_takes_one_line(
    serve: Serve, visit: Open, width: int, locale: str
) -> None:
    page = visit(f"{serve(LongNames()).url}/?evaluation", width=width, locale=locale, is_ready=False).page
    expect(page.locator("#evaluate-list")).to_contain_text("Recording" if locale == "en-US" else "녹화")
    page.locator("#evaluate-new").click()
    expect(page.locator("#judge input")).to_have_value(
        "ollama/qwen2.5-coder:1.5b-instruct-q4_K_M-with-a-name-that-goes-on-and-on"
    )
    over = dict(page.evaluate(_OVER))
    assert over.keys() == {"suite", "judge", "mode", *(["evaluation"] if width == 390 else [])}
    assert max(over.values()) <= 0
    assert page.evaluate("() => getComputedStyle(document.querySelector('#judge input')).textOverflow") == "ellipsis"
    heights = page.evaluate(_HEIGHTS)
    assert heights["mode"] == heights["repeats"]
    if width == 1280:
        assert heights["suite"] <= heights["targets"] + 4


def keep_two(folder: Path) -> None:
    """Keep an evaluation of two models, and one of which nothing was asked yet."""
    database = open_database(folder)
    archive = Archive(DocumentStore(database), RunStore(database))
    items = [case(number) for number in range(3)]
    keep_answers(archive, evaluation(*items, evaluation_id="aaa111", models=(TARGET, OTHER)))
    archive.add(evaluation(case(9), evaluation_id="bbb222"))
    database.dispose()


@pytest.mark.slow
def test_verdict_and_table_are_on_the_first_screen_and_each_part_has_its_address(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    keep_two(tmp_path)
    page = visit(f"{serve(AnsweringProvider()).url}/?evaluate=aaa111&part=answers", is_ready=False).page
    expect(page.get_by_role("tab", name="Answers")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("link", name="Question 2?").first).to_be_visible()
    page.get_by_role("tab", name="Summary").click()
    expect(page).to_have_url(re.compile(r"\?evaluation=aaa111$"))
    table = page.locator(".verdict-table")
    expect(table.get_by_role("columnheader")).to_have_count(3)
    expect(table.get_by_role("row", name="Quality")).to_contain_text("UNPROVEN")
    expect(page.locator(".verdicts li")).to_have_count(2)
    box = table.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720
    links = page.locator("#evaluate-list a")
    expect(links).to_have_count(3)
    expect(page.locator("#evaluate-list a[aria-current]")).to_have_attribute("data-evaluation", "aaa111")
    page.get_by_role("tab", name="Judge").click()
    expect(page).to_have_url(re.compile("evaluation=aaa111&part=judge$"))
    expect(page.locator("#evaluate-judge-card")).to_contain_text("not checked")

    links.and_(page.locator("[data-evaluation=bbb222]")).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("evaluation=bbb222&part=judge$"))
    page.get_by_role("tab", name="Summary").click()
    expect(page.locator("#scorecard")).to_contain_text("not measured")
    expect(page.locator("#evaluate-go-on")).to_be_visible()  # nothing was asked yet
    for hidden in ("#evaluate-pause", "#evaluate-stop", "#evaluate-setup"):
        expect(page.locator(hidden)).to_be_hidden()

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#evaluate-list")).to_be_hidden()
    expect(page.locator("#evaluation input")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
