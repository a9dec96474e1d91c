"""The end of a growing text stays short, and reading it says the same as reading the whole text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.engine.blocks import SENTINEL, OpenEnd, Outline, openness
from llmfirst.engine.landing import ends_whole, landing_point
from tests.conftest import tries
from tests.hostile_texts import hostile_texts

ITEM = "- One of many items that stand before.\n  - It has one below. And so on.\n"
TABLE = "| a | b |\n|---|---|\n" + "| 1. | 2. |\n" * 9 + "\n"
FENCE = "```python\nprint('a. b')\n\n\n# Not. A heading\n```\n\n"
PARTS = st.sampled_from(
    [ITEM, TABLE, FENCE, "A sentence. **And. One** more\n", "Said (so. And) so.\n\n", "> Quoted. So\n\n"]
)


@settings(deadline=None, max_examples=tries(60))
@given(parts=st.lists(PARTS, max_size=30), rest=PARTS, size=st.integers(1, 300))
def test_the_end_of_a_text_says_where_it_may_end_as_the_whole_text_does(parts: list[str], rest: str, size: int) -> None:
    text = "".join(parts)
    end = OpenEnd()
    for start in range(0, len(text), size):
        end.add(text[start : start + size])
    assert text.endswith(end.text)
    assert ends_whole(end.text) == ends_whole(text)
    for at in ("block", "prose", "sentence"):
        assert landing_point(end.text, rest, at=at) == landing_point(text, rest, at=at)


@pytest.mark.parametrize("text", hostile_texts(6000).values(), ids=hostile_texts(1))
def test_the_end_of_any_text_is_short_and_can_be_read(text: str) -> None:
    end = OpenEnd(text)
    assert len(end.text) < 3000
    assert text.endswith(end.text)
    assert Outline(end.text).blocks[-1].end_line == len(Outline(end.text).lines)
    assert ends_whole(end.text) in (True, False)


@pytest.mark.parametrize("markers", ["> ", ">", "- ", "1. ", "> - "])
@pytest.mark.parametrize("before", ["", "Before.\n\n"])
def test_what_is_nested_too_deeply_is_a_plain_paragraph(markers: str, before: str) -> None:
    *_, last = Outline(f"{before}{markers * 2000}").blocks
    assert last.kind == "paragraph"
    assert last.text.endswith(SENTINEL)


def test_in_a_text_with_very_many_signs_something_may_be_open() -> None:
    assert openness("Many (signs). " * 10) == "closed"
    assert openness("Many (signs). " * 1000) == "inline"
