"""A page that is loaded lets the browser rest."""

import pytest

from tests.browser.conftest import Open, Serve
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser]
_COUNT = """(() => {
  window.frames_asked = 0;
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => { window.frames_asked++; return request.call(window, callback); };
})();"""


def test_a_loaded_page_asks_for_no_more_frames(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection()).url, watch=_COUNT).page
    page.wait_for_timeout(2000)
    before = page.evaluate("() => window.frames_asked")
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.frames_asked") - before < 10  # 30 for each script that goes on for ever
