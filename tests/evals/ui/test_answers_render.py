"""What the Answers part draws: a list, one answer, and words from elsewhere as text."""

from re import findall

import pytest

from evals.analysis.answer_list import AnswerQuery
from evals.analysis.summary import Summary
from evals.analysis.trust import JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.suite.cases import Language
from evals.ui.answers_render import answers_html, filters_html
from llmfirst import AnswerFailed
from llmfirst.model_problem import ModelProblem
from tests.evals.made import calibrated
from tests.evals.report.made import MODEL, OTHER, attempt, case, evaluation, result
from tests.read_html import shown

LIST = AnswerQuery(evaluation="e1")
HOSTILE = "<img src=x onerror=alert(1)>"


def believed(*answers: JudgedAnswer) -> Summary:
    """Return an evaluation of two models whose judge was checked."""
    of = evaluation(*dict.fromkeys(answer.case for answer in answers), models=(MODEL, OTHER))
    return Summary(of, answers, JudgeEvidence({"en": calibrated(0.99, 0.99)}))


def test_a_row_tells_question_model_verdict_each_criterion_and_times_and_links_its_answer() -> None:
    summary = believed(result(case(), attempt(case())))
    html = answers_html(summary, LIST, "ko")
    told = " ".join(shown(html).split())
    assert "답변 1개" in told
    assert "How do I plan a move? en-planning-00계획영어" in told
    assert MODEL.key in told
    assert "✔통과" in told
    assert "The answer names a first step.: 통과" in told
    run_id = summary.answers[0].attempt.run_id
    assert f'href="?evaluation=e1&amp;part=answers&amp;answer={run_id}"' in html


def test_a_category_of_somebody_elses_is_told_as_it_is() -> None:
    one = case(category="of somebody else")
    assert "of somebody else" in answers_html(believed(result(one, attempt(one))), LIST, "ko")


def test_where_nothing_is_found_it_says_so_and_the_way_back_is_there() -> None:
    summary = believed(result(case(), attempt(case())))
    html = answers_html(summary, LIST.model_copy(update={"words": "nowhere"}), "en")
    assert "No answer matches these filters." in html
    assert 'data-asks="all"' in html
    assert "No answer has been measured yet." in answers_html(Summary(summary.evaluation, ()), LIST, "en")


def opened(summary: Summary, language: Language = "en") -> str:
    return answers_html(summary, LIST.model_copy(update={"answer": summary.answers[0].attempt.run_id}), language)


def test_an_open_answer_shows_its_sections_what_the_judge_said_and_with_what_it_compared() -> None:
    one = attempt(case()).model_copy(update={"sections": (("core", "**Yes**"), ("conclusion", "The end."))})
    html = opened(believed(result(case(), one)))
    assert "<h5>Core</h5>" in html
    assert "<strong>Yes</strong>" in html
    assert "<h5>Conclusion</h5>" in html
    assert "The judge says yes with 92.4 % (good example 95.3 %, bad example 11.9 %)" in html
    assert "The judge says no with" in html  # of a fault
    assert "First, start early." in html
    assert "Start on the last day." in html
    assert f'href="?run={one.run_id}&amp;replay=1"' in html


def test_an_answer_judged_by_a_judge_that_is_believed_has_its_verdict() -> None:
    html = opened(believed(result(case(), attempt(case()))), "ko")
    assert "· 통과</h3>" in html
    assert 'class="pass"' in html
    assert "결과에 넣지 않습니다" not in html


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (AnswerFailed(elapsed_seconds=1, code="no_text", message="It wrote nothing."), "모델이 아무것도 쓰지 않고"),
        (
            AnswerFailed(elapsed_seconds=1, code="p", message="m", problem=ModelProblem(code="silent", service="a:1")),
            "모델 서버(a:1)가 너무 오래",
        ),
        (None, "no model"),  # of a recording that says no more
    ],
)
def test_why_an_answer_failed_is_told_in_the_language_of_the_page(end: AnswerFailed | None, words: str) -> None:
    failed = attempt(case()).model_copy(update={"outcome": "failed", "error": "no model", "text": "", "end": end})
    assert words in opened(believed(result(case(), failed)), "ko")


def test_words_from_elsewhere_are_text_in_the_list_the_answer_and_the_filters() -> None:
    one = case(question=HOSTILE, category=HOSTILE)
    answer = attempt(one).model_copy(update={"sections": (("core", HOSTILE),), "text": HOSTILE})
    summary = believed(result(one, answer), result(case(1), attempt(case(1))))
    query = LIST.model_copy(update={"words": '"><script>', "model": HOSTILE})
    drawn = answers_html(summary, LIST, "en"), opened(summary), filters_html(summary.evaluation, query, "en")
    for html in drawn:
        assert "<img" not in html
        assert "<script" not in html
    assert 'value="&#34;&gt;&lt;script&gt;"' in drawn[2]


def test_the_filters_offer_what_the_evaluation_has_and_show_what_is_chosen() -> None:
    summary = believed(result(case(), attempt(case())), result(case(1, category="coding"), attempt(case(1))))
    html = filters_html(summary.evaluation, LIST.model_copy(update={"verdict": "failed"}), "ko")
    assert findall(r'<select name="(\w+)"', html) == [
        "model",
        "category",
        "verdict",
        "mark",
        "sort",
    ]  # all questions are in one language
    assert '<option value="failed" selected>미통과</option>' in html
    assert '<option value="coding">' in html
