"""Every fixed word that is said to the model in the bake-off, one-token checks apart; the same for every question."""

from typing import Final

from bench.protocols_checks import CHECKS, SORT
from bench.protocols_values import system, user
from llmfirst.engine.prompts import instructed
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Message

OWN_INSTRUCTION: Final = (
    "Do not answer the question. Write one sentence, in the language of the question, that tells an expert what a very "
    "good answer to it must contain and which mistake to avoid."
)
RESTATE: Final = (
    "Do not answer the question. Ask it again in your own words, in the language of the question, more clearly and "
    "with every condition and number that it holds."
)
LIST_PARTS: Final = (
    "Do not answer the question. List what it asks for, at most four lines, one thing on each line, in the words and "
    "the language of the question."
)
_REVIEW: Final = (
    "What is the one most important thing that the answer above leaves out or gets wrong? "
    "Write one sentence in the language of the question."
)
_NAME_RESULT: Final = "Write only the final result of the answer above, as short as possible."

INSTRUCTIONS: Final = (
    OWN_INSTRUCTION,
    RESTATE,
    LIST_PARTS,
    _REVIEW,
    _NAME_RESULT,
    *(check.instruction for check in (SORT, *CHECKS)),
    *(instructed(phase, "", dict.fromkeys(SECTIONS, "-"))[-1].content for phase in SECTIONS[1:]),
)


def preparing(instruction: str, question: str) -> tuple[Message, ...]:
    return (system(instruction), user(question))


def review() -> Message:
    return user(_REVIEW)


def name_result() -> Message:
    return user(_NAME_RESULT)
