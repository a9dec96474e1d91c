"""Draws the answers of an evaluation: the filters, the list, and one answer. Pure; everything is escaped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from evals.analysis.answer_list import AnswerMark, AnswerOrder, AnswerPage, AnswerQuery, ListedVerdict, answer_page
from evals.analysis.summary import Summary
from evals.records.evaluation import Evaluation
from evals.report.answer_view import answer_view
from evals.report.templates import drawn
from evals.texts import AnswerListTexts, texts_in
from llmfirst import Language, problem_html, shared_texts, visible


@dataclass(frozen=True)
class _Choice:
    """One field in which a visitor chooses."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    """What is sent, and the word for it."""
    chosen: str


def filters_html(evaluation: Evaluation, query: AnswerQuery, language: Language) -> str:
    """Return the form; it offers nothing of which there is only one."""
    fields = [field for field in _fields(evaluation, query, language) if len(field.choices) > 2 or field.chosen]
    return drawn("answer_filters.html.j2", language, query=query, fields=fields)


def answers_html(summary: Summary, query: AnswerQuery, language: Language) -> str:
    """Return one page of the list, or the answer that is open."""
    words, page = texts_in(language).answer_list, answer_page(summary.believed, query)
    if page.opened is not None:
        view = answer_view(summary, page.opened, language)
        return drawn("answer.html.j2", language, answer=view, page=page, query=query)
    gone = problem_html(words.gone) if query.answer else ""
    return gone + drawn(
        "answers.html.j2",
        language,
        query=query.model_copy(update={"answer": ""}),
        page=page,
        rows=[answer_view(summary, number, language) for number in page.numbers],
        has_models=len(summary.evaluation.models) > 1,
        count=_count(page, words),
    )


def _count(page: AnswerPage, words: AnswerListTexts) -> str:
    if not page.found:
        return words.nothing if page.total else words.none_yet
    last = page.first + len(page.numbers) - 1
    counted = words.some if page.found < page.total else words.every
    said = counted.format(found=page.found, total=page.total)
    return said if page.pages == 1 else f"{said} {words.shown.format(first=page.first, last=last)}"


def _fields(evaluation: Evaluation, query: AnswerQuery, language: Language) -> Iterator[_Choice]:
    words, names = texts_in(language).answer_list, texts_in(language).names
    cases = evaluation.suite.cases
    categories = dict.fromkeys(case.category for case in cases if case.category)
    languages = dict.fromkeys(case.language for case in cases if case.language)
    verdicts: Mapping[ListedVerdict, str] = words.verdicts
    marks: Mapping[AnswerMark, str] = words.marks
    orders: Mapping[AnswerOrder, str] = words.orders
    every = ("", words.every_one)
    yield _Choice(
        "model",
        shared_texts(language).model,
        (every, *((model.key, visible(model.key)) for model in evaluation.models)),
        query.model,
    )
    yield _Choice(
        "category",
        names.groupings["category"],
        (every, *((one, visible(names.categories.get(one, one))) for one in categories)),
        query.category,
    )
    yield _Choice(
        "language",
        names.groupings["language"],
        (every, *((one, names.languages[one]) for one in languages)),
        query.language,
    )
    yield _Choice(
        "verdict",
        texts_in(language).report.verdict,
        (every, *((one, verdicts[one]) for one in get_args(ListedVerdict))),
        query.verdict,
    )
    yield _Choice("mark", words.mark, (every, *((one, marks[one]) for one in get_args(AnswerMark))), query.mark)
    yield _Choice("sort", words.order, tuple((one, orders[one]) for one in get_args(AnswerOrder)), query.sort)
