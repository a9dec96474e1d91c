"""Faults of form. They are counted in the bake-off only, never in the program."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal, get_args

from llmfirst.engine.blocks import SENTINEL, Outline
from llmfirst.engine.landing import ends_whole
from llmfirst.engine.repetition import RepetitionGuard
from llmfirst.events import SECTIONS, Language
from research.bakeoff.tasks import INSTRUCTIONS
from research.bakeoff.values import AnswerRecord

Fault = Literal[
    "wrong language",
    "stray letters",
    "loop",
    "leak",
    "dangling marker",
    "open fence",
    "open end",
    "repeated content",
    "empty",
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
_SCRIPTS: Final[dict[Language, str]] = {"ko": "HANGUL", "en": "LATIN"}
# Korean texts contain Latin names and units; an English text has no reason for more than a word of another script.
_LEAST_SHARE: Final[dict[Language, float]] = {"ko": 0.5, "en": 0.9}
_EXPECTED: Final = ("HANGUL", "LATIN", "GREEK")
_LEAK_WORDS: Final = 6
_MARKS: Final = ("<|", "|>")
_LEAST_LETTERS: Final = 10
_GRAM: Final = 12
_REPEATED_SHARE: Final = 0.3
_LEAST_GRAMS: Final = 40


def faults_of(record: AnswerRecord) -> list[Fault]:
    """Return the faults of one answer."""
    return [*_faults(record)]


def count_faults(records: Iterable[AnswerRecord]) -> Counter[Fault]:
    """Return how many answers have each fault."""
    return Counter(fault for record in records for fault in faults_of(record))


def _faults(record: AnswerRecord) -> Iterator[Fault]:
    text = record.text
    if not text.strip():
        yield "empty"
        return
    outline = Outline(f"{text.rstrip()}\n\n")
    letters = _letters_outside_code(text)
    if len(letters) >= _LEAST_LETTERS:
        share = sum(_is_of(letter, _SCRIPTS[record.language]) for letter in letters) / len(letters)
        if share < _LEAST_SHARE[record.language]:
            yield "wrong language"
    if any(not _is_of(letter, *_EXPECTED) for letter in letters):
        yield "stray letters"
    if _loops(text):
        yield "loop"
    if _leaks(text):
        yield "leak"
    last = _last_block(outline)
    if last in ("marker", "fence"):
        yield "dangling marker" if last == "marker" else "open fence"
    elif not ends_whole(text) and record.kind not in ("poem", "letter", "code"):
        yield "open end"
    if _repeats(record):
        yield "repeated content"


def _letters_outside_code(text: str) -> list[str]:
    blocks = Outline(f"{text.rstrip()}\n\n").blocks
    prose = " ".join(block.text for block in blocks if block.kind not in ("fence", "code_block", "formula"))
    outside = "".join(part for place, part in enumerate(prose.split("`")) if place % 2 == 0)
    normalized = unicodedata.normalize("NFC", outside.removesuffix(SENTINEL))
    return [character for character in normalized if character.isalpha()]


def _is_of(letter: str, *scripts: str) -> bool:
    name = unicodedata.name(letter, "")
    return any(script in name for script in scripts) or not name or unicodedata.category(letter) == "Lm"


def _loops(text: str) -> bool:
    guard = RepetitionGuard()
    guard.add(text)
    guard.rest()
    return guard.is_repeating


def _leaks(text: str) -> bool:
    words = " ".join(text.casefold().split())
    return any(mark in text for mark in _MARKS) or any(run in words for run in _RUNS)


def _word_runs() -> Iterator[str]:
    for instruction in INSTRUCTIONS:
        words = instruction.casefold().split()
        for start in range(len(words) - _LEAK_WORDS + 1):
            yield " ".join(words[start : start + _LEAK_WORDS])


_RUNS: Final = frozenset(_word_runs())


def _last_block(outline: Outline) -> Literal["marker", "fence", "other"]:
    """Return whether a text ends with an empty list marker, in an open fence, or otherwise."""
    line = outline.text.rstrip().rpartition("\n")[2].strip()
    *_, alone = Outline(f"{line} ").blocks
    if alone.has_marker and alone.text == SENTINEL:
        return "marker"
    is_open = any(block.kind in ("fence", "formula") and not block.is_closed for block in outline.blocks)
    return "fence" if is_open else "other"


def _repeats(record: AnswerRecord) -> bool:
    """Return whether more than _REPEATED_SHARE of a section repeats earlier ones, character by character."""
    earlier: set[str] = set()
    for phase in SECTIONS:
        text = " ".join(record.sections.get(phase, "").split())
        grams = [text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)]
        again = sum(gram in earlier for gram in grams)
        if len(grams) >= _LEAST_GRAMS and again / len(grams) > _REPEATED_SHARE:
            return True
        earlier.update(grams)
    return False
