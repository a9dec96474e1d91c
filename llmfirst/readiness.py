"""Whether a model can be used: the states on the way there, and what is known of each model."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from llmfirst.errors import LlmfirstError, ProviderRejected
from llmfirst.model_problem import ModelProblem

Stage = Literal["downloading", "checking", "stopped", "queued", "loading"]


@dataclass(frozen=True)
class Preparing:
    """The model is being downloaded or loaded. Bytes are counted while downloading and checking only."""

    stage: Stage
    done_bytes: int = 0
    total_bytes: int | None = None
    """None where the size is not known yet."""


@dataclass(frozen=True)
class Ready:
    """The model can be used."""

    warm_seconds: float
    """How long loading took."""


@dataclass(frozen=True)
class Failed:
    """The model cannot be used."""

    message: str
    """What happened and what to do."""

    is_lasting: bool = False
    """Whether it will not work later either, unless something is changed."""

    problem: ModelProblem | None = None
    """What the message says, as a code."""


Readiness = Preparing | Ready | Failed


class TellsReadiness(Protocol):
    """Whoever can be asked for the readiness of a model."""

    def readiness(self, key: str) -> Readiness | None: ...

    async def news(self) -> None: ...


class KnownReadiness:
    """What is known of the readiness of each model, by its key."""

    def __init__(self) -> None:
        self._readiness: dict[str, Readiness] = {}
        self._news = asyncio.Event()

    def readiness(self, key: str) -> Readiness | None:
        """Return the state of a model; None before somebody began to load it."""
        return self._readiness.get(key)

    def ready(self) -> tuple[str, ...]:
        """Return the models that were loaded here."""
        return tuple(key for key, readiness in self._readiness.items() if isinstance(readiness, Ready))

    async def news(self) -> None:
        """Wait until any readiness changes."""
        await self._news.wait()

    def say(self, key: str, readiness: Readiness) -> None:
        """Keep the new state of a model and tell all who wait for news."""
        self._readiness[key] = readiness
        self._wake()

    def unsay(self, key: str) -> None:
        """Take back what is known of a model: it is not loaded any more."""
        self._readiness.pop(key, None)
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


async def readiness_of(models: TellsReadiness, key: str) -> AsyncGenerator[Readiness, None]:
    """Yield the readiness of a model each time it changes, until Ready or Failed. Call `Models.begin` first."""
    last: Readiness | None = None
    while not isinstance(last, Ready | Failed):
        current = models.readiness(key)
        if current is not None and current != last:
            last = current
            yield current
        else:
            await models.news()


def failed(error: Exception) -> Failed:
    """Return the state of a model that met this error on its way."""
    if isinstance(error, LlmfirstError):
        return Failed(str(error), is_lasting=isinstance(error, ProviderRejected), problem=error.problem)
    return Failed(
        "An internal error kept the model from loading; the log has the details. Ask again.",
        problem=ModelProblem(code="internal"),
    )
