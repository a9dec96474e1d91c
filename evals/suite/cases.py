"""Cases: questions with what their answers are judged by. A suite is a list of cases, shipped or from a user's file."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, FailFast, Field, model_validator

from evals.suite.files import NO_TEXT, SUFFIXES, read_raw, sign_of
from evals.suite.problems import SuiteError, checked, checked_all
from evals.suite.raw import FileReading, Problem, RawItem, invalid, shown
from llmfirst import Share, Value

Language = Literal["ko", "en"]
Cut = Literal["quick", "review"]
AnchorName = Literal["good", "bad"]

SUITE_NAMES: Final = ("quick", "review", "ko", "en", "full")
MAX_ITEMS: Final = 1000
MAX_QUESTION_CHARACTERS: Final = 4000
_MAX_LINE_CHARACTERS: Final = 200
_TITLES: Final = {"quick": "빠른 확인 · Quick check", "review": "검토 · Review", "full": "전체 · Everything"}
_FOLDER: Final = Path(__file__).parent / "data"
_FILES: Final[tuple[Language, ...]] = ("ko", "en")


def _clean(text: str) -> str:
    """Normalise what looks the same: line ends, white space around it, and Hangul in parts, as macOS writes it."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if sign := NO_TEXT.search(text):
        raise invalid("sign_in_field", sign=sign_of(sign))
    if not text.strip():
        raise invalid("empty_field")
    return text.strip()


def _one_line(text: str) -> str:
    if "\n" in text or len(text) > _MAX_LINE_CHARACTERS:
        raise invalid("several_lines", most=_MAX_LINE_CHARACTERS)
    return text


def _short_enough(text: str) -> str:
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise invalid("too_long", count=len(text), most=MAX_QUESTION_CHARACTERS)
    return text


def _number_as_text(value: object) -> object:
    """Take a whole number for its digits, because a table cannot tell the two apart."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


Text = Annotated[str, AfterValidator(_clean)]
Line = Annotated[Text, AfterValidator(_one_line)]
Name = Annotated[Line, BeforeValidator(_number_as_text)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e17, le=1e17)]
CheckName = Literal["numbers", "hangul", "latin", "words", "json"]
# The values are strict, but a file gives lists where these fields are tuples.
_LIST: Final = Field(default=(), strict=False)
_EXACT: Final = ConfigDict(strict=True, serialize_by_alias=True)


class Criterion(Value):
    """One fact or constraint that an answer either meets or does not."""

    model_config = _EXACT
    claim: Text
    critical: bool = False
    """Whether an answer that fails this criterion fails altogether."""

    negative: bool = False
    """Whether the criterion is met if the claim is false."""

    check: CheckName | None = None
    """The check of the case that decides this criterion instead of the judge."""

    bad_passes: bool = False
    """Whether the case's bad answer meets this criterion, so that it cannot serve as an example of failing it."""

    @model_validator(mode="after")
    def _fault_has_an_example(self) -> Self:
        if self.negative and self.bad_passes:
            raise invalid("bad_without_fault")
        return self


class Checks(Value):
    """What code checks in the form of an answer. A check that is left at its default is not made."""

    model_config = _EXACT
    numbers: tuple[Number, ...] = _LIST
    """Numbers that the answer must contain."""

    hangul_at_least: Share | None = None
    """The least share of Hangul among the letters outside code, 0 to 1."""

    latin_at_least: Share | None = None
    """The least share of Latin letters among the letters outside code, 0 to 1."""

    words_at_most: int | None = Field(default=None, ge=1, le=10**9)
    holds_json: bool = Field(default=False, alias="json")
    """Whether the answer must be one JSON value, or have exactly one in a fenced code block."""

    @property
    def requested(self) -> frozenset[CheckName]:
        """The names of the checks to make."""
        is_requested: dict[CheckName, bool] = {
            "numbers": bool(self.numbers),
            "hangul": self.hangul_at_least is not None,
            "latin": self.latin_at_least is not None,
            "words": self.words_at_most is not None,
            "json": self.holds_json,
        }
        return frozenset(name for name, requested in is_requested.items() if requested)


class Generated(Value):
    """An anchor that a model wrote."""

    model_config = _EXACT
    anchor: AnchorName
    model: Line
    confirmed: bool = False
    """Whether a person has read it and lets it count."""


class Case(Value):
    """One question with what its answers are judged by. A case without criteria is only timed."""

    model_config = _EXACT
    question: Annotated[Text, AfterValidator(_short_enough)]
    id: Name = Field(default_factory=lambda fields: f"q-{_digest(fields['question'])[:12]}")
    """Unique in the suite; by default derived from the question."""

    category: Name = "general"
    language: Language | None = None
    cuts: tuple[Cut, ...] = _LIST
    """The small shipped suites that this case belongs to."""

    reference: Text | None = None
    """A correct answer, for people and the report; without `good` it is the upper anchor too."""

    criteria: tuple[Criterion, ...] = _LIST
    checks: Checks = Checks()
    good: Text | None = None
    """A good answer, the upper anchor of the judge's scores; None takes the reference."""

    bad: Text | None = None
    """A bad answer, the lower anchor of the judge's scores; None takes a text that meets no claim."""

    defect: Text | None = None
    """What is wrong with the bad answer, for people."""

    generated: tuple[Generated, ...] = _LIST
    """Which of the two anchors a model wrote."""

    @model_validator(mode="after")
    def _judge_has_something_to_compare_with(self) -> Self:
        if self.criteria and self.reference is None and self.good is None:
            raise invalid("no_anchor")
        if self.bad is None and any(one.negative for one in self.criteria):
            raise invalid("no_bad")
        return self

    @model_validator(mode="after")
    def _checks_of_criteria_are_requested(self) -> Self:
        named = {criterion.check for criterion in self.criteria if criterion.check is not None}
        if missing := named - self.checks.requested:
            raise invalid("check_not_requested", names=", ".join(sorted(missing)))
        return self

    @property
    def is_judged(self) -> bool:
        """Whether there is anything to judge answers by."""
        return bool(self.criteria)

    @property
    def has_own_anchors(self) -> bool:
        """Whether answers are compared with a good and a bad one that were written for this case.

        A calibration says nothing of a judge that compares with anything else: it was made with such anchors.
        """
        return self.good is not None and self.bad is not None and not self.unconfirmed

    @property
    def unconfirmed(self) -> frozenset[AnchorName]:
        """The anchors that a model wrote and that no person has confirmed."""
        present: dict[AnchorName, str | None] = {"good": self.good, "bad": self.bad}
        open_ones = (one.anchor for one in self.generated if not one.confirmed)
        return frozenset(anchor for anchor in open_ones if present[anchor] is not None)

    @property
    def sha256(self) -> str:
        """The hash of everything that can change an answer or its verdict."""
        used = {"question", "language", "reference", "criteria", "checks", "good", "bad"}
        return _digest(self.model_dump(mode="json", include=used, exclude_defaults=True))


class Suite(Value):
    """A named list of cases."""

    name: Line
    title: Line
    cases: Annotated[tuple[Case, ...], FailFast()]

    @property
    def sha256(self) -> str:
        """The hash of the cases, whatever their order and the name of the suite."""
        return _digest(sorted([case.id, case.category, case.sha256] for case in self.cases))


@dataclass(frozen=True)
class LoadedSuite:
    """A suite, and how its file was read; a shipped one has no reading."""

    suite: Suite
    reading: FileReading | None = None


class _Head(Value):
    model_config = _EXACT
    suite: Line | None = None
    title: Line | None = None


SHAPES: Final[Mapping[str, type[Value]]] = {"criteria": Criterion, "checks": Checks, "generated": Generated}


def load_suite(name_or_path: str) -> Suite:
    """Load one of SUITE_NAMES or a file. Raises SuiteError, which lists all problems with their lines."""
    return open_suite(name_or_path).suite


def open_suite(name_or_path: str) -> LoadedSuite:
    """Load a suite as `load_suite` does, and say how its file was read."""
    match name_or_path:
        case "ko" | "en":
            return LoadedSuite(_of_this_folder(name_or_path))
        case "quick" | "review" | "full":
            return LoadedSuite(_drawn(name_or_path, [load_suite(name) for name in _FILES]))
        case _ if Path(name_or_path).suffix.lower() in SUFFIXES:
            return _read(Path(name_or_path))
        case _:
            suffixes = ", ".join(SUFFIXES)
            raise SuiteError([Problem("not_a_suite", {"name": name_or_path, "suffixes": suffixes}, known=SUITE_NAMES)])


def shipped() -> tuple[Suite, ...]:
    """Load the suites of SUITE_NAMES, the smallest first."""
    files = {name: load_suite(name) for name in _FILES}
    quick, review, full = (_drawn(name, list(files.values())) for name in ("quick", "review", "full"))
    return (quick, review, *files.values(), full)


@cache  # reading the file takes longer than building the whole page, which lists every suite
def _of_this_folder(language: str) -> Suite:
    return _read(_FOLDER / f"{language}.yaml").suite


def _drawn(name: str, files: Sequence[Suite]) -> Suite:
    """Take the cases of one cut, or all, from the files in turn, so that a stopped evaluation covers every language."""
    drawn = [[case for case in suite.cases if name == "full" or name in case.cuts] for suite in files]
    turns = zip_longest(*drawn)
    return Suite(
        name=name, title=_TITLES[name], cases=tuple(case for turn in turns for case in turn if case is not None)
    )


def _read(path: Path) -> LoadedSuite:
    file = unicodedata.normalize("NFC", path.name.encode(errors="replace").decode())
    raw = read_raw(path)
    items = [item for item in raw.found if isinstance(item, RawItem)]
    head = checked(_Head, raw.head, SHAPES)
    results, problems = checked_all(Case, raw.found, SHAPES)
    problems += [*(head if isinstance(head, list) else []), *_repeated(items, results)]
    if not 0 < len(items) <= MAX_ITEMS and not problems:
        problems = [Problem("item_count", {"count": len(items), "most": MAX_ITEMS})]
    if problems or isinstance(head, list):
        raise SuiteError(problems, file)
    cases = tuple(result for result in results if isinstance(result, Case))
    name = head.suite or " ".join(NO_TEXT.sub("?", Path(file).stem).split())[:_MAX_LINE_CHARACTERS] or "?"
    return LoadedSuite(Suite(name=name, title=head.title or name, cases=cases), raw.reading)


def _repeated(items: Sequence[RawItem], results: Sequence[Case | list[Problem]]) -> Iterator[Problem]:
    """Yield a problem for each item with the id of an earlier one, rejected items included."""
    first: dict[object, RawItem] = {}
    for item, result in zip(items, results, strict=False):  # nothing is checked after many problems
        id = result.id if isinstance(result, Case) else item.fields.get("id")
        if not isinstance(id, str) or (before := first.setdefault(id, item)) is item:
            continue
        other = before.lines[()]
        if "id" in item.fields:
            yield Problem("id_twice", {"id": shown(id), "other": other}, line=item.line_of(("id",)), row=item.row)
        else:
            yield Problem("question_twice", {"other": other}, line=item.line_of(()), row=item.row)
