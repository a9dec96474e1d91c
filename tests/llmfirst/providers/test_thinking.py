"""Thinking that a service left in the text, cut anywhere."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmfirst.providers.base import Chunk
from llmfirst.providers.thinking import TemplatesThatOpen, thinking_tags
from tests.conftest import tries

MARKS = [mark for tags in thinking_tags() for mark in (tags.opens, tags.closes)]
REPLIES = st.lists(st.sampled_from([*MARKS, "생각", "<", "</", "|", "\n", " ", "a", "`"]), max_size=8).map("".join)


def cut_at(text: str, cuts: set[int]) -> list[str]:
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def apart(pieces: list[str], *, begins_in_thought: bool = False) -> tuple[str, str]:
    templates = TemplatesThatOpen()
    templates.note("toy", opens=begins_in_thought)
    reply = templates.reply_of("toy", is_continued=False)
    chunks = [*(reply.read(Chunk(text=piece)) for piece in pieces), reply.rest(is_whole=True)]
    return "".join(chunk.thought for chunk in chunks), "".join(chunk.text for chunk in chunks)


@given(text=REPLIES, cuts=st.sets(st.integers(0, 60)), begins=st.booleans())
@example(text="</think>\n", cuts={8}, begins=False)
@settings(max_examples=tries(200))
def test_no_letter_is_lost_but_tags_and_the_blanks_after_them(text: str, cuts: set[int], begins: bool) -> None:
    thought, answer = apart(cut_at(text, cuts), begins_in_thought=begins)
    left = iter(text)
    assert all(letter in left for letter in thought + answer)  # in the same order
    lost = len(text) - len(thought + answer)
    assert lost == 0 or any(mark in text for mark in MARKS)


@given(thought=REPLIES, answer=REPLIES, cuts=st.sets(st.integers(0, 90)))
@settings(max_examples=tries(200))
def test_a_tagged_reply_is_read_the_same_wherever_it_is_cut(thought: str, answer: str, cuts: set[int]) -> None:
    for tags in thinking_tags()[:2]:
        text = f"{tags.opens}{thought}{tags.closes}{answer}"
        at = (thought + tags.closes).index(tags.closes)
        inside, after = thought[:at], (thought + tags.closes + answer)[at + len(tags.closes) :].lstrip()
        assert apart(cut_at(text, cuts)) == (inside, after)
