"""Parses growing Markdown text into blocks: CommonMark, tables, and LaTeX formulas as models write them."""

import string
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, Literal
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_MOST_SIGNS: Final = 300  # in inline text; the parser needs up to 8 µs for each
_SIGNS: Final = f"{string.punctuation}\n"
SENTINEL: Final = "x"  # appended to a text in place of whatever the model writes next
_DISPLAYED: Final = {"$$": "$$", r"\[": r"\]"}
_FORMULAS: Final = {**_DISPLAYED, r"\(": r"\)", "$": "$"}

Kind = Literal["paragraph", "heading", "fence", "formula", "table", "code_block", "html_block", "hr"]
Openness = Literal["closed", "inline", "formula"]
_KINDS: Final[dict[str, Kind]] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "table_open": "table",
    "fence": "fence",
    "formula": "formula",
    "code_block": "code_block",
    "html_block": "html_block",
    "hr": "hr",
}
_CONTAINERS: Final[dict[str, Literal["list", "item", "quote"]]] = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "blockquote_open": "quote",
}


@dataclass(frozen=True)
class Container:
    """A list, list item or quote around a block."""

    kind: Literal["list", "item", "quote"]
    key: int
    """Distinguishes the containers of a text."""
    first_line: int
    markup: str
    """The characters of the marker without its number, such as `-`, `.` or `>`."""
    number: str
    """The number of an item in an ordered list; empty otherwise."""
    place: int
    """The index of an item in its list."""

    @property
    def next_marker(self) -> str:
        """The marker of the next item in the same list."""
        return f"{int(self.number) + 1}{self.markup} " if self.number else f"{self.markup} "


@dataclass(frozen=True)
class Block:
    """One block that contains text itself. Lines are counted from 0."""

    kind: Kind
    first_line: int
    end_line: int
    """The first line after the block."""
    text: str
    markup: str
    """The opening sign of a fence or formula."""
    is_closed: bool
    """False for a fence or formula without its closing sign."""
    inside: tuple[Container, ...]
    """The containers around the block, outermost first."""

    @property
    def has_marker(self) -> bool:
        """Whether a list marker, `#` or `>` precedes its text."""
        return bool(self.inside) or self.kind == "heading"


class Outline:
    """The blocks of a text followed by SENTINEL: how the text parses if an ordinary word comes next.

    The last block holds the last line. What is nested too deeply for the parser is one plain paragraph there.
    """

    def __init__(self, text: str) -> None:
        self.text = with_line_feeds(text)
        self.lines = f"{self.text}{SENTINEL}".split("\n")
        self.blocks = _blocks(self.lines)
        self._starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    def end_of(self, block: Block) -> int:
        """Return the offset after the last visible character of a block."""
        line = block.end_line - 1
        while line > block.first_line and not self.lines[line].strip():
            line -= 1
        return self._starts[line] + len(self.lines[line].rstrip())

    def paragraph_up_to(self, offset: int, *, is_prose: bool = False) -> str | None:
        """Return the text of the paragraph at an offset up to there; None if the offset is not in a paragraph's text.

        With `is_prose`, paragraphs in lists and quotes do not count.
        """
        line = bisect_right(self._starts, offset) - 1
        around = (block for block in self.blocks if block.first_line <= line < block.end_line)
        block = next(around, None)
        if block is None or block.kind != "paragraph" or (is_prose and block.inside):
            return None
        contents = block.text.split("\n")[: line - block.first_line + 1]
        rest = self.lines[line][offset - self._starts[line] :].rstrip()
        if not contents[-1].rstrip().endswith(rest):
            return None  # the offset lies inside a marker
        contents[-1] = contents[-1].rstrip().removesuffix(rest)
        return "\n".join(contents)


def with_line_feeds(text: str) -> str:
    """Return a text of the same length whose lines all end with a line feed, as the parser expects."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


def openness(text: str) -> Openness:
    """Return whether emphasis, code, a bracket, a quotation or a formula is still open at the end of inline text.

    A text with very many signs is not read: something may be open in it.
    """
    if sum(map(text.count, _SIGNS)) > _MOST_SIGNS:
        return "inline"
    env: dict[str, Any] = {}
    PARSER.inline.parse(text, PARSER, env, [])
    return "formula" if "formula" in env else "inline" if "inline" in env else "closed"


def _blocks(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    inside: list[Container] = []
    places: dict[int, int] = {}
    tokens = PARSER.parse("\n".join(lines))
    for number, token in enumerate(tokens):
        if token.type in _CONTAINERS:
            place = 0
            if inside:
                place = places.get(inside[-1].key, 0)
                places[inside[-1].key] = place + 1
            first_line, _ = token.map or (0, 0)
            inside.append(Container(_CONTAINERS[token.type], number, first_line, token.markup, token.info, place))
        elif token.type.removesuffix("close") + "open" in _CONTAINERS:
            inside.pop()
        elif (kind := _KINDS.get(token.type)) is not None:
            text = tokens[number + 1].content if token.nesting else token.content
            blocks.append(_block(kind, token, text, lines, tuple(inside)))
    if (end := blocks[-1].end_line if blocks else 0) < len(lines):
        blocks.append(Block("paragraph", end, len(lines), "\n".join(lines[end:]).strip(), "", True, ()))
    return blocks


def _block(kind: Kind, token: Token, text: str, lines: list[str], inside: tuple[Container, ...]) -> Block:
    first_line, end_line = token.map or (0, 0)
    # the parser closes a fence at the end of its list item too: only a fence's own last line is the proof
    last = lines[end_line - 1].lstrip("> \t").rstrip()
    is_closed = True
    if kind == "fence":
        is_closed = end_line - first_line > 1 and len(last) >= len(token.markup) and {*last} == {token.markup[0]}
    elif kind == "formula":
        is_closed = token.info == "closed"
    return Block(kind, first_line, end_line, text, token.markup, is_closed, inside)


def _formula_block(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:
    """Parse a displayed formula like a fence: up to its closing sign or the end of the text."""
    start = state.bMarks[first_line] + state.tShift[first_line]
    opening = next((sign for sign in _DISPLAYED if state.src.startswith(sign, start)), None)
    if opening is None or state.is_code_block(first_line):
        return False
    closing, line, start, closed_at = _DISPLAYED[opening], first_line, start + len(opening), -1
    while line < end_line and (line == first_line or state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        closed_at = state.src.find(closing, start, state.eMarks[line])
        line += 1
        if closed_at >= 0:
            break
        start = state.bMarks[line] if line < end_line else start
    if closed_at >= 0 and line == first_line + 1 and state.src[closed_at + 2 : state.eMarks[first_line]].strip():
        return False  # a formula at the start of a sentence
    if not silent:
        token = state.push("formula", "", 0)
        token.map, token.markup, token.info = [first_line, line], opening, "closed" if closed_at >= 0 else ""
        state.line = line
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """Parse a formula within a line, so that its characters are not Markdown, and record one that stays open."""
    opening = next((sign for sign in _FORMULAS if state.src.startswith(sign, state.pos)), None)
    if opening is None:
        return False
    start = state.pos + len(opening)
    first = state.src[start : start + 1]
    if opening == "$" and (not first or first.isspace()):
        return False
    end = state.src.find(_FORMULAS[opening], start, state.posMax)
    if opening == "$" and end >= 0 and (state.src[end - 1].isspace() or state.src[end + 1 : end + 2].isdecimal()):
        end = -1
    if end < 0 and opening == "$" and first.isdecimal():
        return False  # money
    if end < 0 and not silent:
        state.env["inline" if opening == "$" else "formula"] = True
    state.pos = state.posMax if end < 0 else end + len(_FORMULAS[opening])
    return True


def _note_what_is_open(state: StateInline) -> None:
    texts = "".join(token.content for token in state.tokens if token.type == "text")
    if "`" in texts or texts.count('"') % 2 or _is_in_brackets(texts) or _is_emphasis_open(state):
        state.env["inline"] = True


def _is_emphasis_open(state: StateInline) -> bool:
    """Return whether an emphasis sign has no partner.

    Two unpaired signs of one kind count as a pair, because the author meant one even where CommonMark sees none, as in
    `)**은`.
    """
    paired = {place for mark, each in enumerate(state.delimiters) if each.end >= 0 for place in (mark, each.end)}
    alone: dict[tuple[int, int], int] = {}
    for mark, each in enumerate(state.delimiters):
        if mark not in paired and (each.open or each.close):
            alone[each.marker, each.length] = alone.get((each.marker, each.length), 0) + 1
    return any(count % (2 * length) for (_, length), count in alone.items())


def _is_in_brackets(text: str) -> bool:
    depth = 0
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        match category(sign):
            case "Ps" | "Pi":
                depth += 1
            case "Pe":
                depth = max(0, depth - 1)
            case "Pf" if not (before.isalpha() and after.islower()):  # not an apostrophe
                depth = max(0, depth - 1)
    return depth > 0


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.disable("reference")  # a definition would be a line without a block
    parser.block.ruler.before(
        "fence", "formula", _formula_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler2.push("openness", _note_what_is_open)
    return parser


PARSER: Final = _parser()
