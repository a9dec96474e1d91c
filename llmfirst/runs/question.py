"""Check the form of a question; its meaning is left to the model."""

from llmfirst.errors import QuestionBlank, QuestionNotText, QuestionTooLong


def check_question(question: str, limit: int) -> str:
    """Return the question without surrounding white space; `limit` is its maximum length in characters.

    Raises QuestionRefused if the question is empty, too long, or not valid text.
    """
    stripped = question.strip()
    if not any(character.isprintable() and not character.isspace() for character in stripped):
        raise QuestionBlank("The question is empty: write a question and ask again.")
    if len(stripped) > limit:
        raise QuestionTooLong(
            f"The question has {len(stripped):,} characters; the limit is {limit:,}. Shorten it, "
            "or raise the limit with --question-limit.",
            length=len(stripped),
            limit=limit,
        )
    if "\x00" in stripped or not _is_text(stripped):
        raise QuestionNotText("The question contains invalid characters (NUL or half a surrogate pair): remove them.")
    return stripped


def _is_text(question: str) -> bool:
    try:
        question.encode()
    except UnicodeEncodeError:
        return False
    return True
