"""The card of a judge on System and on Evaluate: checked, followed, stopped and gone on with by keyboard."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from evals.calibration.answers import load_gold
from evals.calibration.calibration import looks
from evals.judge.judge import prompt_sha256
from evals.records.archive import Archive
from evals.records.evaluation import JudgeCard
from llmfirst.providers.base import Chunk, TokenLogprob, Warmth
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found
from tests.browser.test_evaluate_looks import keep_two
from tests.evals.calibration.made import readings, right
from tests.evals.made import YES
from tests.evals.sessions.made import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GOOD = [
    text
    for case in load_gold("en").cases
    for text in (case.good or "", *(answer.text for answer in case.answers if answer.label == "good"))
]


class KnowsEnglish(Shelf):
    """A judge that is right about English answers, passes every Korean one, and is slow where its test wants it."""

    loading_seconds = 0.0
    reading_seconds = 0.0

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        await asyncio.sleep(self.loading_seconds)
        return await super().warm(model, context_tokens)

    async def stream(self, request: Any) -> AsyncGenerator[Chunk, None]:
        if not request.top_logprobs:
            async for chunk in super().stream(request):
                yield chunk
            return
        await asyncio.sleep(self.reading_seconds)
        asked = request.messages[-1].content
        is_yes = any("가" <= sign <= "힣" for sign in asked) or any(text in asked for text in GOOD)
        top = tuple(
            TokenLogprob(token=word, logprob=-0.1 if is_yes == (word == "Yes") else -2.4) for word in ("Yes", "No")
        )
        yield Chunk(
            text="Yes", logprobs=(TokenLogprob(token="Yes", logprob=top[0].logprob, top=top),), finish_reason="stop"
        )


def keep_nearly_all(folder: Path) -> None:
    """Keep all readings but those of the last English case before the first look."""
    database = open_database(folder)
    archive = Archive(DocumentStore(database), RunStore(database))
    judge = JudgeCard(provider="ollama", model="a", digest=None, address=None, prompt_sha256=prompt_sha256())
    korean, english = load_gold("ko"), load_gold("en")
    said = {**readings(korean, lambda *_: YES), **readings(english.first(looks(english)[0] - 1), right)}
    for key, reading in said.items():
        archive.keep_reading(judge, key, reading)
    database.dispose()


def test_a_judge_is_checked_on_system_with_the_keyboard_and_its_card_is_on_evaluate_too(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    keep_two(tmp_path)
    keep_nearly_all(tmp_path)
    judge = KnowsEnglish()
    judge.loading_seconds = 3.0
    judge.reading_seconds = 3.0
    url = serve(judge).url
    first = visit(f"{url}/?system", is_ready=False)
    page = first.page
    check, stop, progress, card = (
        page.locator(f"#system-judge-{name}") for name in ("check", "stop", "progress", "card")
    )
    expect(page.locator("#system-judge-choice input")).to_have_value("ollama/a")
    expect(card.locator(".languages li")).to_have_count(2)
    expect(card.locator("li.begun")).to_contain_text("66 of 144 answers are read")
    check.press("Enter")
    expect(progress).to_contain_text("Preparing ollama/a: 1 s", timeout=3_000)  # no model has said anything yet
    expect(progress).to_contain_text("Preparing ollama/a: 2 s")
    expect(progress).to_contain_text("ollama/a reads known answers")
    expect(progress.locator("progress")).to_be_visible()
    expect(check).to_be_hidden()
    stop.press("Enter")
    expect(progress).to_contain_text("What was read is kept")
    expect(card.locator("li.begun")).to_contain_text("not certain yet")
    judge.reading_seconds = 0.0
    check.press("Enter")
    expect(card.locator("li.believed")).to_contain_text("72 of 144 known answers were enough")
    expect(card.locator("li.not_believed")).to_contain_text("Korean")
    expect(card).to_contain_text("checked 20")
    card.locator("summary").press("Enter")
    row = card.get_by_role("row", name="bad answers recognised")
    expect(row).to_contain_text("≥ 0.70")
    expect(row.get_by_role("img", name="not met")).to_have_count(1)
    assert not found(first)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("한국어").check()
    expect(card.locator("li.not_believed")).to_contain_text("믿을 수 없음", timeout=40_000)
    expect(check).to_have_text("이 심사 모델 점검")
    result = visit(f"{url}/?evaluation=aaa111&part=judge", is_ready=False).page
    expect(result.locator("#evaluate-judge-card")).to_contain_text("not checked")  # of its own judge
    expect(result.locator("#evaluate-judge-check")).to_be_visible()
