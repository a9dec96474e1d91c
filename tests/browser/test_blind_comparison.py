"""A blind comparison in a real browser, attacked by its own owner until the vote."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from llmfirst.providers.base import Chunk, Request
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.recorder import RECORD, Recorder
from tests.browser.test_accessible import found
from tests.comparing import PacedProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAMES = ("gauss-seven", "euler-three")


class Nameless(PacedProvider):
    """Models that do not name themselves in their answers."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().stream(request):
            yield chunk.model_copy(update={"text": chunk.text.replace(request.model, "nobody")})


def votes_and_runs(folder: Path) -> tuple[SessionArchive, list[str]]:
    database = open_database(folder)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    return archive, [ask.run_id for session in archive.all() for ask in archive.asks(session.session_id)]


def listed(page: Page, url: str) -> list[str]:
    return [run["run_id"] for run in page.request.get(f"{url}/api/runs?asked_by=all").json()["runs"]]


def test_not_even_its_owner_finds_out_who_wrote_what_before_the_vote(serve: Serve, visit: Open, tmp_path: Path) -> None:
    """Which two compete the owner knows: the names stand in lists to choose from, and nowhere beside an answer."""
    url = serve(Nameless(dict.fromkeys(NAMES, 0.002))).url
    opened = visit(f"{url}/?compare", is_ready=False, watch=RECORD)
    page, recorder = opened.page, Recorder(opened.page)
    page.locator("#compare-hiding input[value=blind]").check()
    page.locator("#compare-question textarea").fill("Why?")
    page.evaluate("() => { window.replies.length = 0; }")
    page.locator("#compare-ask").click()
    expect(page.locator("#compare-left")).to_be_enabled()
    expect(page.locator("#compare-columns")).to_contain_text("by nobody")

    archive, runs = votes_and_runs(tmp_path)
    assert len(runs) == 2
    replies = re.sub(r'"choices":\[\[.*?\]\],"value":"[^"]*"', "", page.evaluate("() => window.replies.join('')"))
    shown = page.evaluate(
        "() => ['#compare-columns', '#compare-line', '#compare-bar', '#compare-vote', '#compare-voting']"
        ".map((place) => document.querySelector(place).outerHTML).join('') + document.title + location.href"
    )
    assert "by nobody" in replies
    assert "by nobody" in shown
    assert [name for name in NAMES if name in replies or name in shown] == []
    known = recorder.known()
    assert [run_id for run_id in runs if run_id in known] == []

    # With a run's id in hand, or without: neither the API nor the history nor a link tells of it.
    assert listed(page, url) == []
    for path in ("", "/ledger", "/file", "/events"):
        for run_id in runs:
            assert page.request.get(f"{url}/api/runs/{run_id}{path}").status == 404
    guess = page.context.new_page()
    guess.goto(f"{url}/?run={runs[0]}")
    expect(guess.locator("#buttons #ask")).to_be_enabled()
    expect(guess.locator("#answer")).not_to_contain_text("by nobody")
    guess.get_by_role("tab", name="History").click()
    expect(guess.locator("#history-list")).to_be_visible()
    expect(guess.locator("#history-list .run")).to_have_count(0)
    guess.close()

    page.locator("#compare-person").locator("input, textarea").first.fill("Kim 1")  # a digit in a field is no vote
    page.keyboard.press("Tab")
    expect(page.locator("#compare-vote")).to_contain_text("Which is better, A or B?")
    page.locator("#compare-columns").click()
    page.keyboard.press("2")
    expect(page.locator("#compare-vote")).to_contain_text("Your vote: B is better")
    for name in NAMES:
        expect(page.locator("#compare-columns")).to_contain_text(name)
    assert sorted(listed(page, url)) == sorted(runs)
    assert found(opened) == []
    votes = [vote for session in archive.all() for vote in archive.votes(session.session_id)]
    assert [(vote.voter, vote.choice, vote.is_blind) for vote in votes] == [("Kim 1", "right", True)]
    page.keyboard.press("u")
    expect(page.locator("#compare-vote")).to_contain_text("Which is better, A or B?")
