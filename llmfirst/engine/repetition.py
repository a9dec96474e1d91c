"""Hides blocks that the answer repeats, or that say again what the model was told. Compares letters, never meaning."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

from llmfirst.engine.blocks import SENTINEL, Outline

# Shorter blocks may repeat: labels, refrains of one word. A Korean sentence has half the characters of an English one,
# and three bytes in each.
_LEAST_CHARACTERS: Final = 24
_LEAST_BYTES: Final = 36
CERTAIN_CHARACTERS: Final = 160  # enough equal letters of a longer block, so that the reader need not wait for its end
LONGEST_MEMORY: Final = 8000  # characters of earlier text that are worth comparing with
SHORTEST_PERIOD: Final = 20  # characters of a stretch that repeats
LONGEST_PERIOD: Final = 300
_LOOP_TIMES: Final = 3  # repetitions in a row that count as a loop
_LOOP_TRIES: Final = 16  # periods that are looked at, the shortest first
_LONGEST_LINE: Final = 1000  # characters of a line that are read
_LONGEST_BLOCK: Final = 4000  # characters of a block that are kept; what is held back is much shorter
_LONGEST_MARKER: Final = 8  # characters of a line without a letter that may become a marker
_LONGEST_HEAD: Final = 64  # characters in which the first letter of a line is looked for

LineComparison = Literal["blank", "marker", "repeats", "new"]


class RepetitionGuard:
    """Holds text back while a new block is, letter for letter, the beginning of an earlier block of this answer.

    Blocks are paragraphs, list items, headings and quotes without their markers. They are compared after NFKC and with
    white space collapsed. Code, formulas and tables are never held back. The returned text is always a prefix of the
    added text; without a repetition it is, after `rest()`, all of it.
    """

    def __init__(self, earlier: str = "", *, told: Sequence[str] = ()) -> None:
        """Compare with the blocks of `earlier`; added text continues it, in the same line if its last line is open.

        `told` are lines of the prompts: a block that is such a line, from any of its words on, counts as repeated.
        """
        self._known = _KnownBlocks(_endings(tuple(told)))
        self._line = ""
        self._held_lines = ""
        self._held = ""
        self._tail = ""
        self._is_repeating = False
        self.learn(earlier)

    @property
    def is_repeating(self) -> bool:
        """Whether a block was repeated, or one stretch three times in a row, so that the section must end."""
        return self._is_repeating

    def learn(self, earlier: str) -> None:
        """Add a piece of text that was shown earlier; call it before `add`."""
        *lines, line = f"{self._line}{earlier}".split("\n")
        for each in lines:
            self._known.add_line(each[:_LONGEST_LINE])
        self._line = line[:_LONGEST_LINE]
        self._is_watching = not self._line.strip()

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
        if len(self._line) < _LONGEST_LINE:
            self._line += sign
        self._held += sign
        if not self._known.takes(self._line):
            self._tail = ""
            return self._release()
        self._tail = f"{self._tail}{sign}"[-_LOOP_TIMES * LONGEST_PERIOD :]
        self._is_repeating = _is_loop(self._tail)
        self._is_watching = self._is_watching and len(self._held) <= CERTAIN_CHARACTERS
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

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.has_marked = False
        self._texts = [*texts]
        """In order, so that those with one beginning stand together."""
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
        if begun and self._first_from(begun).startswith(begun):
            return "repeats"
        return "blank" if is_marker else "new"

    def may_go_on(self, line: str, *, is_held: bool) -> bool:
        """Return whether a known block begins with this finished line and continues after it."""
        begun = self._block_with(line, is_held=is_held) if line.strip() else ""
        return bool(begun) and self._first_from(f"{begun} ").startswith(f"{begun} ")

    def has(self, line: str, *, is_held: bool) -> bool:
        """Return whether the block that ends with this line is a known block."""
        begun = self._block_with(line, is_held=is_held) if line.strip() else ""
        return bool(begun) and self._first_from(begun) == begun

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
            del self._texts[bisect_left(self._texts, self._block)]  # it was added without this line
        self._is_marked = _read(line).has_marker or (self._is_marked and not self.opens_with(line))
        self._block = self._block_with(line, is_held=True)[:_LONGEST_BLOCK]
        self._is_counted = _counts(self._block)
        if self._is_counted:
            insort(self._texts, self._block)
            self.has_marked = self.has_marked or self._is_marked

    def _first_from(self, text: str) -> str:
        """Return the first known block that is not before a text; empty if there is none."""
        place = bisect_left(self._texts, text)
        return self._texts[place] if place < len(self._texts) else ""

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
    letter = next((at for at, sign in enumerate(begun[:_LONGEST_HEAD]) if sign.isalpha()), _LONGEST_HEAD)
    head = _read_head(begun[: letter + 1])  # no marker has a letter or comes after one
    return head._replace(
        text=head.text + begun[letter + 1 :], is_marker=head.is_marker and len(begun) <= _LONGEST_MARKER
    )


@lru_cache(maxsize=256)  # many lines begin alike
def _read_head(begun: str) -> _Line:
    if begun[:1].isalpha():
        return _Line(begun)
    *_, block = Outline(begun).blocks
    if block.kind not in ("paragraph", "heading"):
        return _Line(begun)
    text = block.text.removesuffix(SENTINEL)
    may_be_marker = len(begun) <= _LONGEST_MARKER and not begun[-1:].isalpha()
    return _Line(text, block.has_marker, may_be_marker and _is_marker(begun))


def _is_marker(begun: str) -> bool:
    """Return whether a line is a marker, if need be with the rest of one."""
    rest = ". " if begun[-1:].isdecimal() else "" if begun.endswith(" ") else " "
    *_, block = Outline(begun + rest).blocks
    return block.has_marker and block.text == SENTINEL


@lru_cache(maxsize=4)  # the prompts are always the same
def _endings(told: tuple[str, ...]) -> tuple[str, ...]:
    """Return each line of the prompts from each of its words on, also with a capital, as far as it is long enough."""
    cut = [line[at:] for line in told for at in range(len(line)) if at == 0 or line[at - 1] == " "]
    cased = {_normalized(text[:1].upper() + text[1:]) for text in cut} | {_normalized(text) for text in cut}
    return tuple(sorted(filter(_counts, cased)))


def _counts(block: str) -> bool:
    """Return whether a block is long enough to be compared."""
    return len(block) >= _LEAST_CHARACTERS or len(block.encode()) >= _LEAST_BYTES


def _is_loop(text: str) -> bool:
    """Return whether a text ends with the same stretch three times in a row; rules and blanks do not count."""
    end = limit = len(text) - SHORTEST_PERIOD
    tries = _LOOP_TRIES if end > 0 else 0
    for _ in range(tries):
        found = text.rfind(text[end:], max(0, end - LONGEST_PERIOD), limit)
        if found < 0:
            return False
        stretch = text[found - end :]
        if text.endswith(stretch * _LOOP_TIMES) and any(map(str.isalnum, stretch)):
            return True
        limit = found + SHORTEST_PERIOD - 1
    return False


def _normalized(text: str) -> str:
    return " ".join(normalize("NFKC", text).split())
