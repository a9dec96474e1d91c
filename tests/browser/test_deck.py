"""The blind deck in a real browser: voted on with the keyboard, found to tell nothing before the vote, and usable."""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.recorder import RECORD, Recorder
from tests.browser.test_accessible import found
from tests.evals.sessions.duel import ALPHA, BETA, DUEL, QUESTIONS, SECRETS, keep_duel, run_of
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RUNS: Final = [run_of(question, model) for question in QUESTIONS for model in (ALPHA, BETA)]


@pytest.fixture
def archive(tmp_path: Path) -> SessionArchive:
    database = open_database(tmp_path)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    keep_duel(archive)
    return archive


def begin(page: Page, name: str) -> None:
    page.locator("#deck-person input, #deck-person textarea").first.fill(name)
    page.locator("#deck-begin").click()
    expect(page.locator("#deck-panes .pane")).to_have_count(2)


def test_everything_that_the_page_knows_before_the_vote_tells_nothing(
    serve: Serve, visit: Open, archive: SessionArchive
) -> None:
    """The attack: a session is chosen by its title, so its id is in the list; all else is searched for from there."""
    given = [secret for secret in (*SECRETS, *RUNS) if secret != DUEL.session_id]
    url = serve(PerSection()).url
    context = visit(url, watch=RECORD).page.context
    page, recorder = recorded(context)
    page.goto(f"{url}/?deck=")
    begin(page, "Kim")
    page.wait_for_url(re.compile(r"\?deck=[0-9a-f]{16}$"))
    for key, place in (("j", 2), ("j", 3), ("k", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(page.locator("#deck-head")).to_contain_text(f"{place} of 3 · 0 voted")
    known = recorder.known()
    assert "Much more can be said" in known  # the answers are in what is searched
    assert [secret for secret in given if secret in known] == []

    # Its address tells not even which session it is.
    again, recorder = recorded(context)
    again.goto(page.url)
    expect(again.locator("#deck-panes .pane")).to_have_count(2)
    known = recorder.known()
    assert "Much more can be said" in known
    assert [secret for secret in (*given, DUEL.session_id) if secret in known] == []

    again.keyboard.press("1")
    expect(again.locator("#deck-sides")).to_contain_text("alpha-seven")
    expect(again.locator("#deck-sides")).to_contain_text("beta-three")
    assert "1.9 GB" in recorder.known()


def recorded(context: BrowserContext) -> tuple[Page, Recorder]:
    page = context.new_page()
    return page, Recorder(page)


def test_a_person_votes_with_the_keyboard_changes_it_and_finds_it_again(
    serve: Serve, visit: Open, archive: SessionArchive
) -> None:
    opened = visit(f"{serve(PerSection()).url}/?deck=", is_ready=False)
    page = opened.page
    page.locator("#deck-begin").click()
    expect(page.locator("#deck-notice")).to_contain_text("Enter a name first")
    page.locator("#deck-person input, #deck-person textarea").first.fill("Kim")
    page.keyboard.press("Enter")
    expect(page.locator("#deck-head")).to_contain_text("1 of 3 · 0 voted")
    page.locator("#deck-words input, #deck-words textarea").first.fill("4 reasons")  # a digit in a field is no vote
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator("#deck-head")).to_contain_text("Your vote: B is better")
    expect(page.locator("#deck-sides .side").nth(1)).to_have_class("side won")
    expect(page.locator("#deck-sides")).to_contain_text("asked first")
    page.keyboard.press("1")  # a second press is no second vote
    page.keyboard.press("u")
    expect(page.locator("#deck-head")).to_contain_text("1 of 3 · 0 voted")
    page.keyboard.press("3")
    expect(page.locator("#deck-head")).to_contain_text("Your vote: Tie")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#deck-head")).to_contain_text("2 of 3 · 1 voted")
    expect(page.locator("#deck-sides .who")).to_have_count(0)

    page.reload()
    expect(page.locator("#deck-head")).to_contain_text("2 of 3 · 1 voted")  # the browser knows the name
    for key, seen in (("1", "Your vote: A"), ("j", "3 of 3"), ("4", "Your vote: Both bad"), ("j", "")):
        page.keyboard.press(key)
        expect(page.locator("#deck-head")).to_contain_text(seen)
    expect(page.locator("#deck-panes")).to_contain_text("You have voted on everything")
    expect(page.locator("#deck-left")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#deck-setup")).to_be_visible()
    page.wait_for_url("**/")
    votes = archive.votes(DUEL.session_id)
    assert sorted((vote.voter, vote.choice, vote.is_blind) for vote in votes) == [
        ("Kim", "both_bad", True),
        ("Kim", "left", True),
        ("Kim", "tie", False),
    ]


@pytest.mark.parametrize(("locale", "is_dark", "width"), [("ko-KR", False, 1280), ("en-US", True, 390)])
def test_all_fits_and_axe_finds_nothing(
    serve: Serve, visit: Open, archive: SessionArchive, locale: str, is_dark: bool, width: int
) -> None:
    opened = visit(f"{serve(PerSection()).url}/?deck=", locale=locale, is_dark=is_dark, width=width, is_ready=False)
    page = opened.page
    expect(page.locator("#deck-setup")).to_be_visible()
    assert found(opened) == []
    page.locator("#deck-share").click()
    address = re.compile(re.escape(opened.url) + "[0-9a-f]{16}$")
    expect(page.locator("#deck-address").locator("input, textarea").first).to_have_value(address)
    begin(page, "김")
    for selector in ("#deck-left", "#deck-both_bad", "#deck-close", "#deck-words", "#deck-sides"):
        expect(page.locator(selector)).to_be_in_viewport(ratio=1)
    assert found(opened) == []
    if width < 760:
        panes = page.locator("#deck-panes .pane")
        expect(panes.nth(1)).not_to_be_in_viewport(ratio=0.5)
        page.get_by_role("button", name="B", exact=True).click()
        expect(panes.nth(1)).to_be_in_viewport(ratio=0.5)
        expect(page.locator("#deck-sides .side").nth(1)).to_have_attribute("data-in-sight", "")
    page.locator("#deck-tie").click()
    expect(page.locator("#deck-sides .who")).to_have_count(2)
    for selector in ("#deck-forward", "#deck-close"):
        expect(page.locator(selector)).to_be_in_viewport(ratio=1)
    assert found(opened) == []
