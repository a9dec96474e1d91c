"""Thinking that a service left in the text, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmfirst.providers.base import Chunk, TokenLogprob
from llmfirst.providers.thinking import TemplatesThatOpen, ThinkingTags, thinking_tags
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


def behind_thought(text: str, tags: ThinkingTags) -> tuple[str, str]:
    """Return what is thinking and what is text where a tag that stands at once behind a thought counts too."""
    text = text.lstrip()
    if text.startswith(tags.closes):
        return behind_thought(text.removeprefix(tags.closes), tags)
    if text.startswith(tags.opens):
        inside, _, after = text.removeprefix(tags.opens).partition(tags.closes)
        thought, answer = behind_thought(after, tags)
        return inside + thought, answer
    return "", text


@given(thought=REPLIES, answer=REPLIES, cuts=st.sets(st.integers(0, 90)))
@example(thought="a", answer="<think>b</think></think>c", cuts=set(range(90)))
@settings(max_examples=tries(200))
def test_a_tagged_reply_is_read_the_same_wherever_it_is_cut(thought: str, answer: str, cuts: set[int]) -> None:
    for tags in thinking_tags()[:2]:
        text = f"{tags.opens}{thought}{tags.closes}{answer}"
        at = (thought + tags.closes).index(tags.closes)
        more, after = behind_thought((thought + tags.closes + answer)[at + len(tags.closes) :], tags)
        assert apart(cut_at(text, cuts)) == (thought[:at] + more, after)


def likely(token: str) -> TokenLogprob:
    return TokenLogprob(token=token, logprob=0.0)


@pytest.mark.parametrize("pieces", [list(" \n" * 10_000), [" \n" * 150_000], [*list("\n" * 201), "<think>", "hm"]])
def test_a_reply_that_begins_with_very_many_blanks_is_text_and_is_not_held_back(pieces: list[str]) -> None:
    reply = TemplatesThatOpen().reply_of("toy", is_continued=False)
    given = [reply.read(Chunk(text=piece)).text for piece in pieces]
    assert "".join(given) == "".join(pieces)
    assert all(given[201:])  # the first 200 may stand before a tag


def test_the_log_probability_of_a_tag_that_the_service_took_out_is_not_of_the_text() -> None:
    reply = TemplatesThatOpen().reply_of("toy", is_continued=False)
    tag, thought = Chunk(logprobs=(likely("<think>"),)), Chunk(thought="hm", logprobs=(likely("hm"),))
    blank, word = Chunk(logprobs=(likely("</think>"),)), Chunk(text="Yes", logprobs=(likely("Yes"),))
    found = [reply.read(chunk).logprobs for chunk in (*[tag] * 1000, thought, blank, word)]
    assert [tokens for tokens in found if tokens] == [(likely("Yes"),)]


def test_a_first_token_of_half_a_letter_keeps_its_log_probability_and_a_tag_alone_has_none() -> None:
    templates = TemplatesThatOpen()
    reply = templates.reply_of("toy", is_continued=False)
    assert reply.read(Chunk(logprobs=(likely("\ufffd"),))).logprobs == ()
    assert reply.read(Chunk(text="예", logprobs=(likely("예"),))).logprobs == (likely("\ufffd"), likely("예"))
    cut = templates.reply_of("toy", is_continued=False)
    assert cut.read(Chunk(logprobs=(likely("<think>"),))).followed_by(cut.rest(is_whole=False)) == Chunk()


def test_text_behind_a_thought_that_was_guessed_is_text_once_the_service_takes_thoughts_apart() -> None:
    templates = TemplatesThatOpen()
    templates.note("toy", opens=True)
    reply = templates.reply_of("toy", is_continued=False)
    given = [reply.read(chunk) for chunk in (Chunk(text="hm"), Chunk(thought="so", text="The "), Chunk(text="sky"))]
    assert [(chunk.thought, chunk.text) for chunk in given] == [("hm", ""), ("so", "The "), ("", "sky")]


def test_a_thought_that_is_opened_once_more_behind_a_thought_of_the_service_is_no_text() -> None:
    reply = TemplatesThatOpen().reply_of("toy", is_continued=False)
    pieces = (Chunk(thought="so"), Chunk(text="\n<thi"), Chunk(text="nk>well</think>"), Chunk(text="\n\nThe sky"))
    given = [reply.read(piece) for piece in pieces]
    assert [(chunk.thought, chunk.text) for chunk in given] == [("so", ""), ("", ""), ("well", ""), ("", "The sky")]
