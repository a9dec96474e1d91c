"""A model that a probe can try: it answers whatever is asked, and chooses as it is told."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from llmfirst.engine.idle import Idle
from llmfirst.engine.profile_probe import ProbeSteps, probe_model
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.errors import ProviderUnavailable
from llmfirst.models import Models
from llmfirst.providers.base import Chunk, Request, TokenLogprob
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.store import DocumentStore
from tests.clock import run
from tests.scripted import END, LENGTH, ScriptedProvider, handle

PLAN = "Say what.\n\nSay why.\n\nAdvise."


class Tryable(ScriptedProvider):
    """Answers whatever is asked; `choose` gives the share of the first word for what is read.

    Each reply takes `seconds` twice: before its text and before its end. One that `thinks` can be told to or not; its
    text then says that it did.
    """

    def __init__(
        self,
        choose: Callable[[str], float],
        *,
        logprobs: bool = True,
        seconds: float = 0.0,
        has_failed: bool = False,
        thinks: bool = False,
        thought_seconds: float = 3.0,
    ) -> None:
        super().__init__()
        self._thought_seconds = thought_seconds
        think = ("off", "on") if thinks else ()
        self.can = self.can.model_copy(update={"logprobs": logprobs, "think": think})
        self.has_failed = has_failed
        self._choose = choose
        self._seconds = seconds

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        self.opened += 1
        try:
            if self.has_failed:
                raise ProviderUnavailable("The service is gone: start it.")
            await asyncio.sleep(self._seconds)
            if request.think == "on":
                for _ in range(int(self._thought_seconds)):
                    await asyncio.sleep(1.0)
                    yield Chunk(thought="Hm. ")
            if request.max_tokens == 1:
                yield self._choice(request)
            else:
                for word in self._text(request).split(" "):
                    yield Chunk(text=f"{word} ")
            await asyncio.sleep(self._seconds)
            yield LENGTH if request.max_tokens == 1 else END
        finally:
            self.closed += 1

    def _choice(self, request: Request) -> Chunk:
        said = request.messages[-1].content
        words, share = ("A", "B") if "A:\n~~~" in said else ("Yes", "No"), self._choose(said)
        top = tuple(
            TokenLogprob(token=word, logprob=math.log(each))
            for word, each in zip(words, (share, 1 - share), strict=True)
        )
        told = (top[0].model_copy(update={"top": top}),) if request.top_logprobs else ()
        return Chunk(text=words[0] if share > 0.5 else words[1], logprobs=told)

    def _text(self, request: Request) -> str:
        is_told = any(part in request.messages[-1].content for part in ("Say what.", "Say why.", "Advise."))
        if request.messages[0].role == "system" and not is_told:
            return PLAN if "three short paragraphs" in request.messages[0].content else "Plan."
        thought = "THOUGHT " if request.think == "on" else ""
        return f"{thought}{'INSTRUCTED' if is_told else 'PLAIN'} part {len(self.requests)} of the answer."


def likes_instructed(said: str) -> float:
    if "A:\n~~~" not in said:
        return 0.9
    return 0.8 if said.index("INSTRUCTED") < said.index("PLAIN") else 0.3


def likes_thinking(said: str) -> float:
    """Prefer an answer with thinking in it, else the plain one."""
    if "A:\n~~~" not in said:
        return 0.9
    if "THOUGHT" in said:
        return 0.8 if said.index("THOUGHT") < said.index("B:\n~~~") else 0.3
    return 0.8 if said.index("PLAIN") < said.index("INSTRUCTED") else 0.3


def likes_the_first(said: str) -> float:
    return 0.9


def tried_out(provider: ScriptedProvider) -> ProbeSteps:
    """Return the whole probe of a model, on virtual time."""

    async def main() -> ProbeSteps:
        made = ProbeSteps()
        async for step in probe_model(handle(provider), load_profiles(), deadline_seconds=60):
            made = made.then(step)
        return made

    return run(main())


def probe_of(
    models: Models,
    idle: Idle,
    documents: DocumentStore,
    *,
    profiles: ProfileBook | None = None,
    quiet_seconds: float = 60.0,
    is_on: bool = True,
) -> BackgroundProbe:
    """Return the probe of these models, which nobody runs yet."""
    return BackgroundProbe(
        models,
        idle,
        ProfileBook(load_profiles()) if profiles is None else profiles,
        ProbeArchive(documents),
        deadline_seconds=120,
        now=lambda: datetime(2026, 11, 29, tzinfo=UTC),
        quiet_seconds=quiet_seconds,
        is_on=is_on,
    )


def no_probe(models: Models, documents: DocumentStore) -> BackgroundProbe:
    """Return the probe of a program in which it is switched off."""
    return probe_of(models, Idle(), documents, is_on=False)
