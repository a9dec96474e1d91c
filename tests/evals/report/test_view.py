"""An answer in the report: what a judge that is not believed said of it is told without a sign."""

import pytest

from evals.analysis.summary import Summary
from evals.analysis.trust import JudgeEvidence
from evals.report.view import answer_view
from evals.suite.cases import Language
from tests.evals.made import calibrated
from tests.evals.report.made import FAILED, LANGUAGES, PASSED, attempt, case, evaluation, result


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
