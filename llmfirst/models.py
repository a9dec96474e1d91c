"""The models of the program, in one place for all who use them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from llmfirst.downloads import BegunDownloads, Downloads
from llmfirst.engine.admission import Admission
from llmfirst.errors import ModelInUse, ModelUnusable, NoModelList, NotReady, ProviderRejected, ProviderUnavailable
from llmfirst.loading import Loader, how_far
from llmfirst.machine.room import Fit, FreeMemory
from llmfirst.model_list import ModelList
from llmfirst.model_problem import ModelProblem
from llmfirst.offers import Choice, Found, Offer, Suited
from llmfirst.providers.base import ModelHandle, ModelManager, Provider, ProviderKind
from llmfirst.readiness import Failed, KnownReadiness, Readiness, Ready, failed
from llmfirst.service_check import ServiceCheck


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
        self.downloads = Downloads(providers, begun_downloads)
        self._list = ModelList(providers)
        self._known = KnownReadiness()
        self._loader = Loader(
            providers,
            self._list,
            self._known,
            self.downloads,
            admission,
            context_tokens=context_tokens,
            free_memory=free_memory,
        )
        self._checks = {kind: ServiceCheck(provider) for kind, provider in providers.items() if provider.address}

    @property
    def chosen(self) -> Choice:
        """The default model. Call `choose` first."""
        return self._list.chosen

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
        return await self._list.choose(model, last_model, suited)

    async def offers(self) -> tuple[Offer, ...]:
        """List the chat models that can be chosen now. A provider that does not respond is left out."""
        return await self._list.offers()

    async def found(self) -> tuple[Found, ...]:
        """Ask each provider for its models, also those that cannot be chosen, without loading anything."""
        return await self._list.found()

    async def fits(self, offers: Sequence[Offer]) -> dict[str, Fit]:
        """Return how each of these models that is of this machine and not loaded would lie in its memory, by key."""
        return await self._loader.fits(offers)

    def provider(self, kind: ProviderKind) -> Provider:
        """Return an opened provider. Raises ProviderUnavailable if the settings open none of this kind."""
        if kind not in self._providers:
            raise ProviderUnavailable(f"The provider {kind} is not in use: start with --provider {kind}.")
        return self._providers[kind]

    def readiness(self, key: str) -> Readiness | None:
        """Return the state of a model; None before `begin`."""
        return self._known.readiness(key)

    async def checked(self, key: str) -> Readiness | None:
        """Return the state of a model after a look whether its service answers.

        Nothing is loaded by the look, and while somebody uses the machine the last one counts. A model that failed
        because its service was not there begins to load when the service is back.
        """
        readiness, check = self.readiness(key), self._checks.get(self._list.offer(key).provider)
        if check is None or not isinstance(readiness, Ready | Failed):
            return readiness
        error = check.found if self._admission.idle.is_used else await check.look()
        if error is not None:
            return failed(error)
        if isinstance(readiness, Failed) and readiness.problem is not None and readiness.problem.may_pass:
            self.begin(key)
        return self.readiness(key)

    async def news(self) -> None:
        """Wait until any readiness changes."""
        await self._known.news()

    @property
    def slots(self) -> int:
        """How many questions are answered at the same time."""
        return self._admission.slots

    def begin(self, key: str) -> None:
        """Start to download and load a model, unless that has been started; `readiness` reports the progress.

        Raises ModelMissing if no provider offers the model.
        """
        self._loader.begin(self._list.offer(key))

    def begin_again(self, key: str) -> None:
        """Load a model also if it was loaded before and may have been displaced since; as `begin`."""
        if isinstance(self.readiness(key), Ready):
            self._known.unsay(key)
        self.begin(key)

    async def load(self, key: str, context_tokens: int | None = None) -> float:
        """Bring a model into memory, also one that was displaced; return the seconds that it took, without the line.

        `context_tokens` is how long its context is to be; None: as its provider is set.

        Raises ModelMissing if no provider offers the model, and ProviderError if it cannot be loaded.
        """
        return await self._loader.load(self._list.offer(key), context_tokens)

    def handle(self, key: str | None, context_tokens: int | None = None) -> ModelHandle:
        """Return a handle to a model, or to the default model; who warms it waits until it is loaded.

        `context_tokens` is how long its context is to be; None: as its provider is set.

        Raises ModelMissing if no provider offers the model, and NotReady while it is still to be downloaded, because
        that takes longer than a question may wait. If loading it has failed, raises ModelUnusable where that lasts;
        else NotReady, and loading is tried once more.
        """
        offer = self.chosen.offer if key is None else self._list.offer(key)
        readiness = self.readiness(offer.key)
        if isinstance(readiness, Failed):
            if readiness.is_lasting:
                raise ModelUnusable(readiness.message, readiness.problem)
            if offer.card.is_here:
                self.begin(offer.key)
            raise NotReady(readiness.message, readiness.problem)
        if self._loader.is_coming(offer):
            raise NotReady(how_far(offer, readiness))
        return self.handle_of(offer, context_tokens)

    def handle_of(self, offer: Offer, context_tokens: int | None = None) -> ModelHandle:
        """Return a handle to a model as it is, also one that cannot be asked yet."""
        provider = self._providers[offer.provider]
        card = offer.card
        return ModelHandle(
            provider,
            card.name,
            card.digest,
            warm=lambda: self._loader.bring(offer, context_tokens),
            context_tokens=context_tokens,
        )

    def can_be_asked(self, key: str) -> bool:
        """Return whether a question to the model would be answered, perhaps after its load. Call `begin` first."""
        return not self._loader.is_coming(self._list.offer(key)) and not isinstance(self.readiness(key), Failed)

    def ready(self) -> tuple[str, ...]:
        """Return the models that were loaded here."""
        return self._known.ready()

    async def is_loaded(self, key: str) -> bool:
        """Return whether a model is in memory now, as far as its service tells. Raises ProviderError."""
        offer = self._list.offer(key)
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

    async def unload(self, key: str) -> None:
        """Free the memory of a model; it is loaded again when somebody asks it. Raises ModelInUse, ProviderError."""
        offer, manager = self._managed(key)
        async with self._unused(offer, manager):
            await manager.unload(offer.card.name)
            self._known.unsay(key)

    async def delete(self, key: str) -> int | None:
        """Delete the weights of a model and return how many bytes that frees; None where another one shares them.

        Where it was the default model, another one becomes that. Raises ModelInUse, ProviderError.
        """
        offer, manager = self._managed(key)
        await self.downloads.stop(key)
        async with self._unused(offer, manager):
            await manager.delete(offer.card.name)
            self._known.unsay(key)
        self._list.drop(key)
        await self.downloads.forget(key)
        await self._list.choose_left(key)
        is_shared = offer.card.digest is not None and self._list.has_weights(offer.card.digest)
        return None if is_shared else offer.card.size_bytes

    async def aclose(self) -> None:
        """Cancel downloads and loads in progress, and close the providers."""
        await self.downloads.aclose()
        await self._loader.aclose()
        for check in self._checks.values():
            await check.aclose()
        for provider in self._providers.values():
            await provider.aclose()

    def _managed(self, key: str) -> tuple[Offer, ModelManager]:
        offer = self._list.offer(key)
        provider = self._providers[offer.provider]
        if not isinstance(provider, ModelManager):
            raise ProviderRejected(f"{provider.name} keeps its models itself: unload or delete {key} where it runs.")
        return offer, provider

    @asynccontextmanager
    async def _unused(self, offer: Offer, manager: ModelManager) -> AsyncGenerator[None, None]:
        """Keep the work in the background away from the machine; ModelInUse where an answer needs the model."""
        async with self._admission.idle.used():
            is_loading = self._loader.is_loading(offer.key)
            if is_loading or self._admission.is_asked(offer.key) or manager.is_answering(offer.card.name):
                raise ModelInUse(
                    f"{offer.card.name} is in use now: wait until the answer has ended, or stop it, then try again.",
                    ModelProblem(code="in_use", model=offer.card.name),
                )
            yield
