"""Hostile texts by other ways in: questions, suite files, names of models and files; and out: reports and exports."""

import csv
import json
from collections.abc import AsyncGenerator
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from llmfirst.providers.base import Chunk, ModelCard, Request, Usage
from tests.browser.conftest import Open, Serve
from tests.browser.elsewhere import elsewhere
from tests.browser.payloads import printable
from tests.evals.answering import AnsweringProvider
from tests.live_runs import WHOLE
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_REFUSED = (
    "Content Security Policy|request to another origin|404 for |status of 40[34]|403 for |Failed to load resource"
)
_NAME = "<img src=x onerror='window.ran = 1'>"
_OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
_SPRING = "() => document.querySelectorAll('main a, main button.send').forEach((one) => one.click())"


class NamedProvider(PerSection):
    """A model whose name is a trap."""

    async def models(self) -> tuple[ModelCard, ...]:
        return (ModelCard(name=_NAME, parameters="<b>1B</b>", quantization="<script>window.ran = 1</script>"),)


class HostileProvider(AnsweringProvider):
    """Judges as its parent does, and answers with traps."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self._texts = cycle(texts)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if request.top_logprobs:
            async for chunk in super().stream(request):
                yield chunk
            return
        self.opened += 1
        try:
            for _ in range(25):
                yield Chunk(text=f"{next(self._texts)}\n\n")
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=3))
        finally:
            self.closed += 1


def suite_of(texts: list[str]) -> str:
    """Return a suite with a trap in every field that a file may fill."""
    parts = [texts[at : at + 30] for at in range(0, len(texts), 30)]
    lines = [
        {
            "id": f"{_NAME}{number}",
            "question": "\n".join(part)[:3900],
            "category": _NAME,
            "language": "en",
            "reference": "\n".join(part),
            "criteria": [{"claim": f"{part[0]} {_NAME}", "critical": True}],
            "good": "\n".join(part),
            "bad": f"{_NAME} the bad anchor",
        }
        for number, part in enumerate(parts)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def nothing_ran(page: Page, asked: list[str]) -> None:
    assert page.evaluate("() => window.ran") is None
    assert asked == []


def test_hostile_questions_and_model_names_are_drawn_as_they_are(serve: Serve, visit: Open) -> None:
    with elsewhere() as there:
        texts = printable(there.url)
        asked = ["\n".join(texts[at : at + 22])[:3900] for at in range(0, len(texts), 22)]
        page = visit(serve(NamedProvider(*WHOLE * len(asked))).url)
        expect(page.page.locator("#ready b")).to_have_text(_NAME)
        for question in asked:
            page.ask(question)
            page.wait_for("#state", "Complete")
            page.page.evaluate(_OPEN_ALL)
            expect(page.page.locator("#why")).to_contain_text(_NAME)
            nothing_ran(page.page, there.asked)
            page.reload()
            page.wait_for("#state", "Complete")
            nothing_ran(page.page, there.asked)
        page.forgive(_REFUSED)


def test_a_hostile_suite_answers_report_and_exports_run_nothing_and_reach_nobody(
    serve: Serve, visit: Open, browser: Browser, tmp_path: Path
) -> None:
    with elsewhere() as there:
        texts = printable(there.url)
        visited = visit(serve(HostileProvider(texts)).url)
        page = visited.page
        page.get_by_role("tab", name="Evaluate").click()
        page.locator("#evaluate-new").click()
        expect(page.locator("#estimate")).to_contain_text("questions")
        file = tmp_path / f"{_NAME}.jsonl"
        file.write_text(suite_of(texts), encoding="utf-8")
        page.locator("#evaluate-setup input[type=file]").first.set_input_files(file)
        expect(page.locator("#estimate")).to_contain_text("3 questions")
        page.locator("#evaluate-start").click()
        expect(page.locator("#evaluate-progress")).to_contain_text("Done", timeout=60_000)
        nothing_ran(page, there.asked)
        page.get_by_role("tab", name="Answers").click()
        for number in range(3):
            page.get_by_role("row", name=f"{_NAME}{number}").get_by_role("link").click()
            expect(page.locator("#detail")).to_contain_text("window.ran")
            page.evaluate(_OPEN_ALL)
            nothing_ran(page, there.asked)
            page.keyboard.press("Escape")
        page.get_by_role("tab", name="Label by hand").click()
        page.locator("#label-person input, #label-person textarea").first.fill(_NAME)
        page.locator("#label-person input, #label-person textarea").first.press("Enter")
        expect(page.locator("#label-claim .claim")).to_contain_text(_NAME)
        nothing_ran(page, there.asked)
        page.locator("#label-close").click()

        page.locator("#report").click()
        saved: dict[str, Path] = {}
        for ending in (".html", ".csv", ".jsonl"):
            expect(page.locator("#files")).to_contain_text(ending)
            with page.expect_download() as download:
                page.locator(f"#files a[download$='{ending}']").first.click()
            saved[ending] = tmp_path / f"saved{ending}"
            download.value.save_as(saved[ending])
        nothing_ran(page, there.asked)
        visited.forgive(_REFUSED)

        # Opened from the disk: no server's policy stands in front of it, only its own.
        context = browser.new_context()
        try:
            report = context.new_page()
            report.goto(saved[".html"].as_uri())
            report.wait_for_timeout(1000)
            report.evaluate(_OPEN_ALL)
            nothing_ran(report, there.asked)
            assert _NAME in report.inner_text("body")
            report.evaluate(_SPRING)
            nothing_ran(report, there.asked)
            assert report.locator("a[href^='javascript' i], iframe, object, embed, form, base").count() == 0
        finally:
            context.close()
        lines = [json.loads(line) for line in saved[".jsonl"].read_text(encoding="utf-8").splitlines()]
        assert any("window.ran" in json.dumps(line) for line in lines)
        with saved[".csv"].open(encoding="utf-8-sig", newline="") as table:
            cells = [cell for row in csv.reader(table) for cell in row]
        assert any("window.ran" in cell for cell in cells)
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)
