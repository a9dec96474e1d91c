"""All prompts of the engine. They are the same for every question, and the question itself is last and unchanged.

Each section is asked for as what it is: by `answer_first` with the same words for every question, by `instructed` with
what the model's plan says for it. By `direct` the sections are one growing reply, until the model ends it. See
docs/decisions/0011-profiles-and-review.md and 0018-inverted-pyramid.md.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from llmfirst.events import Language, Phase, SelfQuestion
from llmfirst.one_token import fenced
from llmfirst.providers.base import Message

_PLAN: Final = (
    "You plan answers. Reply with one sentence that says what a good answer to the question will cover. "
    "Always write in the language of the question."
)
_BRIEF_PLAN: Final = (
    "You plan answers. Reply with at most eight words: what a good answer to the question will cover. Always write in "
    "the language of the question."
)
_PLAN_OF_SECTIONS: Final = (
    "You plan an answer in three parts that another writer will write. Reply with three short paragraphs of one "
    "sentence each, with an empty line between them, and nothing else: first what the core of the answer must say, so "
    "that it is of use alone; then which reasons, steps or examples must follow; then what the conclusion must "
    "recommend. Always write in the language of the question."
)
Plan = Literal["brief", "sentence", "sections"]
"""What the strategy is: a few words, a sentence, or a paragraph for each section."""
_PLANS: Final[dict[Plan, str]] = {"brief": _BRIEF_PLAN, "sentence": _PLAN, "sections": _PLAN_OF_SECTIONS}
_WRITER: Final = (
    "You answer a question in three parts, one at a time. Write only the text of the part that is asked for, without a "
    "title, and without a word about parts or plans. Always write in the language of the question."
)
# The instruction comes before the question, so that the question's language is the last that the model reads.
_INSTRUCTED: Final[dict[Phase, str]] = {
    "core": "Write the first part, which must be of use alone. Its plan: {instruction}",
    "details": "Go on with the second part. Do not repeat anything. Its plan: {instruction}",
    "conclusion": "Finish with the last part. Do not repeat anything. Its plan: {instruction}",
}
# Each section as what it is, in both languages of the page: a small model writes in the language that it read last, so
# the question follows.
_ASKS: Final[dict[Phase, str]] = {
    "core": "Answer directly, in two or three sentences.\n두세 문장으로 바로 답하세요.",
    "details": "Now explain in full: the reasons, steps or examples.\n이제 까닭, 방법이나 예를 자세히 설명하세요.",
    "conclusion": "Last, in one or two sentences: what follows from this, and what to do first?\n"
    "끝으로 한두 문장으로: 그래서 무엇부터 하면 되나요?",
}
# Of one reply, the core is the first paragraph and the details are the rest.
# A number of sentences leaks into Korean answers ("먼저 두세 문장으로 답하면 다음과 같습니다").
_OPENING: Final = "Answer first, then explain.\n답부터 말하고 그다음에 설명해 주세요."
_WORKED: Final = "Work it out in short steps, then say the result.\n짧게 계산한 다음 결과를 말하세요."
_LENGTH: Final = " At most {sentences} sentences."
_SHORTER: Final = " At most {sentences} sentences. 최대 {sentences}문장."  # where there is no time for what is asked
_GO_ON: Final = "Your last message broke off. Go on exactly where it stopped. Do not repeat anything."
TOLD: Final = tuple(line for asked in (_OPENING, _WORKED, *_ASKS.values()) for line in asked.split("\n"))
"""The lines that ask for sections with the same words for every question. A small model sometimes says them again."""
# In both languages of the page: with English alone, a small model reviewed Korean answers in English (decision 0011).
REVIEW: Final = (
    "Read your answer again as a strict reviewer. Say in one or two short sentences what it leaves out of what the "
    "question asks for, or that nothing is missing. Do not repeat the answer. Always write in the language of the "
    "question.\n\n"
    "방금 쓴 답을 엄격한 검토자로서 다시 읽으세요. 질문이 물은 것 가운데 빠진 것을 한두 문장으로 말하거나, 빠진 것이 "
    "없다고 말하세요. 답을 되풀이하지 마세요. 언제나 질문의 언어로 쓰세요."
)
SUM_OR_TEXT: Final = ("sum", "text")
# Of 60 questions, the model of 1.5B gave the 8 sums a share of 0.74 or more, all others of 0.56 or less.
SURELY_SUM: Final = 0.65
_SUM_OR_TEXT: Final = (
    f"Reply with one word, {' or '.join(SUM_OR_TEXT)}. sum: the answer is a number that must be calculated. "
    "text: anything else."
)
_SUMS_AND_TEXTS: Final = (
    ("3 apples cost 2 dollars. What do 9 apples cost?", "sum"),
    ("고양이는 왜 가르랑거리나요?", "text"),
    ("100만 원으로 보름 동안 여행하려는데 어디가 좋을까요?", "text"),
    ("시속 80km로 2시간 반을 달리면 몇 km인가요?", "sum"),
    ("Should we raise our price by 10 % next year?", "text"),
)
YES_OR_NO: Final = ("Yes", "No")
# Without examples, a small model says yes to everything.
_VERDICT: Final = (
    "You read a question and a review of an answer to it. Does the review say that something is missing which the "
    f"question asks for? Reply with one word: {' or '.join(YES_OR_NO)}."
)
_VERDICTS: Final = (
    ("How do I boil an egg?", "It does not say how long the egg boils.", "Yes"),
    ("고양이는 왜 가르랑거리나요?", "빠진 것이 없습니다.", "No"),
    ("Plan a weekend in Paris.", "Nothing is missing: both days, the meals and the costs are there.", "No"),
    ("부장님께 보낼 이메일을 써 주세요.", "부탁한 제목 줄이 빠져 있습니다.", "Yes"),
    ("How do I boil an egg?", "The answer names the water, the time and the cooling.", "No"),
    ("고양이는 왜 가르랑거리나요?", "아플 때도 가르랑거리는 까닭을 말하지 않았습니다.", "Yes"),
)
# Short, because a slow machine reads 60 tokens a second: the question and the answer stand before it in the cache.
SELF_VERDICTS: Final[dict[SelfQuestion, str]] = {
    "asked": "Yes or No: Is the question answered? 질문에 답했나요?",
    "language": "Yes or No: Is the answer in the question's language? 질문과 같은 언어인가요?",
    "core": "Yes or No: Is the first part alone an answer? 첫 부분만으로 답이 되나요?",
}
SUPPLEMENT: Final = (
    "Write only what is missing, in at most three sentences that can stand after the end of your answer. Do not repeat "
    "anything, and write nothing about the answer itself. Always write in the language of the question."
)
A_OR_B: Final = ("A", "B")
_COMPARE: Final = (
    "You read a question and two answers, and choose the one that helps the asker more: right, whole, clear, and in "
    f"the language of the question. Reply with one letter: {' or '.join(A_OR_B)}."
)
_LANGUAGE: Final = (
    "You read a question and a text. Is the text written in the language of the question? Reply with one word: "
    f"{' or '.join(YES_OR_NO)}."
)
_LANGUAGES: Final = (
    ("Why do cats purr?", "Cats purr because they feel safe.", "Yes"),
    ("고양이는 왜 가르랑거리나요?", "Cats purr because they feel safe.", "No"),
    ("고양이는 왜 가르랑거리나요?", "마음이 놓이면 가르랑거립니다.", "Yes"),
    ("How do I boil an egg?", "달걀을 찬물에 넣고 끓입니다.", "No"),
    ("달걀은 어떻게 삶나요?", "要煮鸡蛋,首先烧水。", "No"),
    ("How do I boil an egg?", "Put it into cold water and heat it.", "Yes"),
)
# Fixed, so that probes can be compared: advice, an explanation, advice with a sum, and a sum with advice.
PROBE_QUESTIONS: Final[tuple[tuple[Language, str], ...]] = (
    ("ko", "냉장고 없이 여름에 우유를 하루 동안 상하지 않게 두려면 어떻게 해야 하나요?"),
    ("en", "Why do leaves change their colour in autumn?"),
    ("ko", "처음 자취하는 사람이 한 달 생활비 80만 원을 어떻게 나누어 쓰면 좋을까요?"),
    ("en", "A train leaves at 9:40 and takes 2 hours 35 minutes. When does it arrive, and is a meeting at 12:30 safe?"),
)


class SectionTurn(NamedTuple):
    """The message that asked for a section, and the model's reply."""

    ask: str
    reply: str


def strategy_messages(question: str, plan: Plan) -> tuple[Message, ...]:
    """Return the messages that ask for the strategy."""
    return (Message(role="system", content=_PLANS[plan]), Message(role="user", content=question))


def opening(question: str) -> str:
    """Return the message that asks for the core and, in the same reply, for the details."""
    return with_question(_OPENING, question)


def continued(ask: str, written: str) -> tuple[Message, ...]:
    """Return the messages that ask for the answer, or for the continuation of `written`."""
    asked = Message(role="user", content=ask)
    return (asked, Message(role="assistant", content=written)) if written else (asked,)


def ask_for(
    phase: Phase,
    question: str,
    *,
    instruction: str | None = None,
    sentences: int | None = None,
    is_worked_out: bool = False,
) -> str:
    """Return the message that asks for a section.

    `instruction` is what the model's plan says for it, and `sentences` the maximum length that there is time for. With
    `is_worked_out`, the core works a result out before it states it.
    """
    if instruction is not None:
        asked, length = _INSTRUCTED[phase].format(instruction=instruction), _LENGTH
    else:
        asked, length = _WORKED if is_worked_out and phase == "core" else _ASKS[phase], _SHORTER
    return with_question(asked if sentences is None else f"{asked}{length.format(sentences=sentences)}", question)


def with_question(asked: str, question: str) -> str:
    """Return an instruction followed by the question, because a model writes in the language that it read last."""
    return f"{asked}\n\n{question}"


def conversation(turns: Sequence[SectionTurn], ask: str, *, is_instructed: bool) -> tuple[Message, ...]:
    """Return the messages of earlier turns followed by `ask`."""
    messages = [Message(role="system", content=_WRITER)] if is_instructed else []
    for turn in turns:
        messages += [Message(role="user", content=turn.ask), Message(role="assistant", content=turn.reply)]
    return (*messages, Message(role="user", content=ask))


def resumed(asked: tuple[Message, ...], broken: str, question: str) -> tuple[Message, ...]:
    """Return the messages that ask for the rest of a section, for a service that cannot continue a message."""
    return (
        *asked,
        Message(role="assistant", content=broken),
        Message(role="user", content=with_question(_GO_ON, question)),
    )


def characters_in(messages: Sequence[Message]) -> int:
    """Return the number of characters in these messages."""
    return sum(len(message.content) for message in messages)


def compared(question: str, one: str, other: str) -> tuple[Message, ...]:
    """Return the messages that ask which of two answers is better: A or B."""
    quoted = [fenced("Question:", question), fenced(f"{A_OR_B[0]}:", one), fenced(f"{A_OR_B[1]}:", other)]
    return (Message(role="system", content=_COMPARE), Message(role="user", content="\n\n".join(quoted)))


def language_kept(question: str, text: str) -> tuple[Message, ...]:
    """Return the messages that ask whether a text is in the language of the question."""
    return _with_examples(_LANGUAGE, _LANGUAGES, question, text)


def sum_or_text(question: str) -> tuple[Message, ...]:
    """Return the messages that ask whether the answer is a number that must be calculated."""
    turns = [SectionTurn(asked, word) for asked, word in _SUMS_AND_TEXTS]
    return (Message(role="system", content=_SUM_OR_TEXT), *conversation(turns, question, is_instructed=False))


def verdict(question: str, review: str) -> tuple[Message, ...]:
    """Return the messages that ask whether a review says that something is missing."""
    return _with_examples(_VERDICT, _VERDICTS, question, review)


def _with_examples(
    asked: str, examples: Sequence[tuple[str, str, str]], question: str, text: str
) -> tuple[Message, ...]:
    messages = [Message(role="system", content=asked)]
    for their_question, their_text, word in examples:
        messages.append(Message(role="user", content=_read(their_question, their_text)))
        messages.append(Message(role="assistant", content=word))
    return (*messages, Message(role="user", content=_read(question, text)))


def _read(question: str, text: str) -> str:
    return f"{fenced('Question:', question)}\n\n{fenced('Text:', text)}"
