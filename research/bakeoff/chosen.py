"""Protocols that choose among a few short hidden candidates before a text is shown."""

import asyncio
from typing import Final

from llmfirst.providers.base import Sampling
from research.bakeoff.checks import BEGINS, CODE, SAME_LANGUAGE, SAME_RESULT, SUM, two
from research.bakeoff.grown import EXACT, kind_of, said_twice
from research.bakeoff.shown import Shown
from research.bakeoff.talk import Talk
from research.bakeoff.told import NAME_RESULT, with_answer
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
    """Four hidden openings of 16 tokens; the one that the model itself finds likeliest is shown and gone on with."""
    drawn = await _openings(talk)
    best = max(drawn, key=likelihood)
    await talk.grow([user(talk.question)], opening=best.text.rstrip(" "))


async def openings_checked(talk: Talk) -> None:
    """Four hidden openings; of those that one token finds in the question's language, the likeliest is gone on with."""
    drawn = await _openings(talk)
    chances = await asyncio.gather(
        *(talk.chance(SAME_LANGUAGE, two(talk.question, reply.text.strip())) for reply in drawn)
    )
    rated = zip((chance > _LIKELY for chance in chances), map(likelihood, drawn), drawn, strict=True)
    *_, best = max(rated, key=lambda each: each[:2])
    await talk.grow([user(talk.question)], opening=best.text.rstrip(" "))


async def in_language(talk: Talk) -> None:
    """One token tells whether the plain answer's first words are in the question's language; if not, the likeliest of
    the other openings that are is shown and gone on with.
    """
    first = (await talk.plain()).text[:_FIRST_WORDS]
    if await talk.chance(SAME_LANGUAGE, two(talk.question, first.strip())) > _LIKELY:
        await talk.show_plain()
    else:
        await openings_checked(talk)


async def begun_well(talk: Talk) -> None:
    """One token tells whether the plain answer's first words begin an answer; if not, other openings are drawn.

    Of those the one that the model takes most for a beginning is shown and gone on with.
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
    """One token sorts the question: for a result or a program it stands twice and the drawing is cool; the rest is
    plain where its first words begin an answer.
    """
    if await kind_of(talk) in (SUM, CODE):
        await talk.grow([user(said_twice(talk.question))], sampling=EXACT)
    else:
        await begun_well(talk)


async def stepwise(talk: Talk) -> None:
    """At the start of every block three hidden openings of 12 tokens; the likeliest is shown and gone on with."""
    text, tokens = "", 0
    for _ in range(_MOST_BLOCKS):
        asked = [user(talk.question), *([assistant(text)] if text else [])]
        drawn = await talk.several("step", asked, _STEP_TOKENS, _STEP_CANDIDATES, sampling=DIVERSE)
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
    """A sum is worked out four more times unseen while the core streams; where most results differ, it is redone.

    The model names each result and tells with one token whether two are the same.
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
    """Return how likely the model itself finds what it wrote: its mean log-probability."""
    return -99.0 if reply.mean_logprob is None else reply.mean_logprob
