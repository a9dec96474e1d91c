import pytest

from llmfirst.errors import QuestionRefused, QuestionTooLong
from llmfirst.runs.question import check_question


@pytest.mark.parametrize("question", ["", "   \n\t", "\u200b\u2060", "\x07"])
def test_a_blank_question_is_refused_with_a_message(question: str) -> None:
    with pytest.raises(QuestionRefused, match="empty"):
        check_question(question, 100)


@pytest.mark.parametrize("question", ["a\x00b", "half \ud800 pair"])
def test_what_is_no_text_is_refused_with_a_message(question: str) -> None:
    with pytest.raises(QuestionRefused, match="remove"):
        check_question(question, 100)


def test_a_long_question_is_refused_and_the_message_names_the_limit() -> None:
    with pytest.raises(QuestionTooLong, match="4,000"):
        check_question("가" * 20_000, 4000)


@pytest.mark.parametrize("question", ["🙂🙃", "\u202eשלום عالم", "<script>alert(1)</script>", "왜?"])
def test_unusual_text_is_a_question(question: str) -> None:
    assert check_question(f" {question}\n", 100) == question
