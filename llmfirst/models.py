"""Which models there are, which one is taken and why, and whether it is ready: what page and API ask of providers."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from llmfirst.engine.admission import Admission
from llmfirst.errors import LlmfirstError, ModelMissing, NotReady, ProviderError, ProviderUnavailable
from llmfirst.providers.base import ModelCard, ModelHandle, ModelManager, Provider, ProviderKind, Warmth

logger = logging.getLogger(__name__)

Because = Literal["set", "last_used", "loaded", "smallest", "hub_answers", "index_only", "first"]
Stage = Literal["downloading", "checking", "queued", "loading"]
OllamaSays = Literal["not_asked", "answers", "absent", "no_chat_model"]


@dataclass(frozen=True)
class Offer:
    """A model that can be chosen; `key` is `provider/model` and unique."""

    provider: ProviderKind
    card: ModelCard

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.card.name}"


@dataclass(frozen=True)
class Choice:
    """The model taken at the start, and why; `ollama` is what `auto` found."""

    offer: Offer
    because: Because
    ollama: OllamaSays = "not_asked"


@dataclass(frozen=True)
class Preparing:
    """On its way; bytes only while downloading and checking."""

    stage: Stage
    done_bytes: int = 0
    total_bytes: int | None = None


@dataclass(frozen=True)
class Ready:
    """It can be asked; loading took `warm_seconds`."""

    warm_seconds: float


@dataclass(frozen=True)
class Failed:
    """It cannot be asked; the message says what happened and what to do."""

    message: str


Readiness = Preparing | Ready | Failed


class Models:
    """The models of the opened providers; one preparation per model at a time, shared by all who wait for it."""

    def __init__(self, providers: Mapping[ProviderKind, Provider], admission: Admission) -> None:
        self._providers = providers
        self._admission = admission
        self._chosen: Choice | None = None
        self._offers: dict[str, Offer] = {}
        self._readiness: dict[str, Readiness] = {}
        self._preparing: set[asyncio.Task[None]] = set()
        self._warming: dict[str, asyncio.Task[Warmth]] = {}
        self._news = asyncio.Event()

    @property
    def chosen(self) -> Choice:
        """The model taken when nobody chooses; `choose` comes first."""
        assert self._chosen is not None
        return self._chosen

    async def choose(self, model: str | None, last_model: Callable[[ProviderKind], str | None]) -> Choice:
        """Take the first provider that has a model for us; a ProviderError says why none can be taken.

        The model that was set, else the one used last, else one that is loaded, else the smallest that can chat.
        """
        ollama: OllamaSays = "not_asked"
        missing: list[str] = []
        for kind in self._providers:
            is_last = kind == list(self._providers)[-1]
            try:
                offers = [offer for offer in await self._list(kind) if offer.card.is_chat]
                choice = await self._take(kind, offers, model, last_model(kind))
            except ProviderUnavailable:
                if is_last:
                    raise
                ollama = "absent"
            except ModelMissing as error:
                missing.append(str(error))
                ollama = "answers"
            else:
                if choice is not None:
                    self._chosen = Choice(choice.offer, choice.because, "answers" if kind == "ollama" else ollama)
                    return self._chosen
                ollama = "no_chat_model"
        raise ModelMissing(
            " ".join(missing)
            or "No model that can chat is here: pull one with `ollama pull qwen2.5:3b`, or use --provider embedded."
        )

    async def offers(self) -> tuple[Offer, ...]:
        """List what can be chosen now; a provider that does not answer offers nothing."""
        found: list[Offer] = []
        for kind in self._providers:
            try:
                found += [offer for offer in await self._list(kind) if offer.card.is_chat]
            except ProviderError as error:
                logger.info("%s offers nothing: %s", kind, error)
        chosen = self.chosen.offer
        if chosen.key not in {offer.key for offer in found}:  # a file or a hub reference is in no list
            found.append(chosen)
        return tuple(found)

    def provider(self, kind: ProviderKind) -> Provider:
        """Return an opened provider; ProviderUnavailable when the settings allow none of this kind."""
        if kind not in self._providers:
            raise ProviderUnavailable(f"The provider {kind} is not open here: start with --provider {kind}.")
        return self._providers[kind]

    def readiness(self, key: str) -> Readiness | None:
        """Return how far a model is; None when nobody asked for it yet."""
        return self._readiness.get(key)

    async def news(self) -> None:
        """Wait until any readiness changes."""
        await self._news.wait()

    def begin(self, key: str) -> None:
        """Bring a model here and load it, unless that is done or under way; `readiness` tells how far it is."""
        offer = self._offer(key)
        if not isinstance(self.readiness(key), Preparing | Ready):
            self._say(offer, Preparing("queued"))
            task = asyncio.create_task(self._prepare(offer))
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)

    def handle(self, key: str | None) -> ModelHandle:
        """Return the model to ask; NotReady while it is on its way, ModelMissing when nobody offers it."""
        offer = self.chosen.offer if key is None else self._offer(key)
        match self.readiness(offer.key):
            case Ready():
                pass
            case Failed(message=message):
                raise NotReady(message)
            case None if offer.card.is_here:
                self.begin(offer.key)
                raise NotReady(f"The model {offer.card.name} is being loaded: ask again in half a minute.")
            case None:
                raise NotReady(f"The model {offer.card.name} is not here yet: choose it on the page to download it.")
            case Preparing():
                raise NotReady(f"The model {offer.card.name} is not ready yet: wait until the page says so.")
        provider = self._providers[offer.provider]
        return ModelHandle(provider, offer.card.name, offer.card.digest, warm=lambda: self._warm(offer))

    async def aclose(self) -> None:
        """Stop what is on its way, and close the providers."""
        tasks = [*self._preparing, *self._warming.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for provider in self._providers.values():
            await provider.aclose()

    async def _list(self, kind: ProviderKind) -> list[Offer]:
        offers = [Offer(kind, card) for card in await self._providers[kind].models()]
        self._offers.update({offer.key: offer for offer in offers})
        return offers

    async def _take(
        self, kind: ProviderKind, offers: list[Offer], model: str | None, last: str | None
    ) -> Choice | None:
        named = {offer.card.name: offer for offer in offers}
        if model is not None:
            return Choice(named.get(model) or await self._shown(kind, model), "set")
        if last in named and kind != "embedded":
            return Choice(named[last], "last_used")
        for offer in offers:
            if offer.card.default_because is not None:
                return Choice(offer, offer.card.default_because)
            if offer.card.is_loaded and kind == "ollama":
                return Choice(offer, "loaded")
        sized = [offer for offer in offers if offer.card.size_bytes is not None]
        if sized:
            return Choice(min(sized, key=lambda offer: offer.card.size_bytes or 0), "smallest")
        return Choice(offers[0], "first") if offers else None

    async def _shown(self, kind: ProviderKind, model: str) -> Offer:
        provider = self._providers[kind]
        if not isinstance(provider, ModelManager):
            names = ", ".join(offer.card.name for offer in self._offers.values() if offer.provider == kind)
            raise ModelMissing(f"{provider.name} does not serve the model {model}: choose one of {names}.")
        offer = Offer(kind, await provider.show(model))
        self._offers[offer.key] = offer
        return offer

    def _offer(self, key: str) -> Offer:
        if key not in self._offers:
            raise ModelMissing(f"There is no model {key}: choose one of {', '.join(self._offers)}.")
        return self._offers[key]

    async def _prepare(self, offer: Offer) -> None:
        try:
            await self._pull(offer)
            place = self._admission.take_place(is_bounded=False)  # loading beside an answer would slow that answer
            try:
                while place.ahead > 0:
                    await place.moved()
                self._say(offer, Preparing("loading"))
                started = asyncio.get_running_loop().time()
                await self._warm(offer)
                self._say(offer, Ready(asyncio.get_running_loop().time() - started))
            finally:
                place.leave()
        except LlmfirstError as error:
            self._say(offer, Failed(str(error)))

    async def _pull(self, offer: Offer) -> None:
        provider = self._providers[offer.provider]
        if offer.provider != "embedded" or not isinstance(provider, ModelManager):
            return
        if not offer.card.is_here:
            self._say(offer, Preparing("downloading", 0, offer.card.size_bytes))
        async with aclosing(provider.pull(offer.card.name)) as steps:
            async for step in steps:
                self._say(offer, Preparing(step.stage, step.done_bytes, step.total_bytes))

    async def _warm(self, offer: Offer) -> Warmth:
        """Load the model in a task of its own: a load that is cut off is lost, whoever waited for it."""
        if offer.key not in self._warming:
            task = asyncio.create_task(self._providers[offer.provider].warm(offer.card.name))
            self._warming[offer.key] = task
            task.add_done_callback(lambda _: self._warming.pop(offer.key, None))
        return await asyncio.shield(self._warming[offer.key])

    def _say(self, offer: Offer, readiness: Readiness) -> None:
        self._readiness[offer.key] = readiness
        news, self._news = self._news, asyncio.Event()
        news.set()


async def readiness_of(models: Models, key: str) -> AsyncGenerator[Readiness, None]:
    """Yield each readiness of a model that was begun as it changes; ends with Ready or Failed."""
    told: Readiness | None = None
    while not isinstance(told, Ready | Failed):
        now = models.readiness(key)
        if now is not None and now != told:
            told = now
            yield now
        else:
            await models.news()
