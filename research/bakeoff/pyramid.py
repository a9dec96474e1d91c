"""Protocols that ask for each section as what it is: core, details, conclusion. Each begins with a strategy."""

from collections.abc import Sequence
from typing import Final

from llmfirst.engine.lengths import ASKED
from llmfirst.engine.prompts import ask_for, strategy_messages
from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import Message
from research.bakeoff.checks import SORT, SUM
from research.bakeoff.talk import Talk
from research.bakeoff.values import assistant, system, user

_STRATEGY_TOKENS: Final = 40
_BRIEF_TOKENS: Final = 16
_BRIEF: Final = (
    "You plan answers. Reply with at most eight words: what a good answer to the question will cover. Always write in "
    "the language of the question."
)
_IN_FULL: Final = (
    "Answer first, in two or three sentences. Then the reasons, steps or examples.\n"
    "먼저 두세 문장으로 답하고, 이어서 까닭, 방법이나 예를 쓰세요."
)
_IN_THREE: Final = (
    "Answer first, in two or three sentences. Then the reasons, steps or examples. Last, what follows and what to do "
    "first.\n먼저 두세 문장으로 답하고, 이어서 까닭, 방법이나 예를, 끝으로 결론과 먼저 할 일을 쓰세요."
)
_NOTE: Final[dict[Phase, str]] = {
    "core": "Answer in two or three sentences, in the language of the question.\n질문의 언어로 두세 문장으로 답하세요.",
    "details": "Now explain in full: the reasons, steps or examples. Write in the language of the question.\n"
    "이제 까닭, 방법이나 예를 자세히 설명하세요. 질문의 언어로 쓰세요.",
    "conclusion": "To finish, say in one or two sentences what follows from this and what to do first. Write in the "
    "language of the question.\n끝으로 여기서 나오는 결론과 먼저 할 일을 한두 문장으로 말하세요. 질문의 언어로 쓰세요.",
}
_TAGS: Final[dict[Phase, str]] = {
    "core": "[Answer in two or three sentences / 두세 문장의 답]",
    "details": "[Reasons, steps, examples / 까닭, 방법, 예]",
    "conclusion": "[Conclusion, what to do first / 결론, 먼저 할 일]",
}
_WORKED: Final = "[Work it out, then the result in one sentence / 계산 과정, 그리고 한 문장의 결과]"
_PART_ONLY: Final = "Write only the part that is asked for, in the language of the question."
_DIRECT: Final = "Answer at once, in two or three sentences, in the language of the question."
_SHORT_ANSWERS: Final = (
    (
        "How do I boil an egg so that the yolk stays soft?",
        "Boil it for six minutes, counted from when the water boils again, and then put it into cold water. At six "
        "minutes the white is firm and the yolk still runs.",
    ),
    (
        "고양이는 왜 가르랑거리나요?",
        "고양이는 편안할 때 스스로를 달래려고 가르랑거립니다. 아프거나 불안할 때도 가르랑거리므로, 다른 행동을 함께 "
        "보아야 합니다.",
    ),
    (
        "Should I buy a used bicycle or a new one for my way to work?",
        "Buy a used one if somebody can check its brakes and chain for you; it costs about half and does the same "
        "work. Choose a new one only if you cannot repair anything yourself.",
    ),
    (
        "사과 3개에 2,100원이면 5개는 얼마인가요?",
        "사과 한 개는 2,100 ÷ 3 = 700원입니다. 따라서 5개는 700 × 5 = 3,500원입니다.",
    ),
)


async def asked(talk: Talk) -> None:
    """Ask with the words of the engine's profile `answer_first`."""
    await _strategy(talk)
    await _sections(talk, {phase: ask_for(phase, talk.question) for phase in SECTIONS})


async def note(talk: Talk) -> None:
    """Ask with a sentence in both languages that names the language of the question."""
    await _strategy(talk)
    await _sections(talk, _before_question(talk, _NOTE))


async def tagged(talk: Talk) -> None:
    """Ask with a tag in both languages, which is no sentence that could be translated or answered."""
    await _strategy(talk)
    await _sections(talk, _before_question(talk, _TAGS), (system(_PART_ONLY),))


async def tagged_sums(talk: Talk) -> None:
    """The same; where one token finds that the question asks for a result, the core works it out first."""
    await _strategy(talk)
    shares = await talk.word(SORT, talk.question)
    tags = _TAGS | ({"core": _WORKED} if max(shares, key=lambda word: shares[word]) == SUM else {})
    await _sections(talk, _before_question(talk, tags), (system(_PART_ONLY),))


async def short_answers(talk: Talk) -> None:
    """Show four short answers in two languages before the question; ask for the other sections with a tag."""
    await _strategy(talk)
    examples = [turn for question, answer in _SHORT_ANSWERS for turn in (user(question), assistant(answer))]
    asks = _before_question(talk, _TAGS) | {"core": talk.question}
    await _sections(talk, asks, (system(_DIRECT), *examples))


async def asked_again(talk: Talk) -> None:
    """Ask for the core with a tag, and then the bare question: what comes is the plain answer, with the core known."""
    await _strategy(talk)
    await _sections(talk, _before_question(talk, _TAGS) | {"details": talk.question})


async def grown_on(talk: Talk) -> None:
    """Ask for the core with a tag; the details continue it as the beginning of an answer to the bare question."""
    await _strategy(talk)
    asks = _before_question(talk, _TAGS)
    await _section(talk, "core", (user(asks["core"]),))
    await _section(talk, "details", talk.continuation())
    await _section(talk, "conclusion", talk.transcript(user(asks["conclusion"])))


async def planned(talk: Talk) -> None:
    """Let the core follow the strategy: the model's plan and the core are one message."""
    plan = await _strategy(talk)
    asks = _before_question(talk, _TAGS)
    await _section(talk, "core", (user(talk.question), assistant(f"{plan}\n\n")), earlier="")
    turns = (user(talk.question), assistant(talk.sections.get("core", "")))
    await _section(talk, "details", (*turns, user(asks["details"])))
    more = (user(asks["details"]), assistant(talk.sections.get("details", "")))
    await _section(talk, "conclusion", (*turns, *more, user(asks["conclusion"])))


async def asked_brief(talk: Talk) -> None:
    """The words of `answer_first` after a strategy of at most eight words."""
    await _brief_strategy(talk)
    await _sections(talk, {phase: ask_for(phase, talk.question) for phase in SECTIONS})


async def core_grows(talk: Talk) -> None:
    """A brief strategy and the core by `answer_first`; the details continue it as an answer to the bare question."""
    await _brief_strategy(talk)
    await _grown_details(talk, talk.question)


async def core_grows_in_full(talk: Talk) -> None:
    """The same, but the details continue the core as an answer to a message that asks for both."""
    await _brief_strategy(talk)
    await _grown_details(talk, f"{_IN_FULL}\n\n{talk.question}")


async def three_in_one(talk: Talk) -> None:
    """A brief strategy; one message asks for all three, and each section continues the reply to it."""
    await _brief_strategy(talk)
    asking = user(f"{_IN_THREE}\n\n{talk.question}")
    for phase in SECTIONS:
        messages = (asking, assistant(f"{talk.written}\n\n")) if talk.written else (asking,)
        if not await _section(talk, phase, messages):
            ask = ask_for(phase, talk.question)
            await _section(talk, phase, (asking, assistant(talk.written), user(ask)))


async def _grown_details(talk: Talk, asking: str) -> None:
    await _section(talk, "core", (user(ask_for("core", talk.question)),))
    await _section(talk, "details", (user(asking), assistant(f"{talk.written}\n\n")))
    ask = ask_for("conclusion", talk.question)
    await _section(talk, "conclusion", (user(asking), assistant(talk.written), user(ask)))


async def _strategy(talk: Talk) -> str:
    messages = strategy_messages(talk.question, for_sections=False)
    return (await talk.ask("strategy", messages, _STRATEGY_TOKENS)).text.strip()


async def _brief_strategy(talk: Talk) -> str:
    return (await talk.ask("strategy", (system(_BRIEF), user(talk.question)), _BRIEF_TOKENS)).text.strip()


def _before_question(talk: Talk, words: dict[Phase, str]) -> dict[Phase, str]:
    return {phase: f"{said}\n{talk.question}" for phase, said in words.items()}


async def _sections(talk: Talk, asks: dict[Phase, str], before: Sequence[Message] = ()) -> None:
    """Ask for each section in a turn of its own, after the turns of earlier sections."""
    messages = [*before]
    for phase in SECTIONS:
        messages.append(user(asks[phase]))
        text = await _section(talk, phase, messages)
        messages.append(assistant(text))


async def _section(talk: Talk, phase: Phase, messages: Sequence[Message], *, earlier: str | None = None) -> str:
    enough, limit = ASKED[phase].block, ASKED[phase].most
    return await talk.write(phase, messages, enough=enough, limit=limit, earlier=earlier)
