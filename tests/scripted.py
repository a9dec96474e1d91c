"""A scripted model: text is streamed, a number is a pause in seconds, an exception is raised."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime

from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import BARE, Profile, ProfileBook
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import AnswerEvent, TextAdded
from llmfirst.providers.base import (
    Capabilities,
    Chunk,
    ModelCard,
    ModelHandle,
    Provider,
    ProviderKind,
    Request,
    Usage,
    Warmth,
)

Step = str | float | Chunk | BaseException
Reply = Sequence[Step] | Callable[[], AsyncGenerator[Chunk, None]]
END = Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=3))

LENGTH = Chunk(finish_reason="length", usage=Usage(prompt_tokens=10, completion_tokens=3))


class ScriptedProvider:
    """Answers each request with the next reply; an unscripted request fails the test."""

    name = "scripted"
    kind: ProviderKind = "ollama"
    address: str | None = None
    can = Capabilities(prefill=True, logprobs=True)

    def __init__(
        self, *replies: Reply, load_seconds: float = 0.0, warm_errors: Sequence[Exception | None] = ()
    ) -> None:
        self._replies = list(replies)
        self._load_seconds = load_seconds
        self._warm_errors = list(warm_errors)
        self.warms = 0
        self.requests: list[Request] = []
        self.opened = 0
        self.closed = 0
        self.opening = asyncio.Event()
        self.closing = asyncio.Event()

    def capabilities(self, model: str) -> Capabilities:
        return self.can

    async def build(self) -> str | None:
        return None

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        assert self._replies, f"an unscripted request: {request}"
        reply = self._replies.pop(0)
        self.opened += 1
        self.opening.set()
        try:
            if callable(reply):
                async for chunk in reply():
                    yield chunk
                return
            for step in reply:
                match step:
                    case str():
                        yield Chunk(text=step)
                    case Chunk():
                        yield step
                    case BaseException():
                        raise step
                    case _:
                        await asyncio.sleep(step)
        finally:
            self.closed += 1
            self.closing.set()

    async def models(self) -> tuple[ModelCard, ...]:
        return (ModelCard(name="scripted"),)

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        self.warms += 1
        error = self._warm_errors.pop(0) if self._warm_errors else None
        if error is not None:
            raise error
        await asyncio.sleep(self._load_seconds)
        return Warmth(was_cold=self._load_seconds > 0 and self.warms == 1, placement="nowhere")

    async def aclose(self) -> None: ...


class PerSection(ScriptedProvider):
    """One that cannot go on with a message: each section is a call, and a reply of the script, of its own."""

    can = Capabilities(prefill=False, logprobs=True)


def handle(provider: Provider, model: str = "scripted") -> ModelHandle:
    return ModelHandle(provider=provider, model=model, digest="sha256:0", warm=lambda: provider.warm(model))


def asked(question: str = "why?", run_id: str = "run-1", halt: Halt | None = None) -> RunRequest:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return RunRequest(run_id=run_id, question=question, language="en", submitted_at=at, halt=halt or Halt())


def engine(
    deadline_seconds: float = 120.0, slots: int = 1, line_limit: int = 8, profile: Profile | None = None
) -> Engine:
    """Return an engine; `profile` is the one that every model has."""
    known = BARE if profile is None else BARE.model_copy(update={"profiles": {"direct": profile}})
    admission = Admission(slots=slots, line_limit=line_limit)
    return Engine(
        admission, deadline_seconds=deadline_seconds, wait_limit_seconds=300, profiles=ProfileBook(known, "direct")
    )


async def collect(events: AsyncGenerator[AnswerEvent, None]) -> list[AnswerEvent]:
    return [event async for event in events]


def text_of(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextAdded))
