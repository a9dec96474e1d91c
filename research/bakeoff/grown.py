"""Protocols whose answer is one growing message, with other prompts before it or other sampling."""

from typing import Final

from llmfirst.engine.lengths import ASKED
from llmfirst.engine.prompts import SectionTurn, ask_for, conversation
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Sampling
from research.bakeoff.checks import CODE, SORT, SUM, TALK
from research.bakeoff.shown import whole_part
from research.bakeoff.talk import Talk
from research.bakeoff.tasks import LANGUAGE_LINE, OWN_INSTRUCTION, RELATED, RESTATE
from research.bakeoff.values import assistant, system, user

COOL: Final = Sampling(temperature=0.3)
# No repeat penalty: a sum or a program has to write the same digits and names again and again.
EXACT: Final = Sampling(temperature=0.2, repeat_penalty=1.0)
_SURE: Final = 2 / 3
_SENTENCES: Final = 5
_NOTE_TOKENS: Final = 80


async def plain(talk: Talk) -> None:
    """Make one plain call and show it without guards; all others are compared with this one."""
    reply = await talk.plain()
    talk.show_panels(reply.text, reply)


async def panels(talk: Talk) -> None:
    """Cut the plain answer into panels, with the guards: loops end, and the limit ends the text with a sentence."""
    await talk.show_plain()


async def grown(talk: Talk) -> None:
    """Answer like the engine of that time: where the model ended early, continue its message for each empty section."""
    await talk.show_plain()
    for phase in SECTIONS:
        if not talk.sections.get(phase):
            await talk.write(phase, talk.continuation(), enough=ASKED[phase].block, limit=ASKED[phase].most)


async def twice(talk: Talk) -> None:
    """Repeat the question in the message, so that each of its words is read with all others known."""
    await talk.grow([user(said_twice(talk.question))])


async def language_line(talk: Talk) -> None:
    """Say in the system prompt, in both languages, that the answer is in the language of the question."""
    await talk.grow([system(LANGUAGE_LINE), user(talk.question)])


async def cool(talk: Talk) -> None:
    """Ask the plain question at temperature 0.3; the guards end loops."""
    await talk.grow([user(talk.question)], sampling=COOL)


async def cool_twice(talk: Talk) -> None:
    """Repeat the question, at temperature 0.3."""
    await talk.grow([user(said_twice(talk.question))], sampling=COOL)


async def exact(talk: Talk) -> None:
    """Sample cool and without a repeat penalty if one token finds that the question asks for a result or a program."""
    if await kind_of(talk) in (SUM, CODE):
        await talk.grow([user(talk.question)], sampling=EXACT)
    else:
        await talk.show_plain()


async def own_system(talk: Talk) -> None:
    """Let the model write an instruction for itself (the strategy), and use it as system prompt."""
    line = await talk.prepare(OWN_INSTRUCTION, talk.question)
    await talk.grow([system(line), user(talk.question)])


async def restated(talk: Talk) -> None:
    """Let the model rephrase the question (the strategy), and ask with both versions."""
    again = await talk.prepare(RESTATE, talk.question)
    await talk.grow([user(f"{again}\n\n{talk.question}")])


async def analogy(talk: Talk) -> None:
    """Let the model first ask itself an easier question of the same kind and answer it briefly, as an example."""
    easier = await talk.prepare(RELATED, talk.question)
    short = whole_part(await talk.ask("easier", [user(easier)], _NOTE_TOKENS, sampling=COOL))
    if short:
        await talk.grow([user(easier), assistant(short), user(talk.question)])
    else:
        await talk.show_plain()


async def draft(talk: Talk) -> None:
    """Put the first sentences of a hidden plain answer before the question, as notes."""
    notes = whole_part(await talk.ask("draft", [user(talk.question)], _NOTE_TOKENS, draw=9))
    await talk.grow([user(f"{notes}\n\n{talk.question}")])


async def three_calls(talk: Talk) -> None:
    """Make one call per section, told what comes next, as for services without prefill."""
    turns: list[SectionTurn] = []
    for phase in SECTIONS:
        ask = ask_for(phase, talk.question, sentences=_SENTENCES)
        messages = conversation(turns, ask, is_instructed=False)
        await talk.write(phase, messages, enough=ASKED[phase].block, limit=ASKED[phase].most)
        if written := talk.sections.get(phase):
            turns.append(SectionTurn(ask, written))


async def kind_of(talk: Talk) -> str:
    """Return the kind of the question by one token; TALK if the model is not sure."""
    shares = await talk.word(SORT, talk.question)
    kind = max(shares, key=lambda word: shares[word])
    talk.note(kind, shares[kind])
    return kind if shares[kind] > _SURE else TALK


def said_twice(question: str) -> str:
    """Return the question twice, with an empty line between."""
    return f"{question}\n\n{question}"
