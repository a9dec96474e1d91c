"""Protocols that say something else before the answer, or draw it otherwise; the answer is one growing message."""

from typing import Final

from llmfirst.engine.lengths import ASKED
from llmfirst.engine.prompts import SectionTurn, ask_for, conversation
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Sampling
from research.bakeoff.checks import CODE, SORT, SUM, TALK
from research.bakeoff.shown import whole_part
from research.bakeoff.talk import Talk
from research.bakeoff.told import LANGUAGE_LINE, OWN_INSTRUCTION, RELATED, RESTATE
from research.bakeoff.values import assistant, system, user

COOL: Final = Sampling(temperature=0.3)
# A sum or a program has to write the same digits and names again and again.
EXACT: Final = Sampling(temperature=0.2, repeat_penalty=1.0)
_SURE: Final = 2 / 3
_SENTENCES: Final = 5
_NOTE_TOKENS: Final = 80


async def plain(talk: Talk) -> None:
    """The one plain call as it comes, without guards: what all others are held against."""
    reply = await talk.plain()
    talk.show_panels(reply.text, reply)


async def panels(talk: Talk) -> None:
    """The plain answer, cut into panels, with the guards: loops end, a limit is met at a sentence end."""
    await talk.show_plain()


async def grown(talk: Talk) -> None:
    """The engine as it was: where the model ended early, its message goes on behind an empty line for every section."""
    await talk.show_plain()
    for phase in SECTIONS:
        if not talk.sections.get(phase):
            await talk.write(phase, talk.going_on(), enough=ASKED[phase].block, limit=ASKED[phase].most)


async def twice(talk: Talk) -> None:
    """The question stands twice in the one message: each of its words is read with all the others known."""
    await talk.grow([user(said_twice(talk.question))])


async def language_line(talk: Talk) -> None:
    """One line in both languages as system prompt says that the answer is in the question's language."""
    await talk.grow([system(LANGUAGE_LINE), user(talk.question)])


async def cool(talk: Talk) -> None:
    """The plain question at a low temperature; loops are the guards' matter."""
    await talk.grow([user(talk.question)], sampling=COOL)


async def cool_twice(talk: Talk) -> None:
    """The question twice, at a low temperature."""
    await talk.grow([user(said_twice(talk.question))], sampling=COOL)


async def exact(talk: Talk) -> None:
    """One token sorts the question; for a result or a program the drawing is cool and repeating costs nothing."""
    if await kind_of(talk) in (SUM, CODE):
        await talk.grow([user(talk.question)], sampling=EXACT)
    else:
        await talk.show_plain()


async def own_system(talk: Talk) -> None:
    """The model writes one line of instruction for itself (the strategy); it becomes the system prompt."""
    line = await talk.prepare(OWN_INSTRUCTION, talk.question)
    await talk.grow([system(line), user(talk.question)])


async def restated(talk: Talk) -> None:
    """The model asks the question again in its own words (the strategy); both stand in the message."""
    again = await talk.prepare(RESTATE, talk.question)
    await talk.grow([user(f"{again}\n\n{talk.question}")])


async def analogy(talk: Talk) -> None:
    """The model asks itself an easier question of the kind and answers it shortly; its own good text leads the way."""
    easier = await talk.prepare(RELATED, talk.question)
    short = whole_part(await talk.ask("easier", [user(easier)], _NOTE_TOKENS, sampling=COOL))
    if short:
        await talk.grow([user(easier), assistant(short), user(talk.question)])
    else:
        await talk.show_plain()


async def draft(talk: Talk) -> None:
    """The first sentences of a hidden plain answer stand as notes before the question; then it is answered."""
    notes = whole_part(await talk.ask("draft", [user(talk.question)], _NOTE_TOKENS, draw=9))
    await talk.grow([user(f"{notes}\n\n{talk.question}")])


async def three_calls(talk: Talk) -> None:
    """The instructed three sections of services without prefill: one call each, told what comes next."""
    turns: list[SectionTurn] = []
    for phase in SECTIONS:
        ask = ask_for(phase, talk.question, sentences=_SENTENCES)
        asked = conversation(turns, ask, is_instructed=False)
        await talk.write(phase, asked, enough=ASKED[phase].block, limit=ASKED[phase].most)
        if written := talk.sections.get(phase):
            turns.append(SectionTurn(ask, written))


async def kind_of(talk: Talk) -> str:
    """Return the question's kind by one token; what the model is not sure of counts as talk."""
    shares = await talk.word(SORT, talk.question)
    kind = max(shares, key=lambda word: shares[word])
    talk.note(kind, shares[kind])
    return kind if shares[kind] > _SURE else TALK


def said_twice(question: str) -> str:
    """Return a question that stands twice."""
    return f"{question}\n\n{question}"
