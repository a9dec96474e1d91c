"""The end of a growing text stays short, and reading it says the same as reading the whole text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.engine.blocks import Outline
from llmfirst.engine.landing import ends_whole, landing_point
from llmfirst.engine.open_end import OpenEnd
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
