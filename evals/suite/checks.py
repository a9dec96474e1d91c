"""Checks: what code can decide about the form of an answer, without a judge."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from evals.suite.cases import CheckName, Checks
from evals.suite.normal_form import normalized
from llmfirst import Value

Script = Literal["Hangul", "Latin"]

_FENCE: Final = re.compile(r"[ \t>]*(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_INLINE_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
# "3. " at the start of a line numbers a list; it is not a result.
_LIST_MARKER: Final = re.compile(r"^[ \t>#*_]*\d{1,2}[.)](?=[ \t]+\S)", re.MULTILINE)
_SEPARATOR: Final = r"[,\u00a0\u2009\u202f]"
_GROUPED: Final = re.compile(rf"\d{{1,3}}({_SEPARATOR})\d{{3}}(?:\1\d{{3}})*(?:\.\d+)?")
# A hyphen after a letter, digit or bracket is not a sign. Digits after a Latin letter belong to a name (H2O).
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
    """The result of one check."""

    name: CheckName
    passed: bool
    found: str
    """What was found, without words of any language; for `numbers` the missing ones, or all if none is missing."""


def run_checks(checks: Checks, text: str) -> tuple[CheckResult, ...]:
    """Make the requested checks, always in the same order."""
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
    """Return the numbers in a text, for example 1,234 and -3.50 and the 42 of 42km.

    "3만 5천" gives 35,000 as well as 3 and 5. Not counted: digits in names (H2O), versions (1.2.3), and the numbers of
    list items.
    """
    plain = _LIST_MARKER.sub("", text.replace("{,}", ",").replace(r"\,", "\u2009"))
    numbers = [number for match in _DIGITS.finditer(plain) for number in _values(match["run"], match["sign"])]
    return (*numbers, *(number for match in _KOREAN.finditer(plain) for number in _korean(match[0])))


def _values(run: str, sign: str | None) -> Iterator[float]:
    """Read digits as one number with thousands separators, or as several numbers separated by commas."""
    parts = [re.sub(_SEPARATOR, "", run)] if _GROUPED.fullmatch(run) else re.split(_SEPARATOR, run)
    for place, part in enumerate(parts):
        if part.count(".") <= 1:
            yield -float(part) if sign and place == 0 else float(part)


def _korean(text: str) -> Iterator[float]:
    """Read a number with Korean units, and once more without trailing digits: "5천 3" is 5,003 or 5,000."""
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


def _numbers(expected: tuple[float, ...], text: str) -> CheckResult:
    present = set(numbers_in(text))
    missing = [number for number in expected if number not in present]
    listed = ", ".join(repr(number).removesuffix(".0") for number in missing or expected)
    return CheckResult(name="numbers", passed=not missing, found=listed)


def _share(name: Literal["hangul", "latin"], script: Script, at_least: float, text: str) -> CheckResult:
    """Check the share of a script among the letters outside code. An answer without letters fails."""
    outside, _ = _fenced(text)
    prose = normalized("NFC", _INLINE_CODE.sub(" ", outside))
    letters = [character for character in prose if character.isalpha()]
    if not letters:
        return CheckResult(name=name, passed=False, found="–")
    count = sum(script.upper() in unicodedata.name(letter, "").split() for letter in letters)
    found = f"{100 * count // len(letters)} %"
    return CheckResult(name=name, passed=count / len(letters) >= at_least, found=found)


def _json(text: str) -> CheckResult:
    """Check for exactly one JSON value in the fenced code blocks, or as the whole text if there are none."""
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
    """Return the text outside fenced code blocks, and the content of each block. An unclosed block runs to the end."""
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
