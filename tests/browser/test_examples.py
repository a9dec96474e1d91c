"""The examples of docs/api.md for a browser, run in a page of this server."""

import pytest

from tests.browser.conftest import Open, Serve
from tests.evals.answering import AnsweringProvider
from tests.examples import examples

pytestmark = pytest.mark.browser


def test_the_browser_examples_do_what_the_page_says(serve: Serve, visit: Open) -> None:
    page = visit(serve(AnsweringProvider()).url).page
    for block in examples("js", page.url):
        with page.expect_console_message() as message:
            page.evaluate(f"async () => {{ {block} }}")
        assert "Sentence 0 of call" in message.value.text
