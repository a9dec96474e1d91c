"""What may be asked: the form of a question, never what it means."""

from llmfirst.errors import QuestionBlank, QuestionNotText, QuestionTooLong


def check_question(question: str, limit: int) -> str:
    """Return the question without space around it; QuestionRefused says what is wrong with it. Form only."""
    asked = question.strip()
    if not any(sign.isprintable() and not sign.isspace() for sign in asked):
        raise QuestionBlank("The question is empty: write a question and ask again.")
    if len(asked) > limit:
        raise QuestionTooLong(
            f"The question has {len(asked):,} characters; the limit is {limit:,}. Shorten it, "
            "or raise the limit with --question-limit.",
            length=len(asked),
            limit=limit,
        )
    if "\x00" in asked or not _is_text(asked):
        raise QuestionNotText("The question holds characters that are no text (NUL, half a pair): remove them.")
    return asked


def _is_text(question: str) -> bool:
    try:
        question.encode()
    except UnicodeEncodeError:
        return False
    return True
