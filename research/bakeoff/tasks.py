"""Tasks: texts that the model writes for itself, each with an instruction and examples in both languages.

They are the same for every question. Without the examples a 1.5B model does not follow the instructions.
"""

from dataclasses import dataclass
from typing import Final

from llmfirst.engine.prompts import ask_for
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Message
from research.bakeoff.checks import CHECKS, SORT
from research.bakeoff.values import assistant, system, user


@dataclass(frozen=True)
class Task:
    """One kind of text that the model writes for itself, with at most `max_tokens` tokens."""

    name: str
    max_tokens: int
    instruction: str
    examples: tuple[tuple[str, str], ...]

    def messages(self, text: str) -> tuple[Message, ...]:
        """Return the conversation for a text: the instruction, the examples, and the text."""
        turns = [turn for example, reply in self.examples for turn in (user(example), assistant(reply))]
        return (system(self.instruction), *turns, user(text))


OWN_INSTRUCTION: Final = Task(
    "own instruction",
    72,
    "Do not answer the question. Write one sentence, in the language of the question, that tells an expert what a very "
    "good answer to it must contain and which mistake to avoid.",
    (
        (
            "How do I boil an egg so that the yolk stays soft?",
            "Give the minutes from boiling water to the plate, say what changes with the size of the egg, and do not "
            "forget the cold water at the end.",
        ),
        (
            "고양이는 왜 가르랑거리나요?",
            "편안할 때와 아플 때를 나누어 까닭을 설명하고, 확실하지 않은 것을 사실처럼 말하지 마세요.",
        ),
        ("What is 15 % of 80?", "Work it out in one line, then state the result."),
        (
            "이사한 친구에게 보낼 축하 카드를 써 주세요.",
            "친구에게 말하듯 따뜻하게 쓰고, 새집을 축하하는 말로 끝맺으세요.",
        ),
    ),
)
RESTATE: Final = Task(
    "restate",
    96,
    "Do not answer the question. Ask it again in other words, in the language of the question, as clearly as possible "
    "and with every condition and number that it holds.",
    (
        ("Eggs, soft yolk, how long?", "How many minutes do I have to boil an egg so that its yolk stays soft?"),
        ("고양이가 가르랑거리는 게 궁금해요.", "고양이가 가르랑거리는 까닭은 무엇인가요?"),
        (
            "A book costs $12, three of them with 10 % off?",
            "What do three books at $12 each cost together when 10 % is taken off the price?",
        ),
        ("사과 3개 2,100원, 5개는?", "사과 3개가 2,100원일 때 같은 사과 5개는 모두 얼마인가요?"),
    ),
)
RELATED: Final = Task(
    "related",
    40,
    "Do not answer the question. Write another question of the same kind, in the same language, that is shorter and "
    "easier.",
    (
        ("How do I boil an egg so that the yolk stays soft?", "How do I cook plain rice?"),
        ("고양이는 왜 가르랑거리나요? 아플 때도 그런가요?", "강아지는 왜 꼬리를 흔드나요?"),
        ("What do three books at $12 each cost with 10 % off?", "What do two pens at $3 each cost?"),
        ("이사한 친구에게 보낼 축하 카드를 써 주세요.", "생일을 맞은 동생에게 보낼 짧은 축하 문자를 써 주세요."),
    ),
)
LIST_PARTS: Final = Task(
    "parts",
    96,
    "Do not answer the question. List what it asks for, at most four lines, one thing on each line, in the language of "
    "the question.",
    (
        ("How do I boil an egg, and why does its shell crack?", "how to boil an egg\nwhy the shell cracks"),
        ("고양이는 왜 가르랑거리나요? 아플 때도 그런가요?", "가르랑거리는 까닭\n아플 때도 가르랑거리는지"),
        ("Plan a day in Paris with two museums and a lunch.", "a plan for one day in Paris\ntwo museums\na lunch"),
        ("사과 3개에 2,100원이면 5개는 얼마인가요?", "사과 5개의 값"),
    ),
)
REVIEW: Final = Task(
    "review",
    48,
    "Read the question and the answer. Write the one question, in the same language, that the asker still has after "
    "this answer because it leaves something out.",
    (
        (
            "Question: How do I boil an egg?\n\nAnswer: Put the egg into boiling water, and take it out when done.",
            "How many minutes does the egg have to boil?",
        ),
        (
            "Question: 고양이는 왜 가르랑거리나요?\n\nAnswer: 고양이는 편안할 때 가르랑거립니다.",
            "아프거나 불안할 때에도 가르랑거리나요?",
        ),
        ("Question: What is 15 % of 80?\n\nAnswer: 15 % of 80 is 0.15 × 80 = 12.", "Nothing."),
        (
            "Question: 사과 3개에 2,100원이면 5개는 얼마인가요?\n\nAnswer: 한 개에 700원이므로 5개는 3,500원입니다.",
            "없습니다.",
        ),
    ),
)
NAME_RESULT: Final = Task(
    "result",
    24,
    "Write only the final result of the answer, with its unit.",
    (
        ("Question: What is 15 % of 80?\n\nAnswer: 15 % of 80 is 0.15 × 80 = 12. So it is 12.", "12"),
        (
            "Question: 사과 3개에 2,100원이면 5개는 얼마인가요?\n\nAnswer: 한 개에 700원입니다. 5개는 3,500원입니다.",
            "3,500원",
        ),
        (
            "Question: How long does a bus need for 90 km at 60 km/h?\n\nAnswer: 90 / 60 = 1.5, so 1.5 hours, which is "
            "1 hour 30 minutes.",
            "1 hour 30 minutes",
        ),
    ),
)
TASKS: Final = (OWN_INSTRUCTION, RESTATE, RELATED, LIST_PARTS, REVIEW, NAME_RESULT)
LANGUAGE_LINE: Final = "Always write in the language of the question. 언제나 질문의 언어로 쓰세요."
INSTRUCTIONS: Final = (
    LANGUAGE_LINE,
    *(task.instruction for task in TASKS),
    *(check.instruction for check in (SORT, *CHECKS)),
    *(ask_for(phase, "").strip() for phase in SECTIONS[1:]),
)


def with_answer(question: str, answer: str) -> str:
    """Return a question and its answer in the format of the tasks."""
    return f"Question: {question}\n\nAnswer: {answer}"
