"""Protocols that ask for each section as what it is: core, details, conclusion. Each begins with a strategy."""

from collections.abc import Sequence
from typing import Final

from llmfirst.engine.lengths import ANSWER_FIRST, ASKED, WORKED_OUT
from llmfirst.engine.prompts import SUM_OR_TEXT, SURELY_SUM, ask_for, opening, strategy_messages, sum_or_text
from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import Message
from research.bakeoff.checks import SORT, SUM
from research.bakeoff.talk import Talk
from research.bakeoff.values import assistant, system, user

_AFTER_CORE: Final = (ANSWER_FIRST["details"], ANSWER_FIRST["conclusion"])
_LANDING_TOKENS: Final = 60
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
_THEN_EXPLAIN: Final = (
    "Answer first, in two or three sentences, then explain.\n먼저 두세 문장으로 답하고, 이어서 설명하세요."
)
_IN_THREE: Final = (
    "Answer first, in two or three sentences. Then the reasons, steps or examples. Last, what follows and what to do "
    "first.\n먼저 두세 문장으로 답하고, 이어서 까닭, 방법이나 예를, 끝으로 결론과 먼저 할 일을 쓰세요."
)
_FIRST_BLOCK_TOKENS: Final = 20
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
    """Ask for each section by itself, with the words of the engine."""
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


async def prose(talk: Talk) -> None:
    """One token says whether something is calculated; then the core works it out, else it is two or three sentences."""
    asks, _ = await _prose_asks(talk)
    await _sections(talk, asks)


async def one_message(talk: Talk) -> None:
    """One message asks for the core and the details, which are one reply, cut after its first block of 20 tokens."""
    await _one_reply(talk, _IN_FULL)


async def then_explain(talk: Talk) -> None:
    """The same, with words that name no reasons, steps or examples."""
    await _one_reply(talk, _THEN_EXPLAIN)


async def answer_first(talk: Talk) -> None:
    """The engine's profile `answer_first`: a brief strategy, `then_explain`, its words and its lengths."""
    await talk.ask("strategy", strategy_messages(talk.question, "brief"), 24)
    is_sum = await _is_sum(talk)
    asking = user(ask_for("core", talk.question, is_worked_out=True) if is_sum else opening(talk.question))
    core, details, conclusion = WORKED_OUT if is_sum else ANSWER_FIRST["core"], *_AFTER_CORE
    await talk.write("core", (asking,), enough=core.block, limit=core.most)
    turns = [asking, assistant(talk.written)]
    if not is_sum and talk.ending != "stop":  # after its own end, a small model goes on in other languages
        going_on = (asking, assistant(f"{talk.written}\n\n"))
        await talk.write("details", going_on, enough=details.block, limit=details.most)
        turns = [asking, assistant(talk.written)]
    if not talk.sections.get("details"):
        ask = user(ask_for("details", talk.question))
        enough, limit = ASKED["details"].block, ASKED["details"].most
        turns += [ask, assistant(await talk.write("details", (*turns, ask), enough=enough, limit=limit))]
    ask = user(ask_for("conclusion", talk.question))
    await talk.write("conclusion", (*turns, ask), enough=conclusion.block, limit=conclusion.block + _LANDING_TOKENS)


async def _one_reply(talk: Talk, words: str) -> None:
    asks, is_sum = await _prose_asks(talk)
    asking = user(asks["core"] if is_sum else f"{words}\n\n{talk.question}")
    enough = ASKED["core"].block if is_sum else _FIRST_BLOCK_TOKENS
    core = await talk.write("core", (asking,), enough=enough, limit=ASKED["core"].most)
    turns = [asking]
    if talk.ending == "stop" or is_sum:  # the model had no more to say
        turns += [assistant(core), user(asks["details"])]
        details = await _section(talk, "details", turns)
        turns.append(assistant(details))
    else:
        await _section(talk, "details", (asking, assistant(f"{core}\n\n")))
        turns.append(assistant(talk.written))
    await _section(talk, "conclusion", (*turns, user(asks["conclusion"])))


async def _prose_asks(talk: Talk) -> tuple[dict[Phase, str], bool]:
    """Return what asks for each section, and whether the core works a sum out."""
    is_sum = await _is_sum(talk)
    await _brief_strategy(talk)
    return {phase: ask_for(phase, talk.question, is_worked_out=is_sum) for phase in SECTIONS}, is_sum


async def _is_sum(talk: Talk) -> bool:
    """Ask the model with one token, as the engine does."""
    shares = await talk.shares("working", sum_or_text(talk.question), SUM_OR_TEXT)
    talk.note("sum", shares[SUM])
    return shares[SUM] > SURELY_SUM


async def _grown_details(talk: Talk, asking: str) -> None:
    await _section(talk, "core", (user(ask_for("core", talk.question)),))
    await _section(talk, "details", (user(asking), assistant(f"{talk.written}\n\n")))
    ask = ask_for("conclusion", talk.question)
    await _section(talk, "conclusion", (user(asking), assistant(talk.written), user(ask)))


async def _strategy(talk: Talk) -> str:
    messages = strategy_messages(talk.question, "sentence")
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
