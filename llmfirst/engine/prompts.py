"""Everything that is said to the model; the same for every question. The question stands last, in its own words.

The sections are one growing reply: a model that can go on with its own text keeps its language and repeats itself
less than one that is instructed anew. See docs/decisions/0002-first-protocol.md.
"""

from itertools import pairwise
from typing import Final

from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import Message

_PLAN: Final = (
    "You plan answers. Reply with one sentence that says what a good answer to the question will cover. "
    "Always write in the language of the question."
)
# For services that cannot go on with an assistant message. The last language a small model has read is the one it
# writes in, so the question follows every instruction.
_NEXT: Final[dict[Phase, str]] = {
    "details": "Go on with the reasons, steps or examples that are still missing. Do not repeat anything.",
    "conclusion": "Finish with a short conclusion and what to do next. Do not repeat anything.",
}
_LENGTH: Final = " At most {sentences} sentences."
_GO_ON: Final = "Your last message broke off. Go on exactly where it stopped. Do not repeat anything."
MAX_TOKENS: Final[dict[Phase, int]] = {"strategy": 80, "core": 320, "details": 360, "conclusion": 400}
# Once a section has so many tokens it ends with its next whole block.
ENOUGH_TOKENS: Final[dict[Phase, int]] = {"strategy": 80, "core": 140, "details": 180, "conclusion": 260}


def plan(question: str) -> tuple[Message, ...]:
    """Return the messages that ask for the strategy."""
    return (Message(role="system", content=_PLAN), Message(role="user", content=question))


def continued(question: str, written: str) -> tuple[Message, ...]:
    """Return the messages that ask for the answer, or for its next part once `written` is there."""
    asked = Message(role="user", content=question)
    return (asked, Message(role="assistant", content=written)) if written else (asked,)


def instructed(
    phase: Phase, question: str, written: dict[Phase, str], sentences: int | None = None
) -> tuple[Message, ...]:
    """Return the messages that ask for a section of a service that cannot continue a message.

    `sentences` is the length that there is time for, in a unit that a model can count; never seconds.
    """
    messages = [Message(role="user", content=question)]
    for earlier, following in pairwise(SECTIONS[: SECTIONS.index(phase) + 1]):
        if written.get(earlier):
            length = "" if sentences is None else _LENGTH.format(sentences=sentences)
            messages.append(Message(role="assistant", content=written[earlier]))
            messages.append(Message(role="user", content=f"{_NEXT[following]}{length}\n\n{question}"))
    return tuple(messages)


def resumed(
    phase: Phase, question: str, written: dict[Phase, str], sentences: int | None = None
) -> tuple[Message, ...]:
    """Return the messages that ask a service that cannot continue a message to go on with a broken-off section."""
    return (
        *instructed(phase, question, written, sentences),
        Message(role="assistant", content=written[phase]),
        Message(role="user", content=f"{_GO_ON}\n\n{question}"),
    )
