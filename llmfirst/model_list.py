"""Which models there are, and which of them is the default."""

import logging
from collections.abc import Callable, Mapping

from llmfirst.errors import ModelMissing, NoModelList, ProviderError, ProviderUnavailable
from llmfirst.model_problem import ModelProblem
from llmfirst.offers import Choice, Found, Offer, OllamaSays, Suited
from llmfirst.providers.base import ModelCard, ModelManager, Provider, ProviderKind
from llmfirst.visible_text import some_of

logger = logging.getLogger(__name__)


class ModelList:
    """The models of the opened providers, and the default among them."""

    def __init__(self, providers: Mapping[ProviderKind, Provider]) -> None:
        self._providers = providers
        self._chosen: Choice | None = None
        self._offers: dict[str, Offer] = {}
        self._unlisted_offers: dict[str, Offer] = {}

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
                choice = await self._take(kind, await self._chat_models(kind, model), model, last_model(kind), suited)
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
                offers += [offer for offer in await self.listed(kind) if offer.card.is_chat]
            except ProviderError as error:
                logger.info("the models of %s are left out: %s", kind, error)
        listed = {offer.key for offer in offers}
        named = {**self._unlisted_offers, self.chosen.offer.key: self.chosen.offer}
        return (*offers, *(offer for key, offer in named.items() if key not in listed))

    async def found(self) -> tuple[Found, ...]:
        """Ask each provider for its models, also those that cannot be chosen, without loading anything."""
        return tuple([await self._found(kind, provider) for kind, provider in self._providers.items()])

    async def listed(self, kind: ProviderKind) -> list[Offer]:
        """Ask a provider for its models, also those that cannot chat. Raises ProviderError."""
        provider = self._providers[kind]
        offers = [Offer(kind, card, provider.address) for card in await provider.models()]
        self._offers.update({offer.key: offer for offer in offers})
        return offers

    def offer(self, key: str) -> Offer:
        """Return a model by its key. Raises ModelMissing if no provider offers it."""
        if key not in self._offers:
            raise ModelMissing(f"There is no model {key}: choose one of {some_of(list(self._offers))}.")
        return self._offers[key]

    def loaded(self, kind: ProviderKind) -> set[str]:
        """Return the models of a provider that were in memory when it was last asked."""
        return {key for key, offer in self._offers.items() if offer.provider == kind and offer.card.is_loaded}

    def drop(self, key: str) -> None:
        """Take a model off the list that has been deleted."""
        self._offers.pop(key, None)
        self._unlisted_offers.pop(key, None)

    async def choose_left(self, deleted: str) -> None:
        """Where the default model has been deleted, choose another one that is here."""
        if deleted == self.chosen.offer.key:
            here = [other for other in await self.offers() if other.card.is_here and other.key != deleted]
            if here:
                self._chosen = Choice(next((one for one in here if one.card.is_loaded), here[0]), "left")

    def has_weights(self, digest: str) -> bool:
        """Return whether a model on the list has these weights."""
        return digest in {offer.card.digest for offer in self._offers.values()}

    async def _chat_models(self, kind: ProviderKind, model: str | None) -> list[Offer]:
        """Return the chat models of a provider; a model that is named needs no list."""
        try:
            return [offer for offer in await self.listed(kind) if offer.card.is_chat]
        except NoModelList:
            if model is None:
                raise
            return []

    async def _found(self, kind: ProviderKind, provider: Provider) -> Found:
        try:
            offers = await self.listed(kind)
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
