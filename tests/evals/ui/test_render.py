import pytest

from evals.analysis.summary import Summary
from evals.analysis.trust import JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.records.progress import Progress
from evals.run.runner import EvaluationBroken, InterruptedTooOften
from evals.run.service import EvaluationBusy
from evals.suite.cases import load_suite
from evals.suite.problems import SuiteError
from evals.suite.raw import Problem
from evals.ui.render import progress_html, refusal_html, scorecard_html
from llmfirst.errors import LlmfirstError, ModelMissing, ProviderUnavailable, SetupError, StoreUnavailable
from llmfirst.model_problem import ModelProblem
from tests.evals.made import calibrated
from tests.evals.report.made import LANGUAGES, evaluation


def believed(*answers: JudgedAnswer) -> Summary:
    """Return an evaluation whose judge was checked."""
    return Summary(evaluation(), answers, JudgeEvidence({"en": calibrated(0.99, 0.99)}))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EvaluationBusy("e1 is on its way"), "다른 평가나 확인이 진행 중입니다"),
        (ModelMissing("no m"), "모델을 찾을 수 없습니다"),  # before what it is a kind of
        (ProviderUnavailable("no answer"), "모델 서버와 연결되지 않습니다"),
    ],
)
def test_a_refusal_is_told_in_korean_with_the_sentence_of_the_error(error: LlmfirstError, words: str) -> None:
    told = refusal_html(error, "ko")
    assert words in told
    assert str(error).replace("<b>", "&lt;b&gt;") in told
    assert words not in refusal_html(error, "en")


def test_what_is_wrong_with_a_file_is_told_in_the_readers_language_with_its_line() -> None:
    error = SuiteError([Problem("unknown_column", {"name": "<b>"}, line=3, row=2, known=["bad"])], "mine.csv")
    assert "mine.csv 3번째 줄(2행): &#x27;&lt;b&gt;&#x27;: 이런 열은 없습니다." in refusal_html(error, "ko")
    assert "mine.csv, line 3 (row 2): &#x27;&lt;b&gt;&#x27; is not a column" in refusal_html(error, "en")


def test_what_has_no_words_of_its_own_is_told_as_it_is() -> None:
    assert "Set the port." in refusal_html(SetupError("Set the port."), "ko")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ProviderUnavailable("It is gone.", ModelProblem(code="absent", service="<b>:1")),
            "모델 서버(&lt;b&gt;:1)가 응답하지",
        ),
        (
            EvaluationBroken("No disk.", ModelProblem(code="no_disk", model="m", place="/data")),
            "디스크 공간이 모자랍니다: m",
        ),
        (InterruptedTooOften("q1 20 times"), "사람의 질문이 평가를 너무 자주 멈추었습니다"),
        (StoreUnavailable("The disk is full."), "결과를 저장하거나 읽을 수 없습니다"),
    ],
)
def test_an_evaluation_that_failed_says_why_in_the_language_of_the_page(error: LlmfirstError, words: str) -> None:
    told = progress_html(Progress("failed", error=error), "ko")
    assert words in told
    assert "오류로 중단됨" in told
    assert words not in progress_html(Progress("failed", error=error), "en")
    assert 'role="alert"' not in progress_html(Progress("stopped"), "ko")


def test_a_shipped_suite_is_called_in_one_language_and_any_other_by_its_own_title() -> None:
    quick = evaluation(suite=load_suite("quick"))
    assert "<h2>빠른 확인 · 2026" in scorecard_html(Summary(quick, ()), "ko")
    assert "<h2>Quick check · 2026" in scorecard_html(Summary(quick, ()), "en")
    own = quick.model_copy(update={"suite": quick.suite.model_copy(update={"title": "Mine"})})
    assert "<h2>Mine · 2026" in scorecard_html(Summary(own, ()), "ko")


def test_what_it_was_measured_on_is_told_in_the_readers_language() -> None:
    of = evaluation()
    told = {language: scorecard_html(Summary(of, (), is_baseline=True), language) for language in LANGUAGES}
    assert "laptop, Example 7840U, 코어 8개, 메모리 34.0 GB" in told["ko"]
    assert "laptop, Example 7840U, 8 cores, 34.0 GB of memory" in told["en"]
    assert "기준 평가" in told["ko"]
