"""What a model wrote is what page, replay and report show, and what a person copies from them."""

import json
import unicodedata
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from llmfirst.providers.base import Chunk, Request, Usage
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, gated
from tests.browser.test_evaluate import evaluate, give_suite, open_part
from tests.evals.answering import AnsweringProvider
from tests.read_html import letters_and_digits
from tests.scripted import END, PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_TEXTS = (
    "회의는 10~20명, 방은 30~40개입니다.",
    "Lunch is (~8 km) or (~3 km) from here.",
    "Use List<String> or a Map<K, V> here, then call it.",
    '이것은 **"핵심"**처럼 중요합니다.',
    "**서울(Seoul)**의 날씨를 봅니다.",
    "산에는 꽃이 피네\n들에는 새가 우네\n강에는 배가 가네",
    "It was $5 and then $10, that is all.",
    "Write to <help@example.org> or see <https://example.org>.",
    "The <b> tag makes text bold and <br> breaks a line.",
    "Run git clone <url> and cd <folder> in it, then stop.",
    "Seoul[1] is large, and so on [^1] &amp; &#65;.",
    "#한국 #서울 두 낱말입니다.",
    "| a | b |\n|---|---|\n| c | d | e |",
)
_SECTIONS = ("A plan.", "\n\n".join(_TEXTS), "Details.", "An end.")
_SUITE = """{"id": "one", "question": "Why?", "language": "ko", "criteria": [{"claim": "It is there."}], \
"good": "the good one", "bad": "the bad one"}
"""
_COPIED = """(one) => { const all = getSelection(); all.selectAllChildren(one); const text = all.toString();
  all.removeAllRanges(); return text; }"""


class WritingProvider(AnsweringProvider):
    """Writes the same answer to every question; judges as its parent does."""

    def __init__(self) -> None:
        super().__init__()
        self._written = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if request.top_logprobs:
            async for chunk in super().stream(request):
                yield chunk
            return
        text = _SECTIONS[self._written % len(_SECTIONS)]
        self._written += 1
        self.opened += 1
        try:
            for at in range(0, len(text), 20):
                yield Chunk(text=text[at : at + 20])
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=3))
        finally:
            self.closed += 1


def shows(panel: Locator, text: str) -> None:
    """Compare letters and digits of what is seen, and of what is copied."""
    expect(panel).to_contain_text("낱말입니다")
    expected = letters_and_digits(unicodedata.normalize("NFKC", text))
    for seen in (panel.inner_text(), panel.evaluate(_COPIED)):
        assert letters_and_digits(unicodedata.normalize("NFKC", seen)) == expected


def test_page_replay_report_and_label_mode_show_what_was_written(
    serve: Serve, visit: Open, browser: Browser, tmp_path: Path
) -> None:
    visited = visit(serve(WritingProvider()).url)
    visited.ask("Why?")
    visited.wait_for("#state", "Complete")
    page = visited.page
    drawn = page.locator("#panel-core .md").inner_html()
    shows(page.locator("#panel-core .md"), _SECTIONS[1])
    visited.reload()
    visited.wait_for("#state", "Complete")
    shows(page.locator("#panel-core .md"), _SECTIONS[1])
    assert page.locator("#panel-core .md").inner_html() == drawn

    evaluate(visited)
    give_suite(page, tmp_path, _SUITE)
    expect(page.locator("#estimate")).to_contain_text("1 question")
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Done", timeout=40_000)
    page.locator("#report").click()
    saved: dict[str, Path] = {}
    for ending in (".html", ".jsonl"):
        expect(page.locator("#files")).to_contain_text(ending)
        with page.expect_download() as download:
            page.locator(f"#files a[download$='{ending}']").first.click()
        saved[ending] = tmp_path / f"saved{ending}"
        download.value.save_as(saved[ending])
    written = json.loads(saved[".jsonl"].read_text(encoding="utf-8"))["text"]
    assert _SECTIONS[1] in written

    open_part(page, "Answers")
    page.get_by_role("link", name="Why?").click()
    sections = page.locator("#detail .left .written .md")
    shows(sections.filter(has_text="낱말입니다"), _SECTIONS[1])
    whole = unicodedata.normalize("NFKC", "".join(sections.all_inner_texts()))
    assert letters_and_digits(whole) == letters_and_digits(unicodedata.normalize("NFKC", written))
    open_part(page, "Label by hand")
    page.locator("#label-person input, #label-person textarea").first.fill("Kim")
    page.locator("#label-person input, #label-person textarea").first.press("Enter")
    shows(page.locator("#label-read .written .md"), written)
    context = browser.new_context()
    try:
        report = context.new_page()
        report.goto(saved[".html"].as_uri())
        report.locator(".answers details summary").first.click()
        shows(report.locator(".opened .written .md"), written)
    finally:
        context.close()


def test_a_finished_paragraph_stays_as_it_is_while_the_next_one_is_written(serve: Serve, visit: Open) -> None:
    gate = Gate()
    core = gated("One **and** two.\n\nThree", gate, " and `four` and five.\n\n- six\n", END)
    page = visit(serve(PerSection(["plan", END], core, ["a", END], ["b", END])).url)
    page.ask("why?")
    page.wait_for("#panel-core", "Three")
    paragraph = page.page.locator("#panel-core .md p").first
    paragraph.evaluate("(one) => { window.first = one; getSelection().selectAllChildren(one); }")
    gate.open()
    page.wait_for("#state", "Complete")
    page.wait_for("#panel-core", "six")
    assert paragraph.evaluate("(one) => one === window.first && getSelection().toString()") == "One and two."
