"""Cases: what is asked, and what an answer to it is held against; suites of them, from this folder or from a user."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from evals.suite.files import MAX_ITEMS, NO_TEXT, SUFFIXES, Problem, RawItem, nearest, read_raw, shown
from evals.suite.problems import SuiteError, checked, refusal
from llmfirst import Value

Language = Literal["ko", "en"]
Cut = Literal["quick", "review"]

SUITE_NAMES: Final = ("quick", "review", "ko", "en", "full")
MAX_QUESTION_CHARACTERS: Final = 4000
_MAX_LINE_CHARACTERS: Final = 200
_TITLES: Final = {"quick": "빠른 확인 · Quick check", "review": "검토 · Review", "full": "전체 · Everything"}
_FOLDER: Final = Path(__file__).parent / "data"
_FILES: Final[tuple[Language, ...]] = ("ko", "en")


def _clean(text: str) -> str:
    """Make the same text of the same words, whatever file they stood in."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := NO_TEXT.search(text):
        raise ValueError(f"holds U+{ord(found[0]):04X}, a character of no text; remove it")
    if not text.strip():
        raise ValueError("is empty; write it, or leave the field out")
    return text.strip()


def _one_line(text: str) -> str:
    if "\n" in text or len(text) > _MAX_LINE_CHARACTERS:
        raise ValueError(f"must be one line of at most {_MAX_LINE_CHARACTERS} characters; shorten it")
    return text


def _short_enough(text: str) -> str:
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise ValueError(f"has {len(text)} characters; shorten it to {MAX_QUESTION_CHARACTERS}")
    return text


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


Text = Annotated[str, AfterValidator(_clean)]
Line = Annotated[Text, AfterValidator(_one_line)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
CheckName = Literal["numbers", "hangul", "latin", "words", "json"]
# Files hold lists; everything else is taken only as the type it is.
_LIST: Final = Field(default=(), strict=False)
_EXACT: Final = ConfigDict(strict=True, serialize_by_alias=True)


class Criterion(Value):
    """One fact or constraint that can be decided from an answer; a negative one passes when its claim is false.

    `check`: the item's check of form that decides it, in place of the judge. `bad_passes`: the item's bad answer meets
    this criterion, so that it shows the judge nothing of what failing it looks like.
    """

    model_config = _EXACT
    claim: Text
    critical: bool = False
    negative: bool = False
    check: CheckName | None = None
    bad_passes: bool = False

    @model_validator(mode="after")
    def _fault_has_an_example(self) -> Self:
        if self.negative and self.bad_passes:
            raise ValueError("the bad answer must have the fault that a negative criterion names: rewrite `bad`")
        return self


class Checks(Value):
    """What code decides from the form of an answer; a check that was not asked for is left at its default."""

    model_config = _EXACT
    numbers: tuple[Number, ...] = _LIST
    hangul_at_least: Share | None = None
    latin_at_least: Share | None = None
    words_at_most: int | None = Field(default=None, ge=1)
    holds_json: bool = Field(default=False, alias="json")

    @property
    def asked(self) -> frozenset[CheckName]:
        """The checks that were asked for."""
        given: dict[CheckName, bool] = {
            "numbers": bool(self.numbers),
            "hangul": self.hangul_at_least is not None,
            "latin": self.latin_at_least is not None,
            "words": self.words_at_most is not None,
            "json": self.holds_json,
        }
        return frozenset(name for name, is_asked in given.items() if is_asked)


class Case(Value):
    """One question, and what an answer to it is judged by; one that has no criteria is only timed."""

    model_config = _EXACT
    question: Annotated[Text, AfterValidator(_short_enough)]
    id: Line = Field(default_factory=lambda fields: f"q-{_digest(fields['question'])[:12]}")
    category: Line = "general"
    language: Language | None = None
    cuts: tuple[Cut, ...] = _LIST
    reference: Text | None = None
    criteria: tuple[Criterion, ...] = _LIST
    checks: Checks = Checks()
    good: Text | None = None
    bad: Text | None = None
    defect: Text | None = None

    @model_validator(mode="after")
    def _judge_has_anchors(self) -> Self:
        texts = {"reference": self.reference, "good": self.good, "bad": self.bad}
        if self.criteria and (missing := [f"`{name}`" for name, text in texts.items() if text is None]):
            raise ValueError(
                f"the item has criteria but no {', '.join(missing)}; the judge compares an answer with "
                "the item's own reference, good and bad answer: add them, or leave `criteria` out"
            )
        return self

    @model_validator(mode="after")
    def _checks_of_criteria_are_asked(self) -> Self:
        missing = {one.check for one in self.criteria if one.check is not None} - self.checks.asked
        if missing:
            raise ValueError(f"a criterion names the check {', '.join(sorted(missing))}, which `checks` lacks")
        return self

    @property
    def is_judged(self) -> bool:
        """Tell whether there is all that a judge needs."""
        return bool(self.criteria) and None not in (self.reference, self.good, self.bad)

    @property
    def sha256(self) -> str:
        """Return the hash of all that can change an answer or its verdict."""
        used = {"question", "language", "reference", "criteria", "checks", "good", "bad"}
        return _digest(self.model_dump(mode="json", include=used, exclude_defaults=True))


class Suite(Value):
    """Cases under one name."""

    name: Line
    title: Line
    cases: tuple[Case, ...]

    @property
    def sha256(self) -> str:
        """Return the hash of the cases, the same in any order and under any name of the suite."""
        return _digest(sorted([case.id, case.category, case.sha256] for case in self.cases))


class _Head(Value):
    model_config = _EXACT
    suite: Line | None = None
    title: Line | None = None


SHAPES: Final[Mapping[str, type[Value]]] = {"criteria": Criterion, "checks": Checks}


def load_suite(name_or_path: str) -> Suite:
    """Return a suite of SUITE_NAMES, or that of a file; `SuiteError` tells all that is wrong with it."""
    match name_or_path:
        case "ko" | "en":
            return _of_this_folder(name_or_path)
        case "quick" | "review" | "full":
            return _drawn(name_or_path, [load_suite(name) for name in _FILES])
        case _ if Path(name_or_path).suffix.lower() in SUFFIXES:
            return _read(Path(name_or_path))
        case _:
            known = f"{nearest(name_or_path, SUITE_NAMES)}, and every path that ends in {', '.join(SUFFIXES)}"
            raise SuiteError(f"{shown(name_or_path)} is no suite; {known}")


def shipped() -> tuple[Suite, ...]:
    """Return the suites of SUITE_NAMES, the smallest first."""
    files = {name: load_suite(name) for name in _FILES}
    quick, review, full = (_drawn(name, list(files.values())) for name in ("quick", "review", "full"))
    return (quick, review, *files.values(), full)


@cache  # reading the file takes longer than building the whole page, which lists every suite
def _of_this_folder(language: str) -> Suite:
    return _read(_FOLDER / f"{language}.yaml")


def _drawn(name: str, files: Sequence[Suite]) -> Suite:
    """Draw the cases of one cut, or all, from every file in turn, so that a run that was stopped saw them all."""
    drawn = [[case for case in suite.cases if name == "full" or name in case.cuts] for suite in files]
    turns = zip_longest(*drawn)
    return Suite(
        name=name, title=_TITLES[name], cases=tuple(case for turn in turns for case in turn if case is not None)
    )


def _read(path: Path) -> Suite:
    file = path.name.encode(errors="replace").decode()
    raw = read_raw(path)
    items = [item for item in raw.found if isinstance(item, RawItem)]
    head = checked(_Head, raw.head, SHAPES)
    found = [checked(Case, item, SHAPES) for item in items]
    wrong = [one for one in [head, *found] if isinstance(one, list)]
    problems = [problem for problem in raw.found if isinstance(problem, Problem)]
    problems += [*(problem for some in wrong for problem in some), *_repeated(items, found)]
    if not 0 < len(items) <= MAX_ITEMS and not problems:
        problems = [Problem(f"it has {len(items)} items; it must have 1 to {MAX_ITEMS}")]
    if problems or isinstance(head, list):
        raise refusal(file, problems)
    cases = tuple(case for case in found if isinstance(case, Case))
    name = head.suite or " ".join(NO_TEXT.sub("?", Path(file).stem).split())[:_MAX_LINE_CHARACTERS] or "?"
    return Suite(name=name, title=head.title or name, cases=cases)


def _repeated(items: Sequence[RawItem], checked: Sequence[Case | list[Problem]]) -> Iterator[Problem]:
    """Find the items whose id an earlier one has, also among those that cannot be used."""
    first: dict[object, RawItem] = {}
    for item, case in zip(items, checked, strict=True):
        id = case.id if isinstance(case, Case) else item.fields.get("id")
        if not isinstance(id, str) or (before := first.setdefault(id, item)) is item:
            continue
        line = before.lines[()]
        if "id" in item.fields:
            yield item.problem(f"the id {shown(id)} is that of line {line} too; give each item its own", ("id",))
        else:
            yield item.problem(f"this question stands on line {line} too; leave one out, or give each an id")
