"""A server with credentials in a real browser: the login, and what one person sees of another's."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.credentials import parse_credentials
from llmfirst.texts import texts_in
from tests.browser.conftest import Open, Serve
from tests.browser.served import endless, whole
from tests.evals.answering import AnsweringProvider
from tests.scripted import END, PerSection

pytestmark = pytest.mark.browser
USERS = parse_credentials("alice:wonderland bob:builder-bob", shortest=8)
TOKENS = parse_credentials("alice:alice-0123456789", shortest=16)
CLOSED = ServerOptions(access_policy=AccessPolicy(USERS, TOKENS))
_OF_THE_BROWSER = "manifest.json|status of 401|401 for "
_OF_LEAVING = "aborted without reason|Connection errored out"


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button").click()


def test_one_logs_in_and_asks_and_another_sees_nothing_of_it(serve: Serve, visit: Open) -> None:
    there = serve(PerSection(*whole("hers"), ["plan", END], endless("word", 0.05)), options=CLOSED)
    alice = visit(there.url, is_ready=False)
    expect(alice.page).to_have_url(f"{there.url}/login?next=%2F")
    log_in(alice.page, "alice", "wrong")
    expect(alice.page.get_by_role("alert")).to_contain_text("wrong")
    alice.forgive(_OF_THE_BROWSER)
    log_in(alice.page, "alice", "wonderland")
    alice.wait_until_ready()
    alice.ask("why?")
    alice.wait_for("#state", "Complete")
    expect(alice.page.locator("#panel-core")).to_have_text("hers core.")
    hers = alice.run_id()

    bob = visit(f"{there.url}/?run={hers}", is_ready=False)
    log_in(bob.page, "bob", "builder-bob")
    bob.wait_until_ready()
    expect(bob.page.locator("#problem")).to_contain_text(texts_in("en").refusals.run_unknown)
    assert "hers core" not in bob.page.content()

    alice.reload()
    expect(alice.page.locator("#panel-core")).to_have_text("hers core.")
    alice.ask("again?")
    alice.wait_for("#panel-core", "word2")
    alice.page.keyboard.press("Escape")
    alice.wait_for("#state", "Stopped")

    alice.page.get_by_role("link", name="Log out (alice)").click()
    alice.page.get_by_role("button", name="Log out").click()
    alice.page.goto(there.url)
    expect(alice.page.get_by_label("Password")).to_be_visible()
    for one in (alice, bob):
        one.forgive(f"{_OF_THE_BROWSER}|{_OF_LEAVING}")


def test_the_login_is_dark_where_everything_else_is(serve: Serve, visit: Open) -> None:
    there = visit(serve(PerSection(), options=CLOSED).url, is_ready=False, is_dark=True)
    colour = "(selector) => getComputedStyle(document.querySelector(selector)).color"
    assert there.page.evaluate(colour, "h1") == there.page.evaluate(colour, "input") == "rgb(255, 255, 255)"
    there.forgive(_OF_THE_BROWSER)


@pytest.mark.slow  # tests/evals/ui/test_owned_calls.py sends the same calls without a browser
def test_an_evaluation_is_on_the_page_of_who_began_it_and_unknown_on_anothers(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    suite = tmp_path / "her-suite.jsonl"
    suite.write_text('{"question": "A secret question?", "language": "en"}\n', encoding="utf-8")
    there = serve(AnsweringProvider(), options=CLOSED)
    alice, bob = visit(there.url, is_ready=False), visit(there.url, is_ready=False)
    for one, name, password in ((alice, "alice", "wonderland"), (bob, "bob", "builder-bob")):
        log_in(one.page, name, password)
        one.wait_until_ready()
        one.page.get_by_role("tab", name="Evaluate").click()
        one.page.locator("#evaluate-new").click()
        expect(one.page.locator("#estimate")).to_contain_text("4 questions")
    alice.page.locator("#evaluate-setup input[type=file]").first.set_input_files(suite)
    expect(alice.page.locator("#estimate")).to_contain_text("1 questions")
    alice.page.locator("#evaluate-start").click()
    expect(alice.page.locator("#evaluate-progress")).to_contain_text("Done", timeout=40_000)
    expect(alice.page.locator("#scorecard")).to_contain_text("her-suite")

    bob.page.goto(alice.page.url)
    expect(bob.page.locator("#evaluate-notice")).to_contain_text("There is no evaluation")
    expect(bob.page.locator("#evaluate-progress")).not_to_contain_text("Done")
    assert "her-suite" not in bob.page.content()
    for one in (alice, bob):
        one.forgive(f"{_OF_THE_BROWSER}|{_OF_LEAVING}")
