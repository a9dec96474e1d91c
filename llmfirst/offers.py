"""The models that can be chosen, what their providers answered, and the one chosen: values."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llmfirst.errors import LlmfirstError
from llmfirst.loopback import is_loopback
from llmfirst.providers.base import ModelCard, ProviderKind

Because = Literal[
    "set",  # in the settings
    "last_used",
    "in_time",  # the largest one that is expected to keep the times of tier 1 on this machine
    "fastest",  # none is expected to keep them
    "loaded",  # already in memory, where nothing is known of the machine
    "hub_answers",  # the embedded default, downloaded from the Hugging Face hub
    "index_only",  # the embedded default where only the package index answers
    "first",  # the first one listed
    "left",  # the default before it was deleted
]
OllamaSays = Literal["not_asked", "answers", "absent", "no_chat_model"]


@dataclass(frozen=True)
class Offer:
    """A model that can be chosen."""

    provider: ProviderKind
    card: ModelCard
    address: str | None = None
    """Host and port of the service; None where the model runs in a process of our own."""

    @property
    def key(self) -> str:
        """The unique name of the model, `provider/model`."""
        return f"{self.provider}/{self.card.name}"

    @property
    def is_near(self) -> bool:
        """Whether the model computes on this machine, as far as that is known."""
        if self.address is None:
            return self.provider == "embedded"
        return self.provider == "ollama" and is_loopback(self.address.rpartition(":")[0].strip("[]") or self.address)


@dataclass(frozen=True)
class Found:
    """A provider, and what it answered when it was asked for its models."""

    provider: ProviderKind
    name: str
    address: str | None
    build: str | None = None
    """The program that runs the models, with its version."""
    offers: tuple[Offer, ...] = ()
    """All its models, also those that cannot chat."""
    error: LlmfirstError | None = None
    """Why there is no list of them."""


@dataclass(frozen=True)
class Choice:
    """The model chosen at the start, and why."""

    offer: Offer
    because: Because
    ollama: OllamaSays = "not_asked"
    """What the provider setting `auto` found out about Ollama."""


Suited = Callable[[Sequence[Offer]], Coroutine[Any, Any, tuple[Offer, Because] | None]]
"""Says which of several models is the right one for this machine, and why; None where nothing is known of it."""
