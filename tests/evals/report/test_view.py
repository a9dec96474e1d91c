"""An answer in the report: what a judge that is not believed said of it is told without a sign."""

import pytest

from evals.report.view import answer_view
from evals.suite.cases import Language
from tests.evals.report.made import FAILED, LANGUAGES, PASSED, attempt, case, evaluation, result


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_unbelieved_judge_said_has_the_sign_of_neither_pass_nor_failure(language: Language) -> None:
    one = case()
    of = evaluation(one)
    answer = result(one, attempt(one), (PASSED, FAILED))
    believed = answer_view(of, 1, answer, language)
    assert [each.found.sign for each in believed.criteria] == ["pass", "fail"]
    doubted = answer_view(of, 1, answer, language, is_believed=False)
    assert [doubted.found.sign, *(each.found.sign for each in doubted.criteria)] == ["unsure"] * 3
    assert doubted.found.word not in (believed.found.word, "")
    assert [each.found.word for each in doubted.criteria] == [each.found.word for each in believed.criteria]
