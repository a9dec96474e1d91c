"""A model and an answer in the report."""

import pytest

from evals.analysis.summary import Summary
from evals.analysis.trust import JudgeEvidence
from evals.report.answer_view import answer_view
from evals.report.view import model_view
from evals.suite.cases import Language
from tests.evals.made import calibrated
from tests.evals.report.made import FAILED, LANGUAGES, PASSED, attempt, case, evaluation, result, timing


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_unbelieved_judge_said_has_the_sign_of_neither_pass_nor_failure(language: Language) -> None:
    one = case()
    answer = result(one, attempt(one), (PASSED, FAILED))
    proven = JudgeEvidence({"en": calibrated(0.99, 0.99)})
    believed = answer_view(Summary(evaluation(one), (answer,), proven), 0, language)
    assert [each.found.sign for each in believed.criteria] == ["pass", "fail"]
    doubted = answer_view(Summary(evaluation(one), (answer,)), 0, language)
    assert [doubted.found.sign, *(each.found.sign for each in doubted.criteria)] == ["unsure"] * 3
    assert doubted.found.word not in (believed.found.word, "")
    assert [each.found.word for each in doubted.criteria] == [each.found.word for each in believed.criteria]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("first", "shown"), [(1.5, "1.50"), (None, "–")])
def test_the_first_token_stands_beside_the_first_text_and_is_a_dash_where_nobody_measured_it(
    language: Language, first: float | None, shown: str
) -> None:
    one = case()
    answer = result(one, attempt(one, timing=timing(first_text=8.0, first_token=first, thought=6.5)))
    summary = Summary(evaluation(one), (answer,))
    view = answer_view(summary, 0, language)
    assert view.first_text.startswith("8.00")
    assert view.first_token.startswith(shown)
    of_model = model_view(summary.evaluation, summary.scorecards[0], language)
    assert "8.00" in of_model.facts[0]
    assert shown in of_model.facts[0]
    assert "6.50" in of_model.thinks
