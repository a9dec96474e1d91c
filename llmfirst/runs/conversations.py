"""What a follow-up question is told of the answers before it."""

from collections.abc import Iterable

from llmfirst.answer import Answer
from llmfirst.engine.conversation import Turn
from llmfirst.events import SECTIONS


def turns_of(answers: Iterable[Answer]) -> tuple[Turn, ...]:
    """Return the turns of a conversation; an answer without any section is none."""
    return tuple(turn for answer in answers if (turn := _turn(answer)) is not None)


def _turn(answer: Answer) -> Turn | None:
    if answer.submitted is None or not any(answer.text(section).strip() for section in SECTIONS):
        return None
    return Turn(
        answer.submitted.question,
        answer.text("core"),
        answer.text("details"),
        answer.text("conclusion"),
        _tokens_per_character(answer),
    )


def _tokens_per_character(answer: Answer) -> float:
    """Return the length of the model's own words in tokens; one token per character where no call counted them."""
    counted = [call for call in answer.calls if call.purpose in SECTIONS and call.tokens]
    characters = sum(len(call.reply) + len(call.thoughts) for call in counted)
    tokens = sum(call.tokens or 0 for call in counted)
    return tokens / characters if characters and tokens else 1.0
