"""Checks that the model answers with one token, each with examples in both languages.

Without examples, a 1.5B model says yes to everything: to "is something to be calculated?" for 27 of 29 questions. Asked
for the kind of a question as a letter, it drew the letters evenly. With eight examples it sorted 25 of 32 questions
right, and 18 of the 20 that it was sure of (probability over 2/3). Even with examples it cannot tell a complete answer
from one that breaks off. The checked texts are short, so a check costs little more than reading them.
"""

from dataclasses import dataclass
from typing import Final

from llmfirst.providers.base import Message
from research.bakeoff.values import assistant, system, user

SUM, CODE, TEXT, TALK = "sum", "code", "text", "talk"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Check:
    """An instruction with examples, each a text and the right word for it."""

    name: str
    instruction: str
    examples: tuple[tuple[str, str], ...]
    words: tuple[str, ...] = (YES, NO)

    def messages(self, text: str) -> tuple[Message, ...]:
        """Return a conversation whose next token is the answer."""
        turns = [turn for example, word in self.examples for turn in (user(example), assistant(word))]
        return (system(self.instruction), *turns, user(text))


SORT: Final = Check(
    "sort",
    "Name the kind of the request with one word. sum: something has to be calculated. code: a program is wanted. "
    "text: a finished letter, message or poem is wanted. talk: anything else, such as an explanation, advice, a plan "
    "or a comparison.",
    (
        ("What is 15 % of 80?", SUM),
        ("Why do leaves fall in autumn?", TALK),
        ("잠이 안 올 때는 어떻게 하면 좋을까요?", TALK),
        ("Write a program that reverses a word.", CODE),
        ("생일을 축하하는 짧은 편지를 써 주세요.", TEXT),
        ("사과 3개에 2,100원이면 5개는 얼마인가요?", SUM),
        ("Write four lines about the sea.", TEXT),
        ("Plan a weekend in Paris.", TALK),
    ),
    (SUM, CODE, TEXT, TALK),
)
SAME_LANGUAGE: Final = Check(
    "same language",
    "Are both texts written in the same language? Reply with one word: yes or no.",
    (
        ("1. Why do cats purr?\n2. Cats purr because they", YES),
        ("1. 고양이는 왜 가르랑거리나요?\n2. Cats purr because they", NO),
        ("1. 고양이는 왜 가르랑거리나요?\n2. 고양이가 가르랑거리는 까닭은", YES),
        ("1. How do I boil an egg?\n2. 달걀을 삶으려면", NO),
        ("1. 달걀은 어떻게 삶나요?\n2. 要煮鸡蛋,首先", NO),
        ("1. How do I boil an egg?\n2. To boil an egg, put it", YES),
    ),
)
HELPS_ON: Final = Check(
    "helps on",
    "Is the second text a new question about the same matter, which the asker of the first one may well ask next? "
    "Reply with one word: yes or no.",
    (
        ("1. How do I boil an egg?\n2. How long does a soft yolk take?", YES),
        ("1. How do I boil an egg?\n2. Thank you!", NO),
        ("1. 고양이는 왜 가르랑거리나요?\n2. 아플 때도 가르랑거리나요?", YES),
        ("1. 고양이는 왜 가르랑거리나요?\n2. 고양이는 왜 가르랑거리나요?", NO),
        ("1. How do I boil an egg?\n2. Write a program that sorts a list.", NO),
        ("1. 고양이는 왜 가르랑거리나요?\n2. 없습니다.", NO),
        ("1. 달걀은 어떻게 삶나요?\n2. 껍질이 잘 벗겨지게 하려면 어떻게 하나요?", YES),
    ),
)
ANSWERED: Final = Check(
    "answered",
    "Does the answer tell what is asked? Reply with one word: yes or no.",
    (
        ("Answer: Put the egg into boiling water for six minutes.\n\nAsked: How long?", YES),
        ("Answer: Put the egg into boiling water.\n\nAsked: How long?", NO),
        ("Answer: 고양이는 편안할 때 목을 울려 가르랑거립니다.\n\nAsked: 왜 가르랑거리는지", YES),
        ("Answer: 고양이는 편안할 때 목을 울려 가르랑거립니다.\n\nAsked: 아플 때는 어떤지", NO),
    ),
)
SAME_RESULT: Final = Check(
    "same result",
    "Are both results the same? Reply with one word: yes or no.",
    (
        ("1. 72 km/h\n2. 72 kilometres per hour", YES),
        ("1. 15\n2. 51", NO),
        ("1. 3,600원\n2. 3600원입니다.", YES),
        ("1. 2시간 30분\n2. 2시간 40분", NO),
        ("1. $12.50\n2. The total is 12.5 dollars.", YES),
        ("1. 8명\n2. 9명", NO),
    ),
)
BEGINS: Final = Check(
    "begins",
    "Is the second text the beginning of what the first one asks for? Not a greeting of an assistant, not an excuse, "
    "no question back. Reply with one word: yes or no.",
    (
        ("1. Why do cats purr?\n2. Cats purr because they", YES),
        ("1. 고양이는 왜 가르랑거리나요?\n2. 안녕하세요! 고양이에 대해 무엇을 도와드릴까요?", NO),
        ("1. Write a birthday card for my aunt.\n2. Dear Aunt, happy birthday", YES),
        ("1. How do I boil an egg?\n2. I'm sorry, but as an AI I cannot", NO),
        ("1. 달걀은 어떻게 삶나요?\n2. 냄비에 물을 붓고 달걀을", YES),
        ("1. 새 이웃에게 줄 쪽지를 써 주세요.\n2. 죄송합니다. 저는 직접", NO),
        ("1. 새 이웃에게 줄 쪽지를 써 주세요.\n2. 안녕하세요, 옆집에 새로 이사 온", YES),
        ("1. Plan a weekend in Paris.\n2. Sure! How can I help you today?", NO),
        ("1. 파리 주말 일정을 짜 주세요.\n2. **토요일**\n- 오전: 루브르", YES),
    ),
)
CHECKS: Final = (SAME_LANGUAGE, HELPS_ON, ANSWERED, SAME_RESULT, BEGINS)


def two(one: str, other: str) -> str:
    """Return two short texts in the format of the checks."""
    return f"1. {one}\n2. {other}"
