"""Protocols that choose among several short candidates before any text is shown."""

import asyncio
from typing import Final

from llmfirst.providers.base import Sampling
from research.bakeoff.checks import BEGINS, CODE, SAME_LANGUAGE, SAME_RESULT, SUM, two
from research.bakeoff.grown import EXACT, kind_of, said_twice
from research.bakeoff.shown import Shown
from research.bakeoff.talk import Talk
from research.bakeoff.tasks import NAME_RESULT, with_answer
from research.bakeoff.values import SHOWN_TOKENS, Reply, assistant, user

DIVERSE: Final = Sampling(temperature=1.0, top_p=0.95, top_k=40)
_OPENINGS: Final = 4
_OPENING_TOKENS: Final = 16
_STEP_CANDIDATES: Final = 3
_STEP_TOKENS: Final = 12
_BLOCK_TOKENS: Final = 400
_MOST_BLOCKS: Final = 24
_WORKINGS: Final = 4
_WORKING_TOKENS: Final = 260
_LIKELY: Final = 0.5
_FIRST_WORDS: Final = 48  # characters: some 16 tokens


async def openings(talk: Talk) -> None:
    """Draw four hidden openings of 16 tokens; continue the one that the model itself finds likeliest."""
    drawn = await _openings(talk)
    best = max(drawn, key=likelihood)
    await talk.grow([user(talk.question)], opening=best.text.rstrip(" "))


async def openings_checked(talk: Talk) -> None:
    """Draw four hidden openings; continue the likeliest of those that one token finds in the question's language."""
    drawn = await _openings(talk)
    chances = await asyncio.gather(
        *(talk.chance(SAME_LANGUAGE, two(talk.question, reply.text.strip())) for reply in drawn)
    )
    rated = zip((chance > _LIKELY for chance in chances), map(likelihood, drawn), drawn, strict=True)
    *_, best = max(rated, key=lambda each: each[:2])
    await talk.grow([user(talk.question)], opening=best.text.rstrip(" "))


async def in_language(talk: Talk) -> None:
    """Show the plain answer if one token finds its first words in the question's language; otherwise continue another
    opening that is.
    """
    first = (await talk.plain()).text[:_FIRST_WORDS]
    if await talk.chance(SAME_LANGUAGE, two(talk.question, first.strip())) > _LIKELY:
        await talk.show_plain()
    else:
        await openings_checked(talk)


async def begun_well(talk: Talk) -> None:
    """Show the plain answer if one token finds that its first words begin an answer; otherwise draw other openings.

    Of those, continue the one that begins an answer with the highest probability.
    """
    first = (await talk.plain()).text[:_FIRST_WORDS]
    chance = await _begins(talk, first)
    if chance > _LIKELY:
        await talk.show_plain()
        return
    drawn = [reply.text for reply in await _openings(talk)]
    chances = await asyncio.gather(*(_begins(talk, text) for text in drawn))
    best, text = max(zip(chances, drawn, strict=True))
    if best <= chance:
        await talk.show_plain()
        return
    await talk.grow([user(talk.question)], opening=text.rstrip(" "))


async def kind_twice(talk: Talk) -> None:
    """Repeat the question and sample cool if one token finds that it asks for a result or a program; otherwise show the
    plain answer if its first words begin an answer.
    """
    if await kind_of(talk) in (SUM, CODE):
        await talk.grow([user(said_twice(talk.question))], sampling=EXACT)
    else:
        await begun_well(talk)


async def stepwise(talk: Talk) -> None:
    """Draw three hidden openings of 12 tokens at the start of every block; continue the likeliest."""
    text, tokens = "", 0
    for _ in range(_MOST_BLOCKS):
        messages = [user(talk.question), *([assistant(text)] if text else [])]
        drawn = await talk.several("step", messages, _STEP_TOKENS, _STEP_CANDIDATES, sampling=DIVERSE)
        best = max(drawn, key=likelihood)
        tokens += best.tokens
        if not best.text.strip() or tokens > SHOWN_TOKENS:
            break
        begun = text + best.text.rstrip(" ")
        if best.finish_reason == "stop":
            text = begun
            break
        shown = Shown(begun, enough=1, limit=_BLOCK_TOKENS)
        reply = await talk.stream("block", [user(talk.question), assistant(begun)], _BLOCK_TOKENS, shown)
        text, tokens = begun + shown.text, tokens + reply.tokens
        if shown.ending != "landed":
            break
    talk.show_panels(text, Reply(text=text, finish_reason="stop", tokens=tokens))


async def agreement(talk: Talk) -> None:
    """Calculate a sum four more times unseen while the core streams; if most results differ from it, show another one.

    The model names each result and says with one token whether two are the same.
    """
    if await kind_of(talk) != SUM:
        await talk.show_plain()
        return
    mine, others = await asyncio.gather(
        talk.plain(),
        talk.several("working", [user(talk.question)], _WORKING_TOKENS, _WORKINGS, sampling=EXACT, is_beside=True),
    )
    await talk.show_plain()
    workings = [mine.text, *(reply.text for reply in others if reply.finish_reason == "stop")]
    results = await asyncio.gather(*(_result(talk, working) for working in workings))
    votes = [[await _is_same(talk, one, other) for other in results] for one in results]
    most = max(range(len(votes)), key=lambda place: sum(votes[place]))
    talk.note("agree with the shown one", f"{sum(votes[0])} of {len(results)}")
    if votes[0][most] or sum(votes[most]) < 2:
        return
    redone = (user(talk.question), assistant(workings[most]), user(talk.question))
    await talk.write("conclusion", redone, enough=_WORKING_TOKENS // 2, limit=_WORKING_TOKENS, sampling=EXACT)


async def _openings(talk: Talk) -> list[Reply]:
    return await talk.several("opening", [user(talk.question)], _OPENING_TOKENS, _OPENINGS, sampling=DIVERSE)


async def _begins(talk: Talk, text: str) -> float:
    return await talk.chance(BEGINS, two(talk.question, text.strip()))


async def _result(talk: Talk, working: str) -> str:
    return await talk.prepare(NAME_RESULT, with_answer(talk.question, working), sampling=Sampling(temperature=0))


async def _is_same(talk: Talk, one: str, other: str) -> bool:
    return one == other or await talk.chance(SAME_RESULT, two(one, other)) > _LIKELY


def likelihood(reply: Reply) -> float:
    """Return the mean log-probability of the tokens of a reply."""
    return -99.0 if reply.mean_logprob is None else reply.mean_logprob
