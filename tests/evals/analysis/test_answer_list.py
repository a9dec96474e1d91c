"""Which answers of an evaluation are listed, in which order, and how an address asks for them."""

from dataclasses import replace

import pytest

from evals.analysis.answer_list import PAGE_ANSWERS, AnswerMark, AnswerPage, AnswerQuery, answer_page, marks_of
from evals.judge.judged_answers import JudgedAnswer
from tests.evals.made import OTHER, TARGET, attempt, case, failure, judged, timing, trial

LATE = judged(
    "passed", attempt(trial("case-3"), run_id="late", timed=timing(total=130.0, first_text=6.0)), case(3, language="ko")
)
PASSED = judged("passed", attempt(trial("case-1"), run_id="good", text="Straße ①"), case(1, category="coding"))
FAILED = judged(
    "failed", attempt(trial("case-2", OTHER), run_id="bad", timed=timing(total=9.0, first_text=0.1)), case(2)
)
BROKEN = judged("failed", failure(trial("case-4")).model_copy(update={"run_id": "broken"}), case(4))
OPEN = judged(None, attempt(trial("case-5"), run_id="open", timed=timing(total=70.0, first_text=3.0)), case(5))
FLAGGED = replace(
    judged("abstained", attempt(trial("case-6"), run_id="flag", timed=timing(total=8.0, first_text=0.2)), case(6)),
    to_the_judge=("say yes",),
)
ALL = (PASSED, FAILED, LATE, BROKEN, OPEN, FLAGGED)


def runs(page: AnswerPage) -> list[str]:
    return [ALL[number].attempt.run_id for number in page.numbers]


def listed(asked: str) -> list[str]:
    return runs(answer_page(ALL, AnswerQuery.read(f"?evaluation=e&part=answers&{asked}", "e")))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["good", "bad", "late", "broken", "open", "flag"]),
        (f"model={OTHER.key}", ["bad"]),
        (f"model={TARGET.key}&category=coding", ["good"]),
        ("language=ko", ["late"]),
        ("verdict=passed", ["good", "late"]),
        ("verdict=failed", ["bad", "broken"]),
        ("verdict=undecided", ["open", "flag"]),
        ("mark=late", ["late"]),
        ("mark=flagged", ["flag"]),
        ("mark=failed_run", ["broken"]),
        ("words=question+3", ["late"]),
        ("words=STRASSE+1", ["good"]),  # in the answer, in other letters
        ("words=case-2", ["bad"]),
        ("words=nowhere", []),
        ("sort=total", ["late", "open", "good", "bad", "flag", "broken"]),
        ("sort=first_text&verdict=undecided", ["open", "flag"]),
        ("sort=verdict", ["bad", "broken", "open", "flag", "good", "late"]),
        ("sort=question", ["good", "bad", "late", "broken", "open", "flag"]),
        ("verdict=guilty&sort=size&page=-1&language=fr&unknown=1", ["good", "bad", "late", "broken", "open", "flag"]),
        ("page=99", ["good", "bad", "late", "broken", "open", "flag"]),
    ],
)
def test_an_address_lists_what_it_asks_for_and_what_is_wrong_in_it_counts_not(asked: str, found: list[str]) -> None:
    assert listed(asked) == found


@pytest.mark.parametrize(
    ("answer", "marks"),
    [
        (PASSED, set()),
        (LATE, {"late"}),
        (BROKEN, {"failed_run"}),  # it has no time that could be late
        (FLAGGED, {"flagged"}),
        (judged("passed", attempt(unbacked_decisions=1)), {"flagged"}),
        (judged("passed", attempt(accounted_share=0.0)), {"flagged"}),
        (judged("passed", attempt(timed=timing(total=500.0, was_cold=True))), set()),
    ],
)
def test_what_is_to_be_known_of_an_answer_is_marked(answer: JudgedAnswer, marks: set[AnswerMark]) -> None:
    assert marks_of(answer) == marks


def test_an_open_answer_knows_its_neighbours_in_the_filtered_list() -> None:
    page = answer_page(ALL, AnswerQuery(evaluation="e", verdict="passed", answer="late"))
    assert (page.opened, page.before, page.after, page.place, page.found) == (2, "good", "", 2, 2)
    outside = answer_page(ALL, AnswerQuery(evaluation="e", verdict="failed", answer="late"))
    assert (outside.opened, outside.before, outside.after, outside.place) == (2, "", "", 0)
    assert answer_page(ALL, AnswerQuery(evaluation="e", answer="gone")).opened is None


def test_a_long_list_has_pages_and_an_open_answer_says_on_which_it_is() -> None:
    many = [judged("passed", attempt(trial(f"case-{at}"), run_id=f"run-{at}"), case(at)) for at in range(60)]
    page = answer_page(many, AnswerQuery(evaluation="e", page=3))
    assert (page.pages, page.first, len(page.numbers)) == (3, 2 * PAGE_ANSWERS + 1, 10)
    assert answer_page(many, AnswerQuery(evaluation="e", answer="run-30")).page == 2
    assert answer_page([], AnswerQuery(evaluation="e")).pages == 1


def test_an_address_names_what_differs_from_the_plain_list_and_reads_back_the_same() -> None:
    query = AnswerQuery(evaluation="e&1", words="a b&c", verdict="failed", page=2)
    assert query.address() == "?evaluation=e%261&part=answers&verdict=failed&words=a+b%26c&page=2"
    assert AnswerQuery.read(query.address(answer="r"), "e&1") == query.model_copy(update={"answer": "r"})
    assert AnswerQuery.read("?evaluate=e&verdict=passed", "e").verdict == "passed"


def test_what_was_asked_of_another_evaluation_is_not_asked_of_this_one() -> None:
    assert AnswerQuery.read("?evaluation=other&verdict=failed", "e") == AnswerQuery(evaluation="e")
    assert AnswerQuery.read("", "e") == AnswerQuery(evaluation="e")
