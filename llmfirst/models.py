"""Models: list them, choose the first one, load them, and report whether they are ready."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from llmfirst.downloads import BegunDownloads, Downloads
from llmfirst.engine.admission import Admission
from llmfirst.errors import (
    LlmfirstError,
    ModelInUse,
    ModelMissing,
    ModelUnusable,
    NoModelList,
    NotReady,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)
from llmfirst.loopback import is_loopback
from llmfirst.machine.room import Fit, FreeMemory, fit_of, memory_needed
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import ModelCard, ModelHandle, ModelManager, Provider, ProviderKind, Warmth
from llmfirst.service_check import ServiceCheck
from llmfirst.visible_text import some_of

logger = logging.getLogger(__name__)

Key = TypeVar("Key")
Result = TypeVar("Result")

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
Stage = Literal["downloading", "checking", "stopped", "queued", "loading"]
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


Suited = Callable[[Sequence[Offer]], Coroutine[Any, Any, tuple[Offer, Because] | None]]
"""Says which of several models is the right one for this machine, and why; None where nothing is known of it."""


class Models:
    """The models of the opened providers. Each is downloaded and loaded once at a time, for all callers together."""

    def __init__(
        self,
        providers: Mapping[ProviderKind, Provider],
        admission: Admission,
        *,
        context_tokens: int = 8192,
        free_memory: Callable[[], FreeMemory] | None = None,
        begun_downloads: BegunDownloads | None = None,
    ) -> None:
        """`free_memory` reads what is free; None: models are loaded as if nothing were."""
        self._providers = providers
        self._admission = admission
        self._context_tokens = context_tokens
        self._free_memory = free_memory
        self._displacing: set[ProviderKind] = set()
        self.downloads = Downloads(providers, begun_downloads)
        self._chosen: Choice | None = None
        self._offers: dict[str, Offer] = {}
        self._unlisted_offers: dict[str, Offer] = {}
        self._readiness: dict[str, Readiness] = {}
        self._preparing: set[asyncio.Task[None]] = set()
        self._pulling: dict[str, asyncio.Task[None]] = {}
        self._warming: dict[tuple[str, int | None], asyncio.Task[Warmth]] = {}
        self._checks = {kind: ServiceCheck(provider) for kind, provider in providers.items() if provider.address}
        self._news = asyncio.Event()

    @property
    def chosen(self) -> Choice:
        """The default model. Call `choose` first."""
        assert self._chosen is not None
        return self._chosen

    async def choose(
        self,
        model: str | None,
        last_model: Callable[[ProviderKind], str | None],
        suited: Suited | None = None,
    ) -> Choice:
        """Choose the default model from the first provider that has one.

        The order of preference among those that are here: `model`, the model used last, the one that `suited` says, one
        that is loaded. Raises ProviderError if no provider has a model.
        """
        ollama: OllamaSays = "not_asked"
        missing: list[str] = []
        for kind in self._providers:
            is_last = kind == list(self._providers)[-1]
            try:
                choice = await self._take(kind, await self._listed(kind, model), model, last_model(kind), suited)
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
        if missing:
            raise ModelMissing(" ".join(missing))
        if list(self._providers) == ["openai"]:
            raise ModelMissing("The server lists no model: name the one to use with --model.")
        raise ModelMissing(
            "No chat model is installed: pull one with `ollama pull qwen3:4b-instruct`, or use --provider embedded."
        )

    async def offers(self) -> tuple[Offer, ...]:
        """List the chat models that can be chosen now. A provider that does not respond is left out."""
        offers: list[Offer] = []
        for kind in self._providers:
            try:
                offers += [offer for offer in await self._list(kind) if offer.card.is_chat]
            except ProviderError as error:
                logger.info("the models of %s are left out: %s", kind, error)
        listed = {offer.key for offer in offers}
        named = {**self._unlisted_offers, self.chosen.offer.key: self.chosen.offer}
        return (*offers, *(offer for key, offer in named.items() if key not in listed))

    async def found(self) -> tuple[Found, ...]:
        """Ask each provider for its models, also those that cannot be chosen, without loading anything."""
        return tuple([await self._found(kind, provider) for kind, provider in self._providers.items()])

    async def fits(self, offers: Sequence[Offer]) -> dict[str, Fit]:
        """Return how each of these models that is of this machine and not loaded would lie in its memory, by key."""
        if self._free_memory is None:
            return {}
        free = await asyncio.to_thread(self._free_memory)
        near = [offer for offer in offers if offer.is_near and offer.card.size_bytes]
        loaded = [offer for offer in near if offer.card.is_loaded]
        return {
            offer.key: fit_of(
                offer.card.size_bytes or 0,
                self._context_tokens,
                free,
                loaded_bytes=sum(
                    memory_needed(other.card.size_bytes or 0, self._context_tokens)
                    for other in loaded
                    if other.provider == offer.provider
                ),
                uses_gpu=offer.provider == "ollama",
            )
            for offer in near
            if offer not in loaded
        }

    def provider(self, kind: ProviderKind) -> Provider:
        """Return an opened provider. Raises ProviderUnavailable if the settings open none of this kind."""
        if kind not in self._providers:
            raise ProviderUnavailable(f"The provider {kind} is not in use: start with --provider {kind}.")
        return self._providers[kind]

    def readiness(self, key: str) -> Readiness | None:
        """Return the state of a model; None before `begin`."""
        return self._readiness.get(key)

    async def checked(self, key: str) -> Readiness | None:
        """Return the state of a model after a look whether its service answers.

        Nothing is loaded by the look, and while somebody uses the machine the last one counts. A model that failed
        because its service was not there begins to load when the service is back.
        """
        readiness, check = self.readiness(key), self._checks.get(self._offer(key).provider)
        if check is None or not isinstance(readiness, Ready | Failed):
            return readiness
        error = check.found if self._admission.idle.is_used else await check.look()
        if error is not None:
            return _failed(error)
        if isinstance(readiness, Failed) and readiness.problem is not None and readiness.problem.may_pass:
            self.begin(key)
        return self.readiness(key)

    async def news(self) -> None:
        """Wait until any readiness changes."""
        await self._news.wait()

    @property
    def slots(self) -> int:
        """How many questions are answered at the same time."""
        return self._admission.slots

    def begin(self, key: str) -> None:
        """Start to download and load a model, unless that has been started; `readiness` reports the progress.

        Raises ModelMissing if no provider offers the model.
        """
        offer = self._offer(key)
        match self.readiness(key):
            case Preparing(stage="stopped"):
                self.downloads.begin(offer.provider, offer.card.name, is_awaited=True)
            case None | Failed():
                self._say(offer, Preparing("queued"))
                task = asyncio.create_task(self._prepare(offer))
                self._preparing.add(task)
                task.add_done_callback(self._preparing.discard)
            case _:
                pass  # it is on its way, or there

    async def load(self, key: str, context_tokens: int | None = None) -> float:
        """Bring a model into memory, also one that was displaced; return the seconds that it took, without the line.

        `context_tokens` is how long its context is to be; None: as its provider is set.

        Raises ModelMissing if no provider offers the model, and ProviderError if it cannot be loaded.
        """
        offer = self._offer(key)
        if isinstance(self.readiness(key), Ready):
            return await self._load_in_line(offer, context_tokens)
        self.begin(key)
        async with aclosing(readiness_of(self, key)) as states:
            *_, readiness = [state async for state in states]
        if isinstance(readiness, Failed):
            raise ProviderUnavailable(readiness.message, readiness.problem)
        assert isinstance(readiness, Ready)
        again = 0.0 if context_tokens is None else await self._load_in_line(offer, context_tokens)
        return readiness.warm_seconds + again

    def handle(self, key: str | None, context_tokens: int | None = None) -> ModelHandle:
        """Return a handle to a model, or to the default model; who warms it waits until it is loaded.

        `context_tokens` is how long its context is to be; None: as its provider is set.

        Raises ModelMissing if no provider offers the model, and NotReady while it is still to be downloaded, because
        that takes longer than a question may wait. If loading it has failed, raises ModelUnusable where that lasts;
        else NotReady, and loading is tried once more.
        """
        offer = self.chosen.offer if key is None else self._offer(key)
        readiness = self.readiness(offer.key)
        if isinstance(readiness, Failed):
            if readiness.is_lasting:
                raise ModelUnusable(readiness.message, readiness.problem)
            if offer.card.is_here:
                self.begin(offer.key)
            raise NotReady(readiness.message, readiness.problem)
        if self._is_coming(offer):
            raise NotReady(_how_far(offer, readiness))
        return self.handle_of(offer, context_tokens)

    def handle_of(self, offer: Offer, context_tokens: int | None = None) -> ModelHandle:
        """Return a handle to a model as it is, also one that cannot be asked yet."""
        provider = self._providers[offer.provider]
        card = offer.card
        return ModelHandle(
            provider,
            card.name,
            card.digest,
            warm=lambda: self._bring(offer, context_tokens),
            context_tokens=context_tokens,
        )

    def can_be_asked(self, key: str) -> bool:
        """Return whether a question to the model would be answered, perhaps after its load. Call `begin` first."""
        return not self._is_coming(self._offer(key)) and not isinstance(self.readiness(key), Failed)

    def ready(self) -> tuple[str, ...]:
        """Return the models that were loaded here."""
        return tuple(key for key, readiness in self._readiness.items() if isinstance(readiness, Ready))

    async def is_loaded(self, key: str) -> bool:
        """Return whether a model is in memory now, as far as its service tells. Raises ProviderError."""
        offer = self._offer(key)
        provider = self._providers[offer.provider]
        if isinstance(provider, ModelManager):
            return (await provider.show(offer.card.name)).is_loaded is True
        try:
            cards = {card.name: card for card in await provider.models()}
        except NoModelList:
            cards = {}
        return cards.get(offer.card.name, offer.card).is_loaded is not False

    @property
    def bringers(self) -> tuple[ProviderKind, ...]:
        """The opened providers that can bring models here."""
        return tuple(kind for kind, provider in self._providers.items() if isinstance(provider, ModelManager))

    def bring(self, model: str) -> str:
        """Begin to bring a model here by its name, and return its key.

        The catalogue of the embedded provider goes before the registries that Ollama knows. Raises ProviderRejected
        where no provider knows such a name.
        """
        kinds = sorted(self.bringers, key=lambda kind: kind != "embedded")
        if not kinds:
            raise ProviderRejected("This provider brings no models here: install it where its server runs.")
        for kind in kinds:
            provider = self._providers[kind]
            if isinstance(provider, ModelManager) and (provider.can_pull(model) or kind == kinds[-1]):
                self.downloads.begin(kind, model)
                return f"{kind}/{model}"
        raise AssertionError(kinds)

    def fetch(self, key: str) -> None:
        """Begin or resume the download of a model by its key. Raises ProviderRejected, ProviderUnavailable."""
        kind, _, model = key.partition("/")
        if kind not in self.bringers:
            raise ProviderUnavailable(f"Nothing here brings {key}: choose another model.")
        self.downloads.begin(kind, model)

    async def discard(self, key: str) -> None:
        """Take a download off the list that has not come to its end, and delete what has come."""
        download = self.downloads.find(key)
        if download is None or download.is_open or download.is_awaited:
            return
        provider = self._providers[download.provider]
        if isinstance(provider, ModelManager):
            await provider.discard(download.model)
        await self.downloads.forget(key)

    def begin_again(self, key: str) -> None:
        """Load a model also if it was loaded before and may have been displaced since; as `begin`."""
        if isinstance(self.readiness(key), Ready):
            self._unsay(key)
        self.begin(key)

    async def unload(self, key: str) -> None:
        """Free the memory of a model; it is loaded again when somebody asks it. Raises ModelInUse, ProviderError."""
        offer, manager = self._managed(key)
        async with self._unused(offer, manager):
            await manager.unload(offer.card.name)
            self._unsay(key)

    async def delete(self, key: str) -> int | None:
        """Delete the weights of a model and return how many bytes that frees; None where another one shares them.

        Where it was the default model, another one becomes that. Raises ModelInUse, ProviderError.
        """
        offer, manager = self._managed(key)
        await self.downloads.stop(key)
        async with self._unused(offer, manager):
            await manager.delete(offer.card.name)
            self._unsay(key)
        self._offers.pop(key, None)
        self._unlisted_offers.pop(key, None)
        await self.downloads.forget(key)
        if key == self.chosen.offer.key:
            here = [other for other in await self.offers() if other.card.is_here and other.key != key]
            if here:
                self._chosen = Choice(next((one for one in here if one.card.is_loaded), here[0]), "left")
        is_shared = offer.card.digest in {other.card.digest for other in self._offers.values()}
        return None if is_shared and offer.card.digest is not None else offer.card.size_bytes

    def _managed(self, key: str) -> tuple[Offer, ModelManager]:
        offer = self._offer(key)
        provider = self._providers[offer.provider]
        if not isinstance(provider, ModelManager):
            raise ProviderRejected(f"{provider.name} keeps its models itself: unload or delete {key} where it runs.")
        return offer, provider

    @asynccontextmanager
    async def _unused(self, offer: Offer, manager: ModelManager) -> AsyncGenerator[None, None]:
        """Keep the work in the background away from the machine; ModelInUse where an answer needs the model."""
        async with self._admission.idle.used():
            is_loading = any(key == offer.key for key, _ in self._warming)
            if is_loading or self._admission.is_asked(offer.key) or manager.is_answering(offer.card.name):
                raise ModelInUse(
                    f"{offer.card.name} is in use now: wait until the answer has ended, or stop it, then try again.",
                    ModelProblem(code="in_use", model=offer.card.name),
                )
            yield

    async def aclose(self) -> None:
        """Cancel downloads and loads in progress, and close the providers."""
        await self.downloads.aclose()
        tasks = [*self._preparing, *self._pulling.values(), *self._warming.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for check in self._checks.values():
            await check.aclose()
        for provider in self._providers.values():
            await provider.aclose()

    async def _listed(self, kind: ProviderKind, model: str | None) -> list[Offer]:
        """Return the chat models of a provider; a model that is named needs no list."""
        try:
            return [offer for offer in await self._list(kind) if offer.card.is_chat]
        except NoModelList:
            if model is None:
                raise
            return []

    async def _list(self, kind: ProviderKind) -> list[Offer]:
        provider = self._providers[kind]
        offers = [Offer(kind, card, provider.address) for card in await provider.models()]
        self._offers.update({offer.key: offer for offer in offers})
        return offers

    async def _found(self, kind: ProviderKind, provider: Provider) -> Found:
        try:
            offers = await self._list(kind)
            return Found(kind, provider.name, provider.address, await provider.build(), tuple(offers))
        except ProviderError as error:
            named = [*self._unlisted_offers.values(), self.chosen.offer]
            known = tuple({offer.key: offer for offer in named if offer.provider == kind}.values())
            return Found(kind, provider.name, provider.address, offers=known, error=error)

    async def _take(
        self, kind: ProviderKind, offers: list[Offer], model: str | None, last: str | None, suited: Suited | None
    ) -> Choice | None:
        named = {offer.card.name: offer for offer in offers}
        if model is not None:
            return Choice(named.get(model) or await self._unlisted(kind, offers, model), "set")
        here = [offer for offer in offers if offer.card.is_here]
        if last is not None and last in named and named[last].card.is_here:
            return Choice(named[last], "last_used")
        default = next((offer for offer in offers if offer.card.default_because is not None), None)
        if default is not None and default.card.default_because is not None:
            # A small one that lies here for tests does not keep the default from being brought.
            here = [offer for offer in here if (offer.card.size_bytes or 0) >= (default.card.size_bytes or 0)]
            if not any(offer.key != default.key for offer in here):
                return Choice(default, default.card.default_because)
        if suited is not None and len(here) > 1 and (found := await suited(here)) is not None:
            return Choice(*found)
        if default is not None and default.card.default_because is not None:
            return Choice(default, default.card.default_because)
        if kind == "ollama" and (loaded := [offer for offer in here if offer.card.is_loaded]):
            return Choice(loaded[0], "loaded")
        return Choice(here[0], "first") if here else None

    async def _unlisted(self, kind: ProviderKind, offers: list[Offer], model: str) -> Offer:
        """Return a model that is in no list: where its provider knows it, or has no list that could lack it."""
        provider = self._providers[kind]
        if isinstance(provider, ModelManager):
            card = await provider.show(model)
        elif offers:
            names = some_of([offer.card.name for offer in offers])
            raise ModelMissing(
                f"{provider.name} does not have the model {model}: choose one of {names}.",
                ModelProblem(code="missing", service=provider.name, model=model),
            )
        else:
            card = ModelCard(name=model)
        offer = Offer(kind, card, provider.address)
        self._offers[offer.key] = self._unlisted_offers[offer.key] = offer
        return offer

    def _offer(self, key: str) -> Offer:
        if key not in self._offers:
            raise ModelMissing(f"There is no model {key}: choose one of {some_of(list(self._offers))}.")
        return self._offers[key]

    def _is_coming(self, offer: Offer) -> bool:
        """Return whether the weights are still to be downloaded."""
        match self.readiness(offer.key):
            case Preparing(stage="downloading" | "stopped"):
                return True
            case Preparing(stage="queued" | "checking") | None:
                return not offer.card.is_here
            case _:
                return False

    async def _prepare(self, offer: Offer) -> None:
        try:
            await self._pulled(offer)
            await self._load_in_line(offer)
        except LlmfirstError as error:
            self._say(offer, _failed(error))
        except Exception as error:  # a bug: whoever waits for the model is told
            logger.exception("preparing %s met an error in the program", offer.key)
            self._say(offer, _failed(error))

    async def _load_in_line(self, offer: Offer, context_tokens: int | None = None) -> float:
        """Load the model in a place of its own: behind an answer in progress, unless the memory holds both models."""
        place = self._admission.take_place(is_bounded=False, loads=offer.key)
        try:
            while place.ahead > 0 and not (context_tokens is None and await self._can_load_beside(offer)):
                await place.moved()
            self._admission.mark_others(place)
            is_beside, loaded = place.ahead > 0, self._loaded(offer.provider)
            await self._admission.idle.cleared()
            started = asyncio.get_running_loop().time()
            await self._warm(offer, context_tokens)
            seconds = asyncio.get_running_loop().time() - started
            if is_beside:
                await self._list(offer.provider)
                if gone := loaded - self._loaded(offer.provider):
                    logger.warning(
                        "%s displaced %s: from now on loads wait for answers", offer.key, some_of(list(gone))
                    )
                    self._displacing.add(offer.provider)
            return seconds
        finally:
            place.leave()

    async def _can_load_beside(self, offer: Offer) -> bool:
        """Return whether a model can be loaded while others answer, so that none of them is displaced or measured."""
        if self._admission.is_measured or offer.provider in self._displacing:
            return False
        fit = (await self.fits(await self.offers())).get(offer.key)
        return fit is not None and fit.kind == "beside"

    def _loaded(self, kind: ProviderKind) -> set[str]:
        """Return the models of a provider that were in memory when it was last asked."""
        return {key for key, offer in self._offers.items() if offer.provider == kind and offer.card.is_loaded}

    async def _bring(self, offer: Offer, context_tokens: int | None) -> Warmth:
        """Check the weights and load the model, unless that has been done; ProviderError says why it failed."""
        try:
            if not isinstance(self.readiness(offer.key), Ready):
                await self._pulled(offer)
            return await self._warm(offer, context_tokens)
        except ProviderError:
            raise
        except LlmfirstError as error:  # of the weights
            raise ProviderUnavailable(str(error), error.problem) from error

    async def _pulled(self, offer: Offer) -> None:
        await _shared(self._pulling, offer.key, lambda: self._pull(offer))

    async def _warm(self, offer: Offer, context_tokens: int | None) -> Warmth:
        return await _shared(self._warming, (offer.key, context_tokens), lambda: self._load(offer, context_tokens))

    async def _pull(self, offer: Offer) -> None:
        provider = self._providers[offer.provider]
        if offer.provider != "embedded" or not isinstance(provider, ModelManager):
            return
        if offer.card.is_here:  # nothing comes, but it may have to be checked
            async with aclosing(provider.pull(offer.card.name)) as steps:
                async for step in steps:
                    self._say(offer, Preparing(step.stage, step.done_bytes, step.total_bytes))
            return
        self._say(offer, Preparing("downloading", 0, offer.card.size_bytes))
        self.downloads.begin(offer.provider, offer.card.name, is_awaited=True)
        async with aclosing(self.downloads.followed(offer.key)) as states:
            async for download in states:
                if download.error is not None:
                    raise download.error
                if download.stage in ("downloading", "checking", "stopped"):
                    self._say(offer, Preparing(download.stage, download.done_bytes, download.total_bytes))

    async def _load(self, offer: Offer, context_tokens: int | None) -> Warmth:
        """Load the model; its readiness changes when this is the first time, and stays Ready when it is not."""
        is_first = not isinstance(self.readiness(offer.key), Ready)
        if is_first:
            self._say(offer, Preparing("loading"))
        started = asyncio.get_running_loop().time()
        try:
            warmth = await self._providers[offer.provider].warm(offer.card.name, context_tokens)
        except Exception as error:
            if is_first:
                self._say(offer, _failed(error))
            raise
        if is_first:
            self._say(offer, Ready(asyncio.get_running_loop().time() - started))
        return warmth

    def _say(self, offer: Offer, readiness: Readiness) -> None:
        self._readiness[offer.key] = readiness
        self._wake()

    def _unsay(self, key: str) -> None:
        """Take back what is known of a model: it is not loaded any more."""
        self._readiness.pop(key, None)
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


async def readiness_of(models: Models, key: str) -> AsyncGenerator[Readiness, None]:
    """Yield the readiness of a model each time it changes, until Ready or Failed. Call `Models.begin` first."""
    last: Readiness | None = None
    while not isinstance(last, Ready | Failed):
        current = models.readiness(key)
        if current is not None and current != last:
            last = current
            yield current
        else:
            await models.news()


async def _shared(
    tasks: dict[Key, asyncio.Task[Result]], key: Key, work: Callable[[], Coroutine[Any, Any, Result]]
) -> Result:
    """Do work in a task of its own, once for all callers: cut with its caller, it would have to begin again."""
    if key not in tasks:
        tasks[key] = asyncio.create_task(work())
        tasks[key].add_done_callback(lambda _: tasks.pop(key, None))
    return await asyncio.shield(tasks[key])


def _failed(error: Exception) -> Failed:
    if isinstance(error, LlmfirstError):
        return Failed(str(error), is_lasting=isinstance(error, ProviderRejected), problem=error.problem)
    return Failed(
        "An internal error kept the model from loading; the log has the details. Ask again.",
        problem=ModelProblem(code="internal"),
    )


def _how_far(offer: Offer, readiness: Readiness | None) -> str:
    name = offer.card.name
    match readiness:
        case Preparing(done_bytes=done, total_bytes=int(total)):
            return (
                f"The model {name} is being downloaded ({done / 1e6:,.0f} of {total / 1e6:,.0f} MB): ask again later."
            )
        case Preparing():
            return f"The model {name} is being downloaded: ask again later."
        case _:
            return f"The model {name} is not downloaded yet: choose it on the page first."
