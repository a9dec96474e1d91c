"""Bring models into memory, each once at a time for all callers together."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from llmfirst.downloads import Downloads
from llmfirst.engine.admission import Admission
from llmfirst.errors import LlmfirstError, ProviderError, ProviderUnavailable
from llmfirst.machine.room import Fit, FreeMemory, fit_of, memory_needed
from llmfirst.model_list import ModelList
from llmfirst.offers import Offer
from llmfirst.providers.base import ModelManager, Provider, ProviderKind, Warmth
from llmfirst.readiness import Failed, KnownReadiness, Preparing, Readiness, Ready, failed, readiness_of
from llmfirst.visible_text import some_of

logger = logging.getLogger(__name__)

Key = TypeVar("Key")
Result = TypeVar("Result")


class Loader:
    """Downloads and loads models, and says how far each is."""

    def __init__(
        self,
        providers: Mapping[ProviderKind, Provider],
        models: ModelList,
        readiness: KnownReadiness,
        downloads: Downloads,
        admission: Admission,
        *,
        context_tokens: int,
        free_memory: Callable[[], FreeMemory] | None,
    ) -> None:
        self._providers = providers
        self._models = models
        self._known = readiness
        self._downloads = downloads
        self._admission = admission
        self._context_tokens = context_tokens
        self._free_memory = free_memory
        self._displacing: set[ProviderKind] = set()
        self._preparing: set[asyncio.Task[None]] = set()
        self._pulling: dict[str, asyncio.Task[None]] = {}
        self._warming: dict[tuple[str, int | None], asyncio.Task[Warmth]] = {}

    def begin(self, offer: Offer) -> None:
        """Start to download and load a model, unless that has been started."""
        match self._known.readiness(offer.key):
            case Preparing(stage="stopped"):
                self._downloads.begin(offer.provider, offer.card.name, is_awaited=True)
            case None | Failed():
                self._known.say(offer.key, Preparing("queued"))
                task = asyncio.create_task(self._prepare(offer))
                self._preparing.add(task)
                task.add_done_callback(self._preparing.discard)
            case _:
                pass  # it is on its way, or there

    async def load(self, offer: Offer, context_tokens: int | None) -> float:
        """Bring a model into memory and return the seconds that it took, without the line. Raises ProviderError."""
        if isinstance(self._known.readiness(offer.key), Ready):
            return await self._load_in_line(offer, context_tokens)
        self.begin(offer)
        async with aclosing(readiness_of(self._known, offer.key)) as states:
            *_, readiness = [state async for state in states]
        if isinstance(readiness, Failed):
            raise ProviderUnavailable(readiness.message, readiness.problem)
        assert isinstance(readiness, Ready)
        again = 0.0 if context_tokens is None else await self._load_in_line(offer, context_tokens)
        return readiness.warm_seconds + again

    async def bring(self, offer: Offer, context_tokens: int | None) -> Warmth:
        """Check the weights and load the model, unless that has been done; ProviderError says why it failed."""
        try:
            if not isinstance(self._known.readiness(offer.key), Ready):
                await self._pulled(offer)
            return await self._warm(offer, context_tokens)
        except ProviderError:
            raise
        except LlmfirstError as error:  # of the weights
            raise ProviderUnavailable(str(error), error.problem) from error

    def is_loading(self, key: str) -> bool:
        """Return whether a model is being brought into memory now."""
        return any(one == key for one, _ in self._warming)

    def is_coming(self, offer: Offer) -> bool:
        """Return whether the weights are still to be downloaded."""
        match self._known.readiness(offer.key):
            case Preparing(stage="downloading" | "stopped"):
                return True
            case Preparing(stage="queued" | "checking") | None:
                return not offer.card.is_here
            case _:
                return False

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

    async def aclose(self) -> None:
        """Cancel what is in progress."""
        tasks = [*self._preparing, *self._pulling.values(), *self._warming.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _prepare(self, offer: Offer) -> None:
        try:
            await self._pulled(offer)
            await self._load_in_line(offer)
        except LlmfirstError as error:
            self._known.say(offer.key, failed(error))
        except Exception as error:  # a bug: whoever waits for the model is told
            logger.exception("preparing %s met an error in the program", offer.key)
            self._known.say(offer.key, failed(error))

    async def _load_in_line(self, offer: Offer, context_tokens: int | None = None) -> float:
        """Load the model in a place of its own: behind an answer in progress, unless the memory holds both models."""
        place = self._admission.take_place(is_bounded=False, loads=offer.key)
        try:
            while place.ahead > 0 and not (context_tokens is None and await self._can_load_beside(offer)):
                await place.moved()
            self._admission.mark_others(place)
            is_beside, loaded = place.ahead > 0, self._models.loaded(offer.provider)
            await self._admission.idle.cleared()
            started = asyncio.get_running_loop().time()
            await self._warm(offer, context_tokens)
            seconds = asyncio.get_running_loop().time() - started
            if is_beside:
                await self._models.listed(offer.provider)
                if gone := loaded - self._models.loaded(offer.provider):
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
        fit = (await self.fits(await self._models.offers())).get(offer.key)
        return fit is not None and fit.kind == "beside"

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
                    self._known.say(offer.key, Preparing(step.stage, step.done_bytes, step.total_bytes))
            return
        self._known.say(offer.key, Preparing("downloading", 0, offer.card.size_bytes))
        self._downloads.begin(offer.provider, offer.card.name, is_awaited=True)
        async with aclosing(self._downloads.followed(offer.key)) as states:
            async for download in states:
                if download.error is not None:
                    raise download.error
                if download.stage in ("downloading", "checking", "stopped"):
                    self._known.say(offer.key, Preparing(download.stage, download.done_bytes, download.total_bytes))

    async def _load(self, offer: Offer, context_tokens: int | None) -> Warmth:
        """Load the model; its readiness changes when this is the first time, and stays Ready when it is not."""
        is_first = not isinstance(self._known.readiness(offer.key), Ready)
        if is_first:
            self._known.say(offer.key, Preparing("loading"))
        started = asyncio.get_running_loop().time()
        try:
            warmth = await self._providers[offer.provider].warm(offer.card.name, context_tokens)
        except Exception as error:
            if is_first:
                self._known.say(offer.key, failed(error))
            raise
        if is_first:
            self._known.say(offer.key, Ready(asyncio.get_running_loop().time() - started))
        return warmth


def how_far(offer: Offer, readiness: Readiness | None) -> str:
    """Say how far the download of a model is that cannot be asked yet."""
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


async def _shared(
    tasks: dict[Key, asyncio.Task[Result]], key: Key, work: Callable[[], Coroutine[Any, Any, Result]]
) -> Result:
    """Do work in a task of its own, once for all callers: cut with its caller, it would have to begin again."""
    if key not in tasks:
        tasks[key] = asyncio.create_task(work())
        tasks[key].add_done_callback(lambda _: tasks.pop(key, None))
    return await asyncio.shield(tasks[key])
