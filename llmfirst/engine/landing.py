"""Finds where a text may end without looking cut. Uses its form only (Markdown and UAX #29), never its meaning."""

from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal
from unicodedata import category

from uniseg.sentencebreak import (  # type: ignore[import-untyped]  # annotated, but it ships no py.typed
    SB,
    sentence_break,
    sentence_breakables,
)

from llmfirst.engine.blocks import SENTINEL, Block, Container, Outline, openness, with_line_feeds
from llmfirst.engine.steps import Steps, finished

_TERMINATORS: Final = frozenset({SB.STERM, SB.ATERM})
_CLOSING: Final = frozenset({SB.CLOSE, SB.EXTEND, SB.FORMAT})
_DECISIVE: Final = frozenset({SB.OLETTER, SB.UPPER, SB.LOWER, SB.SEP, SB.CR, SB.LF, SB.STERM, SB.ATERM})
_LOOK_BACK: Final = 4
_LOOK_AHEAD: Final = 12  # characters, like the next two; the library needs 0.1 ms for each
_MOST_CLOSING: Final = 12  # of a sentence from its terminator on
_MOST_SPACES: Final = 4  # after a sentence; more of them say the same
_LEAST_LETTERS: Final = 2  # `B.` at the start of a line is a list marker that the parser does not know


LandsAt = Literal["block", "prose", "sentence"]
"""Where a section may end: after a block, also after a sentence outside lists and quotes (prose), or any sentence."""


def landing_point(shown: str, chunk: str, *, at: LandsAt) -> int | None:
    """Return how many characters of `chunk` to show so that the section ends whole; None if it cannot end there.

    This is the earliest place, right after a visible character. The text after it is only looked at, to prove that the
    sentence or block has really ended: `3.` may become `3.14`, and a list item may get a sub-list. Whoever continues
    the text adds the blank line. `shown` is all text before the chunk, or its open end.
    """
    return finished(landing_search(shown, chunk, at=at))


def landing_search(shown: str, chunk: str, *, at: LandsAt) -> Steps[int | None]:
    """Do the work of `landing_point` in steps that are short if `shown` is an open end and `chunk` a piece."""
    text = with_line_feeds(shown + chunk)
    first = len(shown.rstrip())
    has_new_line = "\n" in text[first:]
    terminators = [] if at == "block" else _terminators(text, first)
    if not (has_new_line or terminators):
        return None
    outline = Outline(text)
    yield
    ends = [_block_end(outline, first)] if has_new_line else []
    yield
    ends.append((yield from _sentence_end(outline, terminators, first, is_prose=at == "prose")))
    found = [end for end in ends if end is not None]
    if not found and has_new_line and (completed := _with_next_marker(outline)) is not None:
        yield
        found = [end for end in [_block_end(completed, first)] if end is not None]
    return max(0, min(found) - len(shown)) if found else None


def ends_whole(text: str) -> bool:
    """Return whether a text ends with a whole sentence or block: nothing is open, and no marker lacks its text."""
    visible = text.rstrip()
    outline = Outline(f"{visible}\n\n")
    if len(outline.blocks) < 2 or outline.blocks[-1].text != SENTINEL:
        return False
    *_, block, _ = outline.blocks
    if outline.end_of(block) < len(visible):
        return False
    has_blank_line = text[len(visible) :].count("\n") > 1
    match block.kind:
        case "paragraph":
            return _ends_sentence(block.text) and openness(block.text) in (
                ("closed", "inline") if has_blank_line else ("closed",)
            )
        case "table":
            return has_blank_line
        case "fence" | "formula":
            return block.is_closed
        case _:
            return False


def _block_end(outline: Outline, first: int) -> int | None:
    """Return the end of the first whole block that ends at `first` or later."""
    last_line = outline.lines[-1].removesuffix(SENTINEL)
    for block, following in pairwise(outline.blocks):
        end = outline.end_of(block)
        is_known = following is not outline.blocks[-1] or bool(last_line.strip())
        if end >= first and _is_whole(outline, block, following, is_known=is_known):
            return end
    return None


def _is_whole(outline: Outline, block: Block, following: Block, *, is_known: bool) -> bool:
    """Return whether a block that has ended may be the last. `is_known`: real text follows it, not only SENTINEL."""
    match block.kind:
        case "paragraph":
            if _ends_sentence(block.text) and openness(block.text) != "formula":
                return True
            return is_known and _is_whole_item(outline, block, following)
        case "fence" | "formula":
            return block.is_closed
        case "table":
            return is_known or following.first_line > block.end_line
        case "code_block":
            return is_known
        case _:
            return False


def _is_whole_item(outline: Outline, block: Block, following: Block) -> bool:
    """Return whether a list item without a full stop has ended: the next item or text outside the list follows."""
    shared = sum(1 for mine, its in zip(block.inside, following.inside, strict=False) if mine == its)
    left = block.inside[shared:]
    if not left or left[0].kind == "quote":
        return False
    if left[0].kind == "item":
        return len(following.inside) > shared and following.inside[shared].kind == "item"
    item = left[1]
    introduces = _last_property(block.text) == SB.SCONTINUE  # a colon
    # small models write titles as lists of one item, and sub-lists without indentation
    is_outside = _indent(outline, following.first_line) <= _indent(outline, item.first_line)
    begins_list = any(container.kind == "list" for container in following.inside[shared:])
    return item.place > 0 and is_outside and not begins_list and not introduces


def _indent(outline: Outline, line: int) -> int:
    return len(outline.lines[line]) - len(outline.lines[line].lstrip())


def _with_next_marker(outline: Outline) -> Outline | None:
    """Return the outline with a marker that the last line begins completed: `2` after item 1 becomes `2. `."""
    last_line = outline.lines[-1].removesuffix(SENTINEL)
    begun = last_line.lstrip()
    if not begun or begun != begun.rstrip():
        return None
    *_, block = outline.blocks
    items: list[Container] = [container for container in block.inside if container.kind == "item"]
    for item in reversed(items):
        if item.next_marker.startswith(begun) and block.first_line < len(outline.lines) - 1:
            return Outline(outline.text + item.next_marker.removeprefix(begun))
    return None


def _terminators(text: str, first: int) -> list[int]:
    """Return the offsets of all sentence terminators whose sentence may end at `first` or later."""
    start = first
    while start > 0 and _property(text[start - 1]) in _CLOSING:
        start -= 1
    return [at for at in range(max(0, start - 1), len(text)) if _property(text[at]) in _TERMINATORS]


def _sentence_end(outline: Outline, terminators: list[int], first: int, *, is_prose: bool) -> Steps[int | None]:
    text, end = outline.text, 0
    for terminator in terminators:
        if terminator >= end:
            end = terminator + 1
            while end < len(text) and _property(text[end]) in _CLOSING | _TERMINATORS:
                end += 1
        if end < first:
            continue
        yield
        if not _is_sentence_break(text, terminator, end):
            continue
        paragraph = outline.paragraph_up_to(end, is_prose=is_prose)
        if paragraph is None or paragraph.rpartition("\n")[2].startswith("|"):  # the first line of a table
            continue
        if _ends_sentence(paragraph) and openness(paragraph) == "closed":
            return end
    return None


def _is_sentence_break(text: str, terminator: int, end: int) -> bool:
    """Return whether the text after `end` proves that UAX #29 breaks the sentence there."""
    following = end
    while following < len(text) and _property(text[following]) == SB.SP:
        following += 1
    if following == len(text) or end - terminator > _MOST_CLOSING:
        return False
    if text[following] == "\n":
        return True
    if following == end and (end > terminator + 1 or text[terminator].isascii()):
        return False  # UAX #29 would break here too, but the sentence continues in `"왜?"라고`
    last = following
    if _property(text[terminator]) == SB.ATERM:
        while last < len(text) and _property(text[last]) not in _DECISIVE:
            last += 1
        if last == len(text) or last - following > _LOOK_AHEAD:
            return False
    start = max(0, terminator - _LOOK_BACK)
    before, spaces, after = text[start:end], text[end:following], text[following : last + 1]
    return _is_break(f"{before}{spaces[:_MOST_SPACES]}", after)


@lru_cache(maxsize=256)
def _is_break(before: str, after: str) -> bool:
    """Return whether UAX #29 breaks the sentence between two texts."""
    return bool([*sentence_breakables(before + after, property=_property)][len(before)])


def _ends_sentence(text: str) -> bool:
    """Return whether a text ends with a terminator, and not just with a marker such as `B.`."""
    letters = sum(1 for sign in text.rpartition("\n")[2] if sign.isalpha())
    return letters >= _LEAST_LETTERS and _last_property(text) in _TERMINATORS


def _last_property(text: str) -> SB | None:
    """Return the property of the last character that is neither white space nor closing punctuation."""
    properties = (_property(sign) for sign in reversed(text.rstrip()))
    return next((each for each in properties if each not in _CLOSING and each != SB.SP), None)


@lru_cache(maxsize=4096)
def _property(sign: str) -> SB:
    """Return Sentence_Break of a character; emphasis signs and emoji count as closing punctuation, like brackets."""
    return SB.CLOSE if sign in "*_" or category(sign) == "So" else sentence_break(sign)
