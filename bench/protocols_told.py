"""Every fixed word that is said to the model in the bake-off; the same for every question."""

from typing import Final

from bench.protocols_values import system, user
from llmfirst.engine.prompts import instructed
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Message

RESULT, PROGRAM, WRITING, OTHER = "A", "B", "C", "D"
KINDS: Final = (RESULT, PROGRAM, WRITING, OTHER)

_SORT: Final = (
    "You sort requests. Reply with one letter.\n"
    "A: a calculation, or a puzzle with one exact result\n"
    "B: program code is wanted\n"
    "C: a finished piece of writing is wanted, such as a letter, a message, a notice or a poem\n"
    "D: anything else, such as an explanation, advice, a plan or a comparison"
)
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
_YES_OR_NO: Final = " Reply with one word: yes or no."
_UNFINISHED: Final = "Does the answer above break off before its end, or leave out something that was asked?"
_ANSWERED: Final = "Does the answer above tell this?"
_REVIEW: Final = (
    "What is the one most important thing that the answer above leaves out or gets wrong? "
    "Write one sentence in the language of the question."
)
_WORTH: Final = "Would the answer be clearly better if this were added?"
_SAME_LANGUAGE: Final = "Are these two texts written in the same language?"
_BEGINS_WELL: Final = (
    "This is how a reply to the question begins. Is it written in the language of the question, and does it lead "
    "straight to a correct answer?"
)
_STANDS_ALONE: Final = (
    "Is the answer above a letter, a poem, a program or a result that would be spoiled if more text followed it?"
)
_LEADS_ON: Final = "Does the last line begin something useful that the answer has not said before?"
_HELPS_ON: Final = "Is this a question about the same matter, whose answer would help the asker further?"
_NAME_RESULT: Final = "Write only the final result of the answer above, as short as possible."
_SAME_RESULT: Final = "Are these two results the same?"

INSTRUCTIONS: Final = (
    _SORT,
    OWN_INSTRUCTION,
    RESTATE,
    LIST_PARTS,
    _UNFINISHED + _YES_OR_NO,
    _ANSWERED + _YES_OR_NO,
    _REVIEW,
    _WORTH + _YES_OR_NO,
    _SAME_LANGUAGE + _YES_OR_NO,
    _BEGINS_WELL + _YES_OR_NO,
    _STANDS_ALONE + _YES_OR_NO,
    _LEADS_ON + _YES_OR_NO,
    _HELPS_ON + _YES_OR_NO,
    _NAME_RESULT,
    _SAME_RESULT + _YES_OR_NO,
    *(instructed(phase, "", dict.fromkeys(SECTIONS, "-"))[-1].content for phase in SECTIONS[1:]),
)


def sorting(request: str) -> tuple[Message, ...]:
    return (system(_SORT), user(request))


def preparing(instruction: str, question: str) -> tuple[Message, ...]:
    return (system(instruction), user(question))


def is_unfinished() -> Message:
    return user(_UNFINISHED + _YES_OR_NO)


def is_answered(part: str) -> Message:
    return user(f"{part}\n\n{_ANSWERED}{_YES_OR_NO}")


def review() -> Message:
    return user(_REVIEW)


def is_worth_it() -> Message:
    return user(_WORTH + _YES_OR_NO)


def same_language(one: str, other: str) -> tuple[Message, ...]:
    return (user(f'1. "{one}"\n2. "{other}"\n\n{_SAME_LANGUAGE}{_YES_OR_NO}'),)


def begins_well(question: str, opening: str) -> tuple[Message, ...]:
    return (user(question), Message(role="assistant", content=f"{opening}..."), user(_BEGINS_WELL + _YES_OR_NO))


def stands_alone() -> Message:
    return user(_STANDS_ALONE + _YES_OR_NO)


def leads_on() -> Message:
    return user(_LEADS_ON + _YES_OR_NO)


def helps_on(question: str) -> Message:
    return user(f'"{question}"\n\n{_HELPS_ON}{_YES_OR_NO}')


def name_result() -> Message:
    return user(_NAME_RESULT)


def same_result(one: str, other: str) -> tuple[Message, ...]:
    return (user(f"1. {one}\n2. {other}\n\n{_SAME_RESULT}{_YES_OR_NO}"),)
