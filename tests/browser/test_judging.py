"""A judge is let vote from the Compare tab with the keyboard, stopped, and taken up again."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from llmfirst.providers.base import Chunk
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.evals.sessions.made import HOW, WHY, Shelf, keep_answers, session

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OF = session()


class SlowReader(Shelf):
    """Reads so slowly that it can be stopped."""

    pause_seconds = 0.02

    async def stream(self, request: Any) -> AsyncGenerator[Chunk, None]:
        if request.top_logprobs:
            await asyncio.sleep(self.pause_seconds)
        async for chunk in super().stream(request):
            yield chunk


def test_a_judge_votes_is_stopped_and_goes_on_with_the_keyboard_only(serve: Serve, visit: Open, tmp_path: Path) -> None:
    database = open_database(tmp_path)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    keep_answers(archive, OF, WHY, HOW)
    for question in (WHY, HOW):
        archive.unveil(OF.session_id, question.question_id)
    database.dispose()
    provider = SlowReader()
    first = visit(f"{serve(provider).url}/?session={OF.session_id}", is_ready=False)
    page = first.page
    page.locator("#judging-panel > button").press("Enter")
    vote, stop, said = (page.locator(f"#judging-{name}") for name in ("vote", "stop", "said"))
    expect(page.locator("#judging-judge input")).to_have_value("ollama/a")
    expect(said.get_by_role("note")).to_contain_text("self-judged: ollama/a is among the models compared")
    vote.press("Enter")
    expect(said).to_contain_text("ollama/a reads pairs")
    expect(vote).to_be_disabled()
    stop.press("Enter")
    expect(stop).to_be_hidden()
    expect(said).to_be_empty()
    provider.pause_seconds = 0.0
    vote.press("Enter")
    expect(said).to_contain_text("ollama/a cannot decide between answers", timeout=40_000)
    expect(vote).to_be_enabled()
    page.get_by_label("한국어").check()
    expect(said).to_contain_text("우열을 정할 수 없습니다")
    expect(vote).to_have_text("심사 모델도 투표")
