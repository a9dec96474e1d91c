"""One browser for all, a fresh context for each visit, and an eye on what a page does that it should not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.served import Served, served
from tests.browser.server import App
from tests.browser.visit import Visit
from tests.chromium import chromium_path

Serve = Callable[..., Served]
Open = Callable[..., Visit]
HEIGHT = 720
DEADLINE_SECONDS = 7.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:  # Gradio's own use of pandas, in the page that is served in this process
            item.add_marker(pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"))


@pytest.fixture(scope="package")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A Chromium that is on this machine; none is downloaded."""
    if any(item.get_closest_marker("embedded") for item in request.session.items):
        request.getfixturevalue("small_model_home")  # Playwright's loop holds this thread: no other runs after it
    expect.set_options(timeout=20_000)  # as patient as a machine under load is slow
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium_path(playwright), args=["--no-sandbox"]) as chromium,
    ):
        yield chromium


@pytest.fixture(scope="package")
def program(tmp_path_factory: pytest.TempPathFactory, small_model_home: Path) -> Iterator[App]:
    """The program with the small real model; a short deadline bounds what an answer takes here."""
    deadline = f"{DEADLINE_SECONDS:g}"
    program = App(tmp_path_factory.mktemp("app"), small_model_home / "models", "--deadline", deadline)
    try:
        yield program
    finally:
        program.kill()


@pytest.fixture
def app(program: App) -> App:
    """The program, ready to be asked; started again where a test has ended it."""
    if not program.is_running():
        program.start()
    return program


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve the page on a scripted model until the test ends, after the visits to it have left."""
    with ExitStack() as stack:
        yield lambda provider, **how: stack.enter_context(served(tmp_path, provider, **how))


@pytest.fixture
def visit(serve: Serve, browser: Browser) -> Iterator[Open]:
    """Open an address in a context of its own; what went wrong in it fails the test. It is left before the server."""
    visits: list[Visit] = []

    def open_address(
        url: str,
        *,
        locale: str = "en-US",
        is_ready: bool = True,
        width: int = 1280,
        is_dark: bool = False,
        watch: str = "",
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, locale=locale, color_scheme="dark" if is_dark else "light"
        )
        context.set_default_timeout(30_000)
        context.add_init_script(watch)
        visits.append(Visit(context.new_page(), url))
        visits[-1].page.goto(url)
        if is_ready:
            visits[-1].wait_until_ready()
        return visits[-1]

    yield open_address
    problems = [problem for one in visits for problem in one.problems]
    for one in visits:
        one.leave()
    assert problems == []
