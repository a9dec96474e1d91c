"""Chooses which answers of an evaluation are listed, in which order, on which page. Pure."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, ValidationError

from evals.analysis.times import is_cold, is_on_time
from evals.judge.judged_answers import JudgedAnswer
from llmfirst import TIERS, Value

ListedVerdict = Literal["passed", "failed", "undecided"]
AnswerMark = Literal["late", "flagged", "failed_run"]
AnswerOrder = Literal["suite", "first_text", "total", "verdict", "question"]
PAGE_ANSWERS: Final = 25
_LONGEST: Final = 600  # characters: the longest key of a model
_LONGEST_ADDRESS: Final = 8_000
_FIRST: Final[Mapping[ListedVerdict, int]] = {"failed": 0, "undecided": 1, "passed": 2}


class AnswerQuery(Value):
    """What a visitor wants to see of an evaluation's answers. It is the query of the page's address."""

    evaluation: str = Field(default="", max_length=_LONGEST)
    model: str = Field(default="", max_length=_LONGEST)
    """The key of a model; the empty text stands for all, here and in the fields below."""
    category: str = Field(default="", max_length=_LONGEST)
    language: Literal["", "ko", "en"] = ""
    verdict: Literal["", ListedVerdict] = ""
    mark: Literal["", AnswerMark] = ""
    words: str = Field(default="", max_length=_LONGEST)
    """Words that the question and the answer must contain."""
    sort: AnswerOrder = "suite"
    page: int = Field(default=1, ge=1)
    answer: str = Field(default="", max_length=_LONGEST)
    """The run of the answer that is open; the empty text where the list is."""

    @classmethod
    def read(cls, address: str, evaluation_id: str) -> "AnswerQuery":
        """Return what an address asks of an evaluation; anybody can have written it, so what is wrong counts not."""
        given: dict[str, str] = dict(parse_qsl(address[:_LONGEST_ADDRESS].removeprefix("?")))
        named = given.get("evaluation") or given.get("evaluate")
        wanted = {name: value for name, value in given.items() if name in cls.model_fields}
        if named != evaluation_id:
            return cls(evaluation=evaluation_id)
        wanted["evaluation"] = evaluation_id
        try:
            return cls.model_validate(wanted)
        except ValidationError as error:
            wrong = {problem["loc"][0] for problem in error.errors(include_url=False, include_input=False)}
            return cls.model_validate({name: value for name, value in wanted.items() if name not in wrong})

    @property
    def is_filtered(self) -> bool:
        """Whether some answers may be left out of the list."""
        return any((self.model, self.category, self.language, self.verdict, self.mark, self.words.strip()))

    def address(self, **changes: object) -> str:
        """Return the address of this list with `changes`, such as another page."""
        wanted = self.model_copy(update=changes).model_dump(exclude_defaults=True, exclude={"evaluation"})
        return "?" + urlencode({"evaluation": self.evaluation, "part": "answers", **wanted})


@dataclass(frozen=True)
class AnswerPage:
    """One page of the answers that a query lets through."""

    query: AnswerQuery
    numbers: tuple[int, ...]
    """The answers of this page, by their index in the evaluation."""
    found: int
    """How many answers the query lets through."""
    total: int
    """How many answers there are."""
    page: int
    """The page that is shown; the last one where the query asks for one behind it."""
    pages: int
    opened: int | None
    """The index of the answer that is open; None if the list is shown, or there is no such answer."""
    before: str
    """The run before the open answer in the list; empty if it is the first one."""
    after: str
    place: int
    """The place of the open answer in the list, counted from one; 0 if the filters leave it out."""

    @property
    def first(self) -> int:
        """The place of the first answer of this page, counted from one."""
        return PAGE_ANSWERS * (self.page - 1) + 1


def answer_page(answers: Sequence[JudgedAnswer], query: AnswerQuery) -> AnswerPage:
    """Return the page of the answers that a query asks for. What is not believed is not to be in `answers`."""
    wanted = _words(query.words)
    found = [number for number, answer in enumerate(answers) if _is_wanted(answer, query, wanted)]
    found.sort(key=lambda number: _KEYS[query.sort](answers[number]))
    pages = max(1, -(-len(found) // PAGE_ANSWERS))
    runs = [answers[number].attempt.run_id for number in found]
    opened = next((number for number, answer in enumerate(answers) if answer.attempt.run_id == query.answer), None)
    place = found.index(opened) if opened in found else None
    page = min(query.page, pages) if place is None else place // PAGE_ANSWERS + 1
    return AnswerPage(
        query=query,
        numbers=tuple(found[PAGE_ANSWERS * (page - 1) : PAGE_ANSWERS * page]),
        found=len(found),
        total=len(answers),
        page=page,
        pages=pages,
        opened=opened,
        before=runs[place - 1] if place else "",
        after=runs[place + 1] if place is not None and place + 1 < len(runs) else "",
        place=0 if place is None else place + 1,
    )


def marks_of(answer: JudgedAnswer) -> frozenset[AnswerMark]:
    """Return what a person should know of an answer before reading it."""
    attempt = answer.attempt
    share = attempt.accounted_share
    is_unproved = attempt.unbacked_decisions > 0 or (share is not None and share < 1)
    found: dict[AnswerMark, bool] = {
        "failed_run": attempt.is_error,
        "late": not attempt.is_error and not is_cold(attempt) and not is_on_time(attempt, TIERS[0]),
        "flagged": bool(answer.to_the_judge) or is_unproved,
    }
    return frozenset(name for name, is_so in found.items() if is_so)


def listed_verdict(answer: JudgedAnswer) -> ListedVerdict:
    """Return the verdict under which an answer is found."""
    return answer.item if answer.item in ("passed", "failed") else "undecided"


def _is_wanted(answer: JudgedAnswer, query: AnswerQuery, words: Sequence[str]) -> bool:
    return (
        query.model in ("", answer.model)
        and query.category in ("", answer.case.category)
        and query.language in ("", answer.case.language)
        and query.verdict in ("", listed_verdict(answer))
        and (not query.mark or query.mark in marks_of(answer))
        and (not words or _contains(answer, words))
    )


def _contains(answer: JudgedAnswer, words: Sequence[str]) -> bool:
    text = _alike(f"{answer.case.id}\n{answer.case.question}\n{answer.attempt.text}")
    return all(word in text for word in words)


def _words(text: str) -> list[str]:
    return _alike(text).split()


def _alike(text: str) -> str:
    """Return a text in which what readers take for the same is the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def _slowest_first(seconds: float | None, answer: JudgedAnswer) -> float:
    """Return a sort key; a failure has no time and comes last."""
    return inf if seconds is None or answer.attempt.is_error else -seconds


# Answers with the same key stay in the order of the suite.
_KEYS: Final[Mapping[AnswerOrder, Callable[[JudgedAnswer], tuple[float, str]]]] = {
    "suite": lambda _: (0, ""),
    "first_text": lambda answer: (_slowest_first(answer.timing.first_text_seconds, answer), ""),
    "total": lambda answer: (_slowest_first(answer.timing.total_seconds, answer), ""),
    "verdict": lambda answer: (_FIRST[listed_verdict(answer)], ""),
    "question": lambda answer: (0, _alike(answer.case.question)),
}
