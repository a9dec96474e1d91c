"""Protocols that add to the finished plain answer if the model finds something missing."""

import asyncio
from typing import Final

from llmfirst.providers.base import Message
from research.bakeoff.checks import ANSWERED, CODE, HELPS_ON, SAME_LANGUAGE, SUM, TALK, two
from research.bakeoff.chosen import DIVERSE, likelihood
from research.bakeoff.grown import EXACT, kind_of, said_twice
from research.bakeoff.talk import Talk
from research.bakeoff.tasks import LIST_PARTS, REVIEW, with_answer
from research.bakeoff.values import assistant, user

_LIKELY: Final = 0.5
_MORE_TOKENS: Final = 240
_ENOUGH: Final = 60
_MOST_PARTS: Final = 4
_TRANSITION_TOKENS: Final = 8
_TRANSITIONS: Final = 4
_LONG_TRANSITION_TOKENS: Final = 14


async def own_end(talk: Talk) -> None:
    """Continue the message if the model's probability of ending it there is below one half: it ended by chance.

    This needs no prompt: it is the probability of the end token after the text.
    """
    await talk.show_plain()
    if talk.ending == "repeated" or await talk.chance_of_end() > _LIKELY:
        return
    text = talk.written.rstrip()
    messages = (user(talk.question), assistant(text))
    begun = (await talk.ask("beyond the end", messages, _TRANSITION_TOKENS, bars_end=True)).text.rstrip(" ")
    if begun.strip():
        on = (user(talk.question), assistant(text + begun))
        opening = begun.lstrip()
        await talk.write(talk.next_phase(), on, enough=_ENOUGH, limit=_MORE_TOKENS, opening=opening)


async def supplement(talk: Talk) -> None:
    """Let the model write what a user would still ask; continue the message if one token finds that this helps."""
    await talk.show_plain()
    await _supplement(talk)


async def parts(talk: Talk) -> None:
    """Let the model list what is asked (the strategy), and continue about the part that one token finds unanswered."""
    listed, _ = await asyncio.gather(talk.prepare(LIST_PARTS, talk.question), talk.plain())
    await talk.show_plain()
    lines = [line.strip() for line in listed.splitlines() if line.strip()][:_MOST_PARTS]
    if not lines:
        return
    chances = await asyncio.gather(
        *(talk.chance(ANSWERED, f"Answer: {talk.written}\n\nAsked: {line}") for line in lines)
    )
    chance, line = min(zip(chances, lines, strict=True))
    if chance < _LIKELY:
        await _go_on_about(talk, line)


async def barrier(talk: Talk) -> None:
    """Forbid the model to end its message for 8 tokens, and continue from the transition that it writes.

    Not after a sum, code or a finished text, as one token sorts the question.
    """
    await talk.show_plain()
    if await kind_of(talk) != TALK:
        return
    begun = await talk.ask("transition", talk.continuation(), _TRANSITION_TOKENS, bars_end=True)
    await _go_on_from(talk, begun.text)


async def barrier_pick(talk: Talk) -> None:
    """Draw four hidden transitions of 14 tokens after the model's end; continue the one that it finds likeliest."""
    await talk.show_plain()
    if await kind_of(talk) != TALK:
        return
    drawn = await talk.several(
        "transition", talk.continuation(), _LONG_TRANSITION_TOKENS, _TRANSITIONS, sampling=DIVERSE, bars_end=True
    )
    await _go_on_from(talk, max(drawn, key=likelihood).text)


async def next_turn(talk: Talk) -> None:
    """Let the model write the user's next turn without any instruction; its answer to that becomes a section.

    The question that it wrote is the title of the section. Only if one token finds that the answer would help.
    """
    await talk.show_plain()
    asked = (await talk.ask("next turn", talk.transcript(), 48, as_user=True)).text.strip()
    talk.note("next turn", asked)
    if not asked or "\n" in asked:
        return
    if await talk.chance(HELPS_ON, two(talk.question, asked)) > _LIKELY:
        title = f"**{asked}**\n\n"
        await talk.write(talk.next_phase(), talk.transcript(user(asked)), enough=100, limit=_MORE_TOKENS, opening=title)


async def by_kind(talk: Talk) -> None:
    """Repeat the question; sample cool if one token finds that it asks for a result or a program, otherwise add what
    the model's review finds missing.
    """
    kind = await kind_of(talk)
    messages = [user(said_twice(talk.question))]
    await talk.grow(messages, sampling=EXACT if kind in (SUM, CODE) else None)
    if kind != TALK:
        return
    await _supplement(talk)


async def _supplement(talk: Talk) -> None:
    still = await talk.prepare(REVIEW, with_answer(talk.question, talk.written))
    helps, same = await asyncio.gather(
        talk.chance(HELPS_ON, two(talk.question, still)), talk.chance(SAME_LANGUAGE, two(talk.question, still))
    )
    if helps > _LIKELY and same > _LIKELY:
        await _go_on_about(talk, still)


async def _go_on_about(talk: Talk, more: str) -> None:
    """Continue the answer as if `more` had been part of the question, so that there is no new turn to apologise in."""
    messages = (user(f"{talk.question}\n\n{more}"), assistant(f"{talk.written}\n\n"))
    await talk.write(talk.next_phase(), messages, enough=_ENOUGH, limit=_MORE_TOKENS)


async def _go_on_from(talk: Talk, opening: str) -> None:
    begun = opening.rstrip(" ")
    if not begun.strip():
        return
    question, text = talk.continuation()
    messages: tuple[Message, ...] = (question, assistant(text.content + begun))
    await talk.write(talk.next_phase(), messages, enough=_ENOUGH, limit=_MORE_TOKENS, opening=begun)
