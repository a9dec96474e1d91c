"""Checks: what code can decide of an answer from its form alone."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from evals.suite.cases import CheckName, Checks
from llmfirst import Value

Script = Literal["Hangul", "Latin"]

_FENCE: Final = re.compile(r"[ \t>]*(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_INLINE_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
# "3. " at the head of a line counts paragraphs; it says nothing of what was asked.
_LIST_MARKER: Final = re.compile(r"^[ \t>#*_]*\d{1,2}[.)](?=[ \t]+\S)", re.MULTILINE)
_SEPARATOR: Final = r"[,\u00a0\u2009\u202f]"
_GROUPED: Final = re.compile(rf"\d{{1,3}}({_SEPARATOR})\d{{3}}(?:\1\d{{3}})*(?:\.\d+)?")
# A hyphen after a letter, a digit or a bracket joins or subtracts; digits after a Latin letter are of a name (H2O).
_DIGITS: Final = re.compile(
    r"(?P<sign>(?<![\w)\]}%])[-\u2212\u2013])?[$€£¥₩]?"
    r"(?<![A-Za-z\d])(?<!\d\.)(?<![A-Za-z\d]_)"
    rf"(?P<run>(?:(?<![\w.])\.)?\d+(?:(?:\.|{_SEPARATOR})\d+)*(?:[eE][-+]?\d+(?![A-Za-z\d]))?)"
)
# Korean counts in ten thousands: 3만 5천, 1억 2,000만, 5천만.
_SMALL: Final = {"십": 10, "백": 100, "천": 1_000}
_LARGE: Final = {"만": 10_000, "억": 100_000_000, "조": 1_000_000_000_000}
_PLAIN: Final = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_KOREAN: Final = re.compile(rf"(?<![\w.,])(?:(?:{_PLAIN})[ ]?[십백천만억조]{{1,2}}[ ]?)+(?:{_PLAIN})?")
_KOREAN_PART: Final = re.compile(rf"{_PLAIN}|[십백천만억조]")


class CheckResult(Value):
    """What one check found, in figures that need no language; of numbers, the missing ones where some are missing."""

    name: CheckName
    passed: bool
    found: str


def run_checks(checks: Checks, text: str) -> tuple[CheckResult, ...]:
    """Decide the checks that were asked for; the order is always the same."""
    return tuple(_results(checks, text))


def _results(checks: Checks, text: str) -> Iterator[CheckResult]:
    if checks.numbers:
        yield _numbers(checks.numbers, text)
    if checks.hangul_at_least is not None:
        yield _share("hangul", "Hangul", checks.hangul_at_least, text)
    if checks.latin_at_least is not None:
        yield _share("latin", "Latin", checks.latin_at_least, text)
    if checks.words_at_most is not None:
        words = len(text.split())
        yield CheckResult(name="words", passed=words <= checks.words_at_most, found=str(words))
    if checks.holds_json:
        yield _json(text)


def numbers_in(text: str) -> tuple[float, ...]:
    """Return the numbers of a text: 1,234 and -3.50 and the 42 of 42km; of "3만 5천" 35,000 besides the 3 and the 5.

    What is attached in front makes a name of it (H2O), and 1.2.3 is none; a number before "." at the head of a line
    counts a list.
    """
    plain = _LIST_MARKER.sub("", text.replace("{,}", ",").replace(r"\,", "\u2009"))
    written = [number for found in _DIGITS.finditer(plain) for number in _values(found["run"], found["sign"])]
    return (*written, *(number for found in _KOREAN.finditer(plain) for number in _korean(found[0])))


def _values(run: str, sign: str | None) -> Iterator[float]:
    """Read digits as one number, or as several with commas between them."""
    parts = [re.sub(_SEPARATOR, "", run)] if _GROUPED.fullmatch(run) else re.split(_SEPARATOR, run)
    for place, part in enumerate(parts):
        if part.count(".") <= 1:
            yield -float(part) if sign and place == 0 else float(part)


def _korean(text: str) -> Iterator[float]:
    """Read a number with Korean units; one that digits end may also be a number and another one after it."""
    total = section = number = 0.0
    parts = _KOREAN_PART.findall(text)
    for part in parts:
        if part in _SMALL:
            section += (number or 1) * _SMALL[part]
            number = 0.0
        elif part in _LARGE:
            total += (section + number or 1) * _LARGE[part]
            section = number = 0.0
        else:
            number = float(part.replace(",", ""))
    yield total + section + number
    if number:
        yield total + section


def _numbers(wanted: tuple[float, ...], text: str) -> CheckResult:
    there = set(numbers_in(text))
    missing = [number for number in wanted if number not in there]
    told = ", ".join(repr(number).removesuffix(".0") for number in missing or wanted)
    return CheckResult(name="numbers", passed=not missing, found=told)


def _share(name: Literal["hangul", "latin"], script: Script, at_least: float, text: str) -> CheckResult:
    """Take the share of a script among the letters outside code; an answer without letters has none."""
    outside, _ = _fenced(text)
    prose = unicodedata.normalize("NFC", _INLINE_CODE.sub(" ", outside))
    letters = [sign for sign in prose if sign.isalpha()]
    if not letters:
        return CheckResult(name=name, passed=False, found="–")
    count = sum(script.upper() in unicodedata.name(sign, "").split() for sign in letters)
    found = f"{100 * count // len(letters)} %"
    return CheckResult(name=name, passed=count / len(letters) >= at_least, found=found)


def _json(text: str) -> CheckResult:
    """Look for one JSON value: the whole text, or all of one fenced block."""
    _, blocks = _fenced(text)
    kinds = [kind for kind in map(_kind_of_json, blocks or [text]) if kind is not None]
    match kinds:
        case [kind]:
            found = f"JSON {kind}"
        case _:
            found = f"{len(kinds)} × JSON"
    return CheckResult(name="json", passed=len(kinds) == 1, found=found)


def _kind_of_json(text: str) -> Literal["object", "array", "value"] | None:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "value"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _fenced(text: str) -> tuple[str, list[str]]:
    """Return the text outside fenced code blocks, and each block; one that was never closed ends with the text."""
    outside: list[str] = []
    blocks: list[list[str]] = []
    fence = ""
    for line in text.split("\n"):
        bare, opening = line.strip(" \t\r>"), _FENCE.match(line)
        if fence and set(bare) == set(fence) and len(bare) >= len(fence):
            fence = ""
        elif fence:
            blocks[-1].append(line)
        elif opening:
            fence = opening["fence"]
            blocks.append([])
        else:
            outside.append(line)
    return "\n".join(outside), ["\n".join(block) for block in blocks]
