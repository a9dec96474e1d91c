"""Hides blocks that the answer repeats. Compares letters only, never meaning."""

from functools import lru_cache
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

from llmfirst.engine.blocks import SENTINEL, Outline

LEAST_CHARACTERS: Final = 24  # shorter blocks may repeat: labels, refrains of one word
CERTAIN_CHARACTERS: Final = 160  # enough equal letters of a longer block, so that the reader need not wait for its end
SHORTEST_PERIOD: Final = 20  # characters of a stretch that repeats
LONGEST_PERIOD: Final = 300
_LOOP_TIMES: Final = 3  # repetitions in a row that count as a loop

LineComparison = Literal["blank", "marker", "repeats", "new"]


class RepetitionGuard:
    """Holds text back while a new block is, letter for letter, the beginning of an earlier block of this answer.

    Blocks are paragraphs, list items, headings and quotes without their markers. They are compared after NFKC and with
    white space collapsed. Code, formulas and tables are never held back. The returned text is always a prefix of the
    added text; without a repetition it is, after `rest()`, all of it.
    """

    def __init__(self, earlier: str = "") -> None:
        """Compare with the blocks of `earlier`; added text continues it, in the same line if its last line is open."""
        *lines, self._line = earlier.split("\n")
        self._known = _KnownBlocks()
        for line in lines:
            self._known.add_line(line)
        self._is_watching = not self._line.strip()
        self._held_lines = ""
        self._held = ""
        self._tail = ""
        self._is_repeating = False

    @property
    def is_repeating(self) -> bool:
        """Whether an earlier block was repeated, or one stretch three times in a row, so that the section must end."""
        return self._is_repeating

    def add(self, chunk: str) -> str:
        """Return the text that may be shown now; nothing once `is_repeating`."""
        shown: list[str] = []
        for sign in chunk:
            if self._is_repeating:
                break
            shown.append(self._after_line() if sign == "\n" else self._after(sign))
        return "".join(shown)

    def rest(self) -> str:
        """Return the text that was held back and is no repetition; call it when the model has ended."""
        self._is_repeating = self._is_repeating or self._is_repeated()
        return "" if self._is_repeating else self._release()

    def _after(self, sign: str) -> str:
        self._line += sign
        self._held += sign
        if not self._known.takes(self._line):
            self._tail = ""
            return self._release()
        self._tail = f"{self._tail}{sign}"[-_LOOP_TIMES * LONGEST_PERIOD :]
        self._is_repeating = _is_loop(self._tail)
        if not self._is_watching:
            return self._release()
        match self._known.compare(self._line, is_held=bool(self._held_lines)):
            case "repeats":
                self._is_repeating = len(self._held_lines) + len(self._held) >= CERTAIN_CHARACTERS
                return self._release_lines() if self._known.opens_with(self._line) else ""
            case "marker":
                return ""
            case "blank" if self._held_lines:
                return ""
            case "new":
                self._is_watching = False
        return self._release()

    def _after_line(self) -> str:
        if self._is_repeated():
            self._is_repeating = True
            return ""
        is_held = self._is_watching and self._known.may_go_on(self._line, is_held=bool(self._held_lines))
        self._known.add_line(self._line)
        self._tail = f"{self._tail}\n"
        self._held += "\n"
        self._line = ""
        self._is_watching = True
        if is_held:
            self._held_lines += self._held
            self._held = ""
            return ""
        return self._release()

    def _is_repeated(self) -> bool:
        return bool(self._held) and self._is_watching and self._known.has(self._line, is_held=bool(self._held_lines))

    def _release(self) -> str:
        held, self._held = self._held, ""
        return self._release_lines() + held

    def _release_lines(self) -> str:
        held, self._held_lines = self._held_lines, ""
        return held


class _KnownBlocks:
    """The blocks of the lines so far; the last one is included although it may continue."""

    def __init__(self) -> None:
        self.has_marked = False
        self._texts: list[str] = []
        self._block = ""
        self._is_open = False
        self._is_counted = False
        self._is_marked = False
        self._verbatim = ""

    def takes(self, line: str) -> bool:
        """Return whether a line is compared: it is neither code nor a formula nor a table row."""
        return not self._verbatim and not line.lstrip().startswith("|")

    def opens_with(self, line: str) -> bool:
        """Return whether a line starts a new block."""
        return not self._is_open or _read(line).has_marker

    def compare(self, line: str, *, is_held: bool) -> LineComparison:
        """Compare an unfinished line with the beginnings of known blocks; `is_held`: lines before it are held back."""
        if not line.strip():
            return "blank"
        if not self._texts:
            return "new"
        is_marker = _read(line).is_marker
        if is_marker and (is_held or self.has_marked):
            return "marker"
        begun = self._block_with(line, is_held=is_held)
        if begun and any(text.startswith(begun) for text in self._texts):
            return "repeats"
        return "blank" if is_marker else "new"

    def may_go_on(self, line: str, *, is_held: bool) -> bool:
        """Return whether a known block begins with this finished line and continues after it."""
        begun = self._block_with(line, is_held=is_held) if line.strip() else ""
        return bool(begun) and any(text.startswith(f"{begun} ") for text in self._texts)

    def has(self, line: str, *, is_held: bool) -> bool:
        """Return whether the block that ends with this line is a known block."""
        return bool(line.strip()) and self._block_with(line, is_held=is_held) in self._texts

    def add_line(self, line: str) -> None:
        """Add a finished line."""
        if self._verbatim:
            closing = Outline(f"{self._verbatim}\n{line.strip()}\n").blocks[-1]
            self._verbatim = "" if closing.text == SENTINEL else self._verbatim
            return
        block = Outline(f"{line.strip()}\n\n").blocks[0]
        is_text = block.kind in ("paragraph", "heading") and bool(line.strip()) and self.takes(line)
        if is_text:
            self._learn(line)
        self._is_open = is_text and block.kind == "paragraph"
        self._verbatim = "" if block.is_closed else block.markup

    def _learn(self, line: str) -> None:
        if not self.opens_with(line) and self._is_counted:
            self._texts.pop()  # it was added without this line
        self._is_marked = _read(line).has_marker or (self._is_marked and not self.opens_with(line))
        self._block = self._block_with(line, is_held=True)
        self._is_counted = len(self._block) >= LEAST_CHARACTERS
        if self._is_counted:
            self._texts.append(self._block)
            self.has_marked = self.has_marked or self._is_marked

    def _block_with(self, line: str, *, is_held: bool) -> str:
        """Return the normalized block up to this line; empty if the block's beginning was shown already."""
        text = _normalized(_read(line).text)
        if self.opens_with(line):
            return text
        return f"{self._block} {text}" if is_held else ""


class _Line(NamedTuple):
    """A line that may not be finished."""

    text: str
    """Without the marker."""
    has_marker: bool = False
    is_marker: bool = False
    """Whether the line is nothing but a marker, or the beginning of one, so far."""


@lru_cache(maxsize=4)  # the guard asks several times about the same line
def _read(line: str) -> _Line:
    begun = line.lstrip()
    if begun[:1].isalpha():  # no marker begins with a letter
        return _Line(begun)
    *_, block = Outline(begun).blocks
    if block.kind not in ("paragraph", "heading"):
        return _Line(begun)
    text = block.text.removesuffix(SENTINEL)
    has_letters = any(sign.isalpha() for sign in text)
    is_marker = not has_letters and any(_is_marker(begun + rest) for rest in ("", " ", ". ", ") "))
    return _Line(text, block.has_marker, is_marker)


def _is_marker(line: str) -> bool:
    *_, block = Outline(line).blocks
    return block.has_marker and block.text == SENTINEL


def _is_loop(text: str) -> bool:
    """Return whether a text ends with the same stretch three times in a row; rules and blanks do not count."""
    end = len(text) - SHORTEST_PERIOD
    found = text.rfind(text[end:], 0, len(text) - SHORTEST_PERIOD) if end > 0 else -1
    while found >= 0 and (period := end - found) <= LONGEST_PERIOD:
        stretch = text[-period:]
        if text.endswith(stretch * _LOOP_TIMES) and any(sign.isalnum() for sign in stretch):
            return True
        found = text.rfind(text[end:], 0, found + SHORTEST_PERIOD - 1)
    return False


def _normalized(text: str) -> str:
    return " ".join(normalize("NFKC", text).split())
