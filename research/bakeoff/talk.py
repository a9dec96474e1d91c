"""Talk: what a protocol works with to make one answer, hidden calls, one-token checks, and the shown sections."""

import asyncio
from collections.abc import Mapping, Sequence
from math import exp
from typing import Final

from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import Message, Sampling
from research.bakeoff.call_cache import CallCache
from research.bakeoff.checks import YES, Check
from research.bakeoff.shown import Shown, panels, shown_of
from research.bakeoff.tasks import Task
from research.bakeoff.values import SHOWN_TOKENS, Ask, CallRecord, Ending, Reply, SectionTimes, assistant, user

_SEEDS_PER_RUN: Final = 1000
_ALTERNATIVES: Final = 20
_UNLISTED: Final = 1e-4  # the assumed probability of a word that is not among the alternatives


class Talk:
    """One answer in progress."""

    def __init__(self, question: str, seed: int, cache: CallCache) -> None:
        self.question = question
        self.sections: dict[Phase, str] = {}
        self.calls: list[CallRecord] = []
        self.times: dict[Phase, SectionTimes] = {}
        self.guards: list[str] = []
        self.notes: list[str] = []
        self.ending: Ending | None = None
        self._seed = seed
        self._cache = cache
        self._hidden_seconds = 0.0
        self._hidden_tokens = 0

    async def ask(
        self,
        purpose: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        sampling: Sampling | None = None,
        draw: int = 0,
        top_logprobs: int = 0,
        bars_end: bool = False,
        as_user: bool = False,
    ) -> Reply:
        """Make a call whose reply is not shown; a call that another answer has made is not repeated."""
        ask = self._ask_of(purpose, messages, max_tokens, sampling, draw).model_copy(
            update={
                "top_logprobs": top_logprobs,
                "bars_end": bars_end,
                "speaks_as": "user" if as_user else "assistant",
            }
        )
        reply, is_shared = await self._cache.whole(ask)
        self.calls.append(CallRecord(ask=ask, reply=reply, is_shared=is_shared))
        self._hidden_seconds += reply.seconds
        self._hidden_tokens += reply.tokens
        return reply

    async def prepare(self, task: Task, text: str, *, sampling: Sampling | None = None) -> str:
        """Return what the model writes for a task, and note it."""
        written = (await self.ask(task.name, task.messages(text), task.max_tokens, sampling=sampling)).text.strip()
        self.note(task.name, written)
        return written

    async def several(
        self,
        purpose: str,
        messages: Sequence[Message],
        max_tokens: int,
        count: int,
        *,
        sampling: Sampling | None = None,
        bars_end: bool = False,
        is_beside: bool = False,
    ) -> list[Reply]:
        """Sample the same call `count` times in parallel, which takes as long as the longest reply.

        `is_beside` means that text streams meanwhile, so the time is not counted as waiting.
        """
        seconds, tokens = self._hidden_seconds, self._hidden_tokens
        asks = (
            self.ask(purpose, messages, max_tokens, sampling=sampling, draw=draw, top_logprobs=1, bars_end=bars_end)
            for draw in range(1, count + 1)
        )
        replies = list(await asyncio.gather(*asks))
        if is_beside:
            self._hidden_seconds, self._hidden_tokens = seconds, tokens
        else:
            self._hidden_seconds = seconds + max(reply.seconds for reply in replies)
        return replies

    async def shares(self, purpose: str, messages: Sequence[Message], words: Sequence[str]) -> dict[str, float]:
        """Return the probabilities of some words as the next token, scaled to a sum of 1."""
        reply = await self.ask(purpose, messages, 1, sampling=Sampling(temperature=0), top_logprobs=_ALTERNATIVES)
        shares = dict.fromkeys(words, _UNLISTED)
        for token in reply.first_token:
            word = token.token.strip().casefold()
            for each in words:
                if word == each.casefold():
                    shares[each] += exp(token.logprob)
        total = sum(shares.values())
        return {word: share / total for word, share in shares.items()}

    async def chance_of_end(self) -> float:
        """Return the probability that the model ends its message after the text so far."""
        messages = (user(self.question), assistant(self.written.rstrip()))
        reply = await self.ask("own end", messages, 1, sampling=Sampling(temperature=0), top_logprobs=_ALTERNATIVES)
        chance = sum(exp(token.logprob) for token in reply.first_token if not token.token)
        self.note("own end", chance)
        return chance

    async def word(self, check: Check, text: str) -> dict[str, float]:
        """Return the probabilities of the words of a check."""
        return await self.shares(check.name, check.messages(text), check.words)

    async def chance(self, check: Check, text: str) -> float:
        """Return the probability of "yes" against "no", and note it."""
        chance = (await self.word(check, text))[YES]
        self.note(check.name, chance)
        return chance

    def note(self, name: str, value: float | str) -> None:
        """Add a decision to the record."""
        self.notes.append(f"{name}={value:.2f}" if isinstance(value, float) else f"{name}={value}")

    @property
    def written(self) -> str:
        """The answer so far as one message."""
        return "\n\n".join(text for phase in SECTIONS if (text := self.sections.get(phase, "").strip()))

    def transcript(self, *more: Message) -> tuple[Message, ...]:
        """Return the question, the answer so far, and further messages."""
        return (user(self.question), assistant(self.written), *more)

    def continuation(self) -> tuple[Message, ...]:
        """Return the messages after which the model continues its answer in a new block."""
        return (user(self.question), assistant(f"{self.written}\n\n"))

    async def plain(self) -> Reply:
        """Make the plain call, without showing it yet."""
        reply = await self.ask("plain", [user(self.question)], SHOWN_TOKENS)
        self._hidden_seconds -= reply.seconds  # it is shown as it streams, so nobody waits for the whole reply
        self._hidden_tokens -= reply.tokens
        return reply

    async def show_plain(self) -> None:
        """Show the plain answer as growing panels, with the guards."""
        reply = await self.plain()
        shown = shown_of(reply)
        self._end(shown)
        self.show_panels(shown.text, reply)

    async def grow(
        self, messages: Sequence[Message], *, sampling: Sampling | None = None, opening: str = "", purpose: str = "grow"
    ) -> None:
        """Stream a whole answer as one message through the panels, beginning with `opening`."""
        prompt = [*messages, assistant(opening)] if opening else messages
        shown = Shown(opening, limit=SHOWN_TOKENS)
        reply = await self.stream(purpose, prompt, SHOWN_TOKENS, shown, sampling=sampling)
        self.show_panels(opening + shown.text, reply)

    def show_panels(self, text: str, reply: Reply) -> None:
        """Show the text of one message in panels of complete blocks."""
        cut: Mapping[Phase, str] = panels(text, reply.tokens)
        for phase, part in cut.items():
            share = len(part) / max(1, len(text))
            is_first = phase == "core"
            first = (reply.first_seconds or 0.0) if is_first else 0.0
            timed = reply.model_copy(update={"seconds": reply.seconds * share, "first_seconds": first})
            self._add(phase, part, timed)

    async def write(
        self,
        phase: Phase,
        messages: Sequence[Message],
        *,
        enough: int,
        limit: int,
        sampling: Sampling | None = None,
        opening: str = "",
        earlier: str | None = None,
        draw: int = 0,
    ) -> str:
        """Stream a section, or more of it, and return the text that was added.

        The text follows what is shown, in a new block, unless `earlier` gives the text of its own message before it.
        """
        before = (f"{self.written}\n\n" if self.written else "") if earlier is None else earlier
        shown = Shown(f"{before}{opening}", enough=enough, limit=limit)
        reply = await self.stream(phase, messages, limit, shown, sampling=sampling, draw=draw)
        text = (opening + shown.text).strip("\n") if shown.text.strip() else ""
        if text:  # a title or a transition alone is not shown
            self._add(phase, text, reply)
        return text

    async def stream(
        self,
        purpose: str,
        messages: Sequence[Message],
        limit: int,
        shown: Shown,
        *,
        sampling: Sampling | None = None,
        draw: int = 0,
    ) -> Reply:
        """Make a call whose text is shown as it streams; the caller puts it into a section."""
        ask = self._ask_of(purpose, messages, limit, sampling, draw)
        reply = await self._cache.streamed(ask, shown)
        self.calls.append(CallRecord(ask=ask, reply=reply))
        self._end(shown)
        return reply

    def next_phase(self) -> Phase:
        """Return the first section without text, or the last section."""
        return next((phase for phase in SECTIONS if not self.sections.get(phase)), "conclusion")

    def _ask_of(
        self, purpose: str, messages: Sequence[Message], max_tokens: int, sampling: Sampling | None, draw: int
    ) -> Ask:
        drawn = (Sampling() if sampling is None else sampling).model_copy(
            update={"seed": self._seed * _SEEDS_PER_RUN + draw}
        )
        return Ask(purpose=purpose, messages=tuple(messages), max_tokens=max_tokens, sampling=drawn, draw=draw)

    def _end(self, shown: Shown) -> None:
        self.ending = shown.ending
        if shown.ending in ("repeated", "landed", "cut"):
            self.guards.append(shown.ending)

    def _add(self, phase: Phase, text: str, reply: Reply) -> None:
        before = self.sections.get(phase, "")
        self.sections[phase] = f"{before.rstrip()}\n\n{text}" if before else text
        known = self.times.get(phase)
        wait = self._hidden_seconds + (reply.first_seconds or 0.0)
        seconds = self._hidden_seconds + reply.seconds
        self.times[phase] = SectionTimes(
            wait_seconds=wait if known is None else max(known.wait_seconds, wait),
            seconds=seconds + (0.0 if known is None else known.seconds),
            hidden_tokens=self._hidden_tokens + (0 if known is None else known.hidden_tokens),
        )
        self._hidden_seconds, self._hidden_tokens = 0.0, 0
