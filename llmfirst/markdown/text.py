"""What a model wrote as HTML: every letter and digit of the text is on the page, and nothing of it runs.

The one renderer of page, replay, report and label mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib import resources
from itertools import accumulate
from typing import Final

from markdown_it.token import Token

from llmfirst.markdown.parser import PARSER

LONGEST_BLOCK: Final = 20_000
"""In characters. From a block on that is longer or has more than `MOST_LINES` lines, text is shown as written."""
MOST_LINES: Final = 800
MOST_HTML: Final = 250_000
"""In characters. After the block that exceeds it, text is shown as written: what a browser can lay out in a second."""

_BEFORE: Final = '<div class="md">'
_AFTER: Final = "</div>"


def markdown_html(text: str, *, first_heading: int = 3) -> str:
    """Return a text as HTML. Its highest heading gets the level `first_heading`, below the headings around it."""
    return MarkdownText(first_heading=first_heading).grown(text).html


def markdown_css() -> str:
    """Return the styles of this HTML. The page defines the colours `--md-quiet`, `--md-fill` and `--md-line`."""
    return resources.files("llmfirst.markdown").joinpath("markdown.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class MarkdownText:
    """A growing text and its HTML. A block that no later text can change is drawn once."""

    text: str = ""
    html: str = _BEFORE + _AFTER
    first_heading: int = 3
    settled: int = 0
    """How many characters belong to blocks that are drawn once and kept."""

    settled_html: str = ""
    closed: int = 0
    """How many characters of `settled_html` belong to closed blocks."""

    is_plain: bool = False
    """Whether a limit has been reached, from which on the text is shown as written."""

    @property
    def closed_html(self) -> str:
        """The HTML of the blocks that nothing later changes."""
        return self.settled_html[: self.closed]

    @property
    def whole_html(self) -> str:
        """The HTML of all blocks, without the element around them."""
        return self.html[len(_BEFORE) : -len(_AFTER)]

    @property
    def open_html(self) -> str:
        """The HTML after `closed_html`, without the tags that a browser closes by itself: so it grows with the text."""
        html = self.whole_html[self.closed :].rstrip("\n")
        while html.endswith(">") and html.startswith("</", start := html.rfind("<")):
            html = html[:start].rstrip("\n")
        return html

    def grown(self, text: str) -> "MarkdownText":
        """Return the value for a longer text. Only the last block and the new text are drawn."""
        if text == self.text:
            return self
        if not text.startswith(self.text):
            return MarkdownText(first_heading=self.first_heading).grown(text)
        added = text[self.settled :]
        source = added.replace("\r\n", " \n").replace("\r", "\n")  # as long as before
        done, is_plain, place, end = self.settled_html, self.is_plain, 0, 0
        while end < len(source) and not is_plain:
            end = _window(source, place)
            blocks, count = _blocks(source[place:end])
            is_plain = count == 0 and end < len(source)
            for block in blocks[:count]:
                done += self._drawn(block)
                place += block.length
                if is_plain := len(done) > MOST_HTML:
                    break
        closed = self.closed if self.is_plain else len(done)
        if is_plain:
            opening = "" if self.is_plain else '<div class="plain">'
            done += opening + escape(added[place:].replace("\0", "\ufffd"), quote=False)
            place, rest = len(added), "</div>"
        else:
            rest = "".join(self._drawn(block) for block in blocks[count:])
        return replace(
            self,
            text=text,
            html=f"{_BEFORE}{done}{rest}{_AFTER}",
            settled=self.settled + place,
            settled_html=done,
            closed=closed,
            is_plain=is_plain,
        )

    def _drawn(self, block: "_Block") -> str:
        env = {"first_heading": self.first_heading}
        return str(PARSER.renderer.render(block.tokens, PARSER.options, env))


@dataclass(frozen=True)
class _Block:
    """A block at the top level; `length` includes the empty lines after it."""

    tokens: Sequence[Token]
    length: int


def _window(text: str, start: int) -> int:
    """Return how far a text is read at once."""
    end = start
    for _ in range(MOST_LINES):
        end = text.find("\n", end) + 1
        if end == 0:
            end = len(text)
            break
    return min(end, start + LONGEST_BLOCK)


def _blocks(text: str) -> tuple[list[_Block], int]:
    """Return the blocks of a text, and how many of them nothing can change that is written after it.

    A block is finished by the line that begins another one, once that line is whole.
    """
    tokens = PARSER.parse(text)
    firsts = [place for place, token in enumerate(tokens) if token.level == 0 and token.map is not None]
    if not firsts:
        return [], 0
    lines = [0, *(token.map[0] for token in (tokens[place] for place in firsts[1:]) if token.map is not None)]
    offsets = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    begins = [*(offsets[line] for line in lines), len(text)]
    blocks = [
        _Block(tokens[first:last], end - begin)
        for first, last, begin, end in zip(firsts, [*firsts[1:], None], begins, begins[1:], strict=False)
    ]
    is_whole = "\n" in text[begins[-2] :]
    return blocks, max(0, len(blocks) - (1 if is_whole else 2))
