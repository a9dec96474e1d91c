"""A comparison that another machine exported, taken in on the Compare tab of a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.sessions.transfer import exported_session
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.browser.test_accessible import found
from tests.comparing import PacedProvider
from tests.evals.sessions.voted import keep_voted

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_CUT_OFF = "(all) => all.filter((one) => one.scrollHeight > one.clientHeight + 2).map((one) => one.id)"
_READ_SECONDS = 60  # by a process of its own


def test_a_comparison_is_taken_in_from_its_file_and_a_file_of_something_else_is_told(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    database = open_database(tmp_path / "there")
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    of = keep_voted(archive)
    whole, other = tmp_path / "whole.jsonl", tmp_path / "other.jsonl"
    whole.write_text("\n".join(exported_session(archive, of)), encoding="utf-8")
    other.write_text("[]", encoding="utf-8")
    database.dispose()
    url = f"{serve(PacedProvider({'quick': 0.0, 'slow': 0.0})).url}/?compare"
    on_a_phone = visit(url, is_ready=False, locale="ko-KR", width=390).page
    expect(on_a_phone.locator("#compare-tab")).to_have_attribute("data-stage", "home")
    assert on_a_phone.locator("#compare-how fieldset").evaluate_all(_CUT_OFF) == []
    here = visit(url, is_ready=False)
    page = here.page
    expect(page.locator("#compare-tab")).to_have_attribute("data-stage", "home")
    assert found(here) == []
    file = page.locator("#compare-tab input[type=file]")
    file.set_input_files(str(other))
    expect(page.locator("#compare-notice")).to_contain_text("not a session", timeout=_READ_SECONDS * 1000)
    file.set_input_files(str(whole))
    page.wait_for_url(re.compile(rf"\?session={of.session_id}"), timeout=_READ_SECONDS * 1000)
    expect(page.locator("#compare-bar input")).to_have_value(of.title)
    expect(page.locator("[data-column='0'] .at-state")).to_have_text("Complete")
