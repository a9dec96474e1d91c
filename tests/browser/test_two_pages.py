"""Two programs on one PostgreSQL behind nginx, by the recipe of `deploy/`, in a real browser."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.server import App, free_port
from tests.browser.visit import Visit
from tests.nginx import nginx
from tests.postgres import new_database

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.embedded, pytest.mark.nginx]
TOKEN = "alice-0123456789"
_OF_LEAVING = "manifest.json|status of 401|401 for |aborted without reason|Connection errored out"
_OF_DYING = f"{_OF_LEAVING}|50[24]|ERR_|network error|Failed to fetch|Lost connection"


@dataclass(frozen=True)
class TwoPages:
    """Two programs, by their addresses as nginx tells them, behind one URL."""

    url: str
    apps: dict[str, App]


@pytest.fixture
def two_pages(tmp_path: Path, small_model_home: Path) -> Iterator[TwoPages]:
    port, database = free_port(), new_database()
    apps: dict[str, App] = {}
    with ExitStack() as stack:
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            app = App(
                folder, small_model_home / "models", "--deadline", "7", "--public-url", f"http://127.0.0.1:{port}"
            )
            stack.callback(app.kill)
            app.start(
                LLMFIRST_DATABASE_URL=database,
                LLMFIRST_PAGE_USERS="alice:wonderland",
                LLMFIRST_API_TOKENS=f"alice:{TOKEN}",
            )
            apps[f"127.0.0.1:{app.port}"] = app
        yield TwoPages(stack.enter_context(nginx(tmp_path, port, list(apps))), apps)


def entered(visit: Open, url: str) -> Visit:
    """Return a visit of its own, as a browser that nobody has seen, after the login."""
    there = visit(url, is_ready=False)
    there.page.get_by_label("Name").fill("alice")
    there.page.get_by_label("Password").fill("wonderland")
    there.page.get_by_role("button").click()
    there.wait_until_ready()
    return there


def page_of(there: Visit) -> str:
    """Return which program a browser is served by; its requests never change it."""
    found = {there.page.request.get(f"{there.url.split('?')[0]}healthz").headers["x-llmfirst-page"] for _ in range(4)}
    assert len(found) == 1
    return found.pop()


def elsewhere(visit: Open, url: str, first: str) -> Visit:
    """Return a visit that another program serves than `first`."""
    for _ in range(20):
        there = visit(url, is_ready=False)
        if page_of(there) != first:
            return there
    raise AssertionError("twenty browsers came to one program")


def test_an_answer_is_read_from_the_other_page_and_outlives_its_own(two_pages: TwoPages, visit: Open) -> None:
    alice = entered(visit, f"{two_pages.url}/")
    alice.ask("Why is the sky blue?")
    alice.wait_for("#state", "Complete")
    run, core, own = alice.run_id(), alice.panel("core"), page_of(alice)

    other = elsewhere(visit, f"{two_pages.url}/?run={run}", own)
    other.page.get_by_label("Name").fill("alice")
    other.page.get_by_label("Password").fill("wonderland")
    other.page.get_by_role("button").click()
    other.wait_for("#state", "Complete")
    assert other.panel("core") == core

    two_pages.apps[own].kill()
    answer = httpx.get(f"{two_pages.url}/api/runs/{run}", headers={"X-API-Key": TOKEN}, timeout=10)
    assert answer.status_code == 200
    assert core.split()[0] in answer.text
    other.ask("And at night?")
    other.wait_for("#state", "Complete")
    alice.page.goto(f"{two_pages.url}/?run={run}")
    expect(alice.page.get_by_label("Password")).to_be_visible()  # logins are those of one program
    for one in (alice, other):
        one.forgive(_OF_DYING)
