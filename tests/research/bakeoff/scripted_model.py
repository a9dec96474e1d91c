"""A scripted model for the bake-off: what it says to a call of each purpose, and how surely it says yes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from math import log

from llmfirst.events import Phase
from llmfirst.providers.base import Chunk, TokenLogprob, Usage
from research.bakeoff.call_cache import CallCache
from research.bakeoff.talk import Talk
from research.bakeoff.values import AnswerRecord, Ask, joined

QUESTION = "Why is the sky blue?"
PLAIN = """Sunlight holds all colours, and air scatters the short waves of blue light much more than the long red ones.

1. Light enters the air and meets molecules that are smaller than its waves.
2. Blue light is thrown in all directions, so it reaches you from the whole sky.

At sunset the way through the air is longer, and mostly red light is left."""


class ScriptedModel:
    """Says `texts[purpose]`, with a number for the draw in it where there is one; a choice is made by `likely`.

    `likely[purpose]` are the chances of the next token's words. It notes every call.
    """

    def __init__(
        self, texts: Mapping[str, str] | None = None, likely: Mapping[str, Mapping[str, float]] | None = None
    ) -> None:
        self.asks: list[Ask] = []
        self.closed = 0
        self._texts = {"plain": PLAIN, **(texts or {})}
        self._likely = likely or {}

    async def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        self.asks.append(ask)
        await asyncio.sleep(0)
        try:
            if ask.max_tokens == 1:
                chances = self._likely.get(ask.purpose, {"no": 0.9, "yes": 0.1})
                top = tuple(TokenLogprob(token=word, logprob=log(chance)) for word, chance in chances.items())
                yield Chunk(text=top[0].token, logprobs=(TokenLogprob(token="x", logprob=-0.1, top=top),))
            else:
                text = self._texts.get(ask.purpose, f"A reply to {ask.purpose}, drawn {{draw}}.").format(draw=ask.draw)
                for count, start in enumerate(range(0, len(text), 4), 1):
                    usage = Usage(prompt_tokens=9, completion_tokens=count, cached_tokens=4)
                    logprob = TokenLogprob(token="x", logprob=-1.0 / (1 + ask.draw))
                    logprobs = (logprob,) if ask.top_logprobs else ()
                    yield Chunk(text=text[start : start + 4], usage=usage, logprobs=logprobs)
            yield Chunk(finish_reason="stop")
        finally:
            self.closed += 1

    @property
    def purposes(self) -> list[str]:
        return [ask.purpose for ask in self.asks]


def talk_with(model: ScriptedModel, question: str = QUESTION) -> Talk:
    return Talk(question, 0, CallCache(model))


def record(
    text: str = PLAIN,
    *,
    protocol: str = "plain",
    question_id: str = "en-1",
    sections: Mapping[Phase, str] | None = None,
    seed: int = 0,
) -> AnswerRecord:
    shown: Mapping[Phase, str] = {"core": text} if sections is None else sections
    return AnswerRecord(
        protocol=protocol,
        question_id=question_id,
        language="ko" if question_id.startswith("ko") else "en",
        kind="explanation",
        seed=seed,
        model="scripted",
        question=QUESTION,
        sections=shown,
        text=joined(shown),
        ending="stop",
        calls=(),
    )
