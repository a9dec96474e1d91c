"""Earlier turns of a conversation, read from the events of its runs."""

from collections.abc import Iterable

from llmfirst.answer import Answer, fold
from llmfirst.engine.conversation import Turn
from llmfirst.events import SECTIONS, AnswerEvent


def answer_of(events: Iterable[AnswerEvent]) -> tuple[Answer, Turn | None]:
    """Return the answer of a run, and the turn that a follow-up question is told of it: None if it has no section."""
    answer = fold(events)
    if answer.submitted is None or not any(answer.text(section).strip() for section in SECTIONS):
        return answer, None
    turn = Turn(
        answer.submitted.question,
        answer.text("core"),
        answer.text("details"),
        answer.text("conclusion"),
        _tokens_per_character(answer),
    )
    return answer, turn


def _tokens_per_character(answer: Answer) -> float:
    """Return the length of the model's own words in tokens; one token per character where no call counted them."""
    counted = [call for call in answer.calls if call.purpose in SECTIONS and call.tokens]
    characters = sum(len(call.reply) + len(call.thoughts) for call in counted)
    tokens = sum(call.tokens or 0 for call in counted)
    return tokens / characters if characters and tokens else 1.0
