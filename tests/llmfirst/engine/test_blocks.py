"""What is too much for the parser is plain text, and never an error."""

import pytest

from llmfirst.engine.blocks import SENTINEL, Outline, openness


@pytest.mark.parametrize("markers", ["> ", ">", "- ", "1. ", "> - "])
@pytest.mark.parametrize("before", ["", "Before.\n\n"])
def test_what_is_nested_too_deeply_is_a_plain_paragraph(markers: str, before: str) -> None:
    *_, last = Outline(f"{before}{markers * 2000}").blocks
    assert last.kind == "paragraph"
    assert last.text.endswith(SENTINEL)


def test_in_a_text_with_very_many_signs_something_may_be_open() -> None:
    assert openness("Many (signs). " * 10) == "closed"
    assert openness("Many (signs). " * 1000) == "inline"
