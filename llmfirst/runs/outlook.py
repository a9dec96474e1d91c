"""What this machine can do with each model: measured where it has answered, else predicted, with the error so far."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median
from typing import Final

from llmfirst.errors import ProviderError
from llmfirst.loopback import host_of, is_loopback
from llmfirst.machine.archive import MachineArchive, MeasuredMachine, prediction_key
from llmfirst.machine.bandwidth import measure_bandwidth
from llmfirst.machine.load import LoadReader, MachineLoad
from llmfirst.machine.prediction import (
    Anchor,
    ModelSize,
    Prediction,
    fits,
    known_models,
    predicted,
    tier_of,
)
from llmfirst.models import Models
from llmfirst.offers import Because, Offer
from llmfirst.providers.base import Message, ModelHandle, ProviderKind, Request
from llmfirst.runs.inventory import Inventory, KnownModel, inventory, known_model
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS: Final = 5.0
_QUIET_SECONDS: Final = 0.1
UNUSED_SECONDS: Final = 10.0  # before the machine is measured by itself
_TRIAL_TOKENS: Final = 24
_TRIAL_SECONDS: Final = 10.0
# Any text does: what is measured is how fast it is read, and how fast another one is written.
_TRIAL_PROMPT: Final = (
    "Explain in plain words how a refrigerator moves heat out of the food that is kept inside it. " * 5
)


@dataclass(frozen=True)
class Expected:
    """What is expected of one model here."""

    key: str
    provider: ProviderKind
    size: ModelSize
    is_here: bool
    is_loaded: bool
    can_be_brought: bool
    """Whether one click brings it here."""
    fits: bool
    """Whether the memory holds it."""
    first_text_seconds: float | None = None
    total_seconds: float | None = None
    is_measured: bool = False
    """Whether its own answers say so, and not a prediction."""
    before: Prediction | None = None
    """What was predicted before its first answer here; None where nothing was."""

    @property
    def error(self) -> float | None:
        """How far the prediction of the whole answer was off, as a share of what was measured then."""
        if not self.is_measured or self.before is None or not self.total_seconds:
            return None
        return (self.before.total_seconds - self.total_seconds) / self.total_seconds

    @property
    def tier(self) -> int | None:
        """The hardest tier whose times it keeps."""
        if self.first_text_seconds is None or self.total_seconds is None or not self.fits:
            return None
        return tier_of(self.first_text_seconds, self.total_seconds)

    @property
    def rank(self) -> tuple[int, int]:
        """What makes a model the larger one."""
        return (self.size.parameter_count or 0, self.size.size_bytes)


@dataclass(frozen=True)
class Outlook:
    """What this machine can do: first the models that keep a tier's times, the largest first, then the fastest."""

    models: tuple[Expected, ...]
    chosen: str
    measured: MeasuredMachine | None
    load: MachineLoad
    now: KnownModel | None = None
    """The model that answers where nobody has chosen another."""
    service: str | None = None
    """The program that runs it, with its version."""

    @property
    def best(self) -> Expected | None:
        """The largest model that keeps the times of tier 1 here; None where that is the one in use, or none does."""
        able = [model for model in self.models if model.tier is not None and (model.is_here or model.can_be_brought)]
        best = max(able, key=lambda model: model.rank, default=None)
        now = next((model for model in self.models if model.key == self.chosen), None)
        if best is None or best.key == self.chosen or (now is not None and now.tier and now.rank >= best.rank):
            return None
        return best

    @property
    def typical_error(self) -> float | None:
        """The median of how far predictions were off; None before one could be compared."""
        errors = [abs(model.error) for model in self.models if model.error is not None]
        return median(errors) if errors else None


class Forecaster:
    """Measures the machine and predicts from it, for all visitors together."""

    def __init__(
        self,
        models: Models,
        runs: Runs,
        documents: DocumentStore,
        *,
        context_tokens: int,
        unused_seconds: float = UNUSED_SECONDS,
    ) -> None:
        self._models = models
        self._runs = runs
        self._archive = MachineArchive(documents)
        self._context_tokens = context_tokens
        self._unused_seconds = unused_seconds
        self._reader = LoadReader()
        self._measuring = asyncio.Lock()
        self.offered: str | None = None
        """The name of the larger model that was offered at the last look."""

    async def run(self) -> None:
        """Measure the machine once while nobody uses it, and look again after each use, until it is cancelled."""
        while True:
            await self._runs.idle.lasting(self._unused_seconds)
            uses = self._runs.idle.uses
            try:
                if not await self._is_measured():
                    await self.measure()
                await self.look()
            except Exception:  # the task ends here: people's questions do not need it
                logger.exception("the forecast met an error in the program and is off until the next start")
                return
            if self._runs.idle.uses == uses:
                await self._runs.idle.next_use()

    async def _is_measured(self) -> bool:
        """Return whether the model in use was tried or has answered here."""
        offer = self._models.chosen.offer
        measured = await asyncio.to_thread(self._archive.measured)
        if measured is None:
            return False
        is_known = self._runs.measured_rates(offer).token_seconds is not None or offer.key in measured.token_seconds
        return is_known or offer.key not in self._models.ready()

    async def measure(self) -> bool:
        """Measure the memory, and the model in use where it is loaded and has not answered yet; takes seconds.

        Return whether it was measured: it gives way to everybody who uses the machine.
        """
        async with self._measuring:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._runs.idle.lasting(_QUIET_SECONDS)
            except TimeoutError:
                return False
            if not self._runs.idle.is_clear:  # a probe, whose step can last as long as an answer
                return False
            return await self._runs.idle.do(self._measure()) is not None

    async def look(self) -> Outlook:
        """Return what is expected of each model, without measuring anything."""
        stock = await inventory(self._models, self._runs)
        measured = await asyncio.to_thread(self._archive.measured)
        load = await asyncio.to_thread(self._reader.read)
        expected = await self._of_all(stock.models, measured, load)
        expected += self._unlisted(stock, measured, load)
        expected.sort(key=_order)
        chosen = stock.choice.offer.key
        now = next((model for model in stock.models if model.offer.key == chosen), None)
        service = next((one.build for one in stock.found if one.provider == stock.choice.offer.provider), None)
        outlook = Outlook(tuple(expected), chosen, measured, load, now, service)
        self.offered = None if outlook.best is None else outlook.best.size.name
        return outlook

    async def suited(self, offers: Sequence[Offer]) -> tuple[Offer, Because] | None:
        """Return the largest of these models that keeps the times of tier 1, else the fastest; None: nothing is known.

        The memory is measured where that was never done, because nobody can be asked to do it before the start.
        """
        measured = await asyncio.to_thread(self._archive.measured)
        if measured is None:
            measured = MeasuredMachine(bytes_per_second=await asyncio.to_thread(measure_bandwidth))
            await asyncio.to_thread(self._archive.keep_measured, measured)
        known = [await known_model(self._models, self._runs, offer) for offer in offers]
        load = await asyncio.to_thread(self._reader.read)
        expected = [model for model in await self._of_all(known, measured, load) if model.fits and model.total_seconds]
        by_key = {offer.key: offer for offer in offers}
        if able := [model for model in expected if model.tier is not None]:
            return by_key[max(able, key=lambda model: model.rank).key], "in_time"
        fastest = min(expected, key=lambda model: model.total_seconds or 0.0, default=None)
        return None if fastest is None else (by_key[fastest.key], "fastest")

    async def _of_all(
        self, models: Sequence[KnownModel], measured: MeasuredMachine | None, load: MachineLoad
    ) -> list[Expected]:
        """Return what is expected of each model; a prediction from before its first answer is kept."""
        before = await asyncio.to_thread(self._archive.predictions)
        expected = []
        for model, size in _sized(models):
            guess = None if model.times else self._predict(size, model.offer.provider, models, measured, load)
            key = prediction_key(model.offer.key)
            if guess is not None and model.rates.token_seconds is None and before.get(key) != guess:
                await asyncio.to_thread(self._archive.keep_prediction, key, guess)
            expected.append(_expected(model, size, guess, before.get(key), self._fits(size, load), self._can(model)))
        return expected

    def _can(self, model: KnownModel) -> bool:
        return model.offer.provider in self._models.bringers

    def _unlisted(self, stock: Inventory, measured: MeasuredMachine | None, load: MachineLoad) -> list[Expected]:
        """Return what is expected of the models of the short list that nobody here has."""
        answers = any(found.provider == "ollama" and found.error is None for found in stock.found)
        listed = {model.offer.card.name for model in stock.models}
        sizes = [size for size in known_models() if size.name not in listed]
        guesses = [(size, self._predict(size, "ollama", stock.models, measured, load)) for size in sizes]
        return [
            Expected(
                key=f"ollama/{size.name}",
                provider="ollama",
                size=size,
                is_here=False,
                is_loaded=False,
                can_be_brought=answers,
                fits=self._fits(size, load),
                first_text_seconds=None if guess is None else guess.first_text_seconds,
                total_seconds=None if guess is None else guess.total_seconds,
            )
            for size, guess in guesses
        ]

    def _fits(self, size: ModelSize, load: MachineLoad) -> bool:
        room = max([load.total_bytes, *(gpu.total_bytes for gpu in load.gpus)])
        return fits(size.size_bytes, self._context_tokens, room)

    def _predict(
        self,
        size: ModelSize,
        provider: ProviderKind,
        models: Sequence[KnownModel],
        measured: MeasuredMachine | None,
        load: MachineLoad,
    ) -> Prediction | None:
        gpu = max((gpu.total_bytes for gpu in load.gpus), default=0) if provider == "ollama" else 0
        return predicted(
            size,
            _anchors(models, provider, measured),
            bandwidth=None if measured is None else measured.bytes_per_second,
            has_gpu=fits(size.size_bytes, self._context_tokens, gpu),
        )

    async def _measure(self) -> MeasuredMachine:
        speed = await asyncio.to_thread(measure_bandwidth)
        before = await asyncio.to_thread(self._archive.measured)
        measured = MeasuredMachine(bytes_per_second=speed) if before is None else before
        measured = measured.model_copy(update={"bytes_per_second": speed})
        key = self._models.chosen.offer.key
        if key in self._models.ready() and await self._models.is_loaded(key):
            written, read = await _tried(self._models.handle(key))
            measured = measured.model_copy(
                update={
                    "token_seconds": measured.token_seconds | ({key: written} if written else {}),
                    "read_seconds": measured.read_seconds | ({key: read} if read else {}),
                }
            )
        await asyncio.to_thread(self._archive.keep_measured, measured)
        return measured


async def _tried(handle: ModelHandle) -> tuple[float | None, float | None]:
    """Return the seconds per written token and per read one of a short reply; None where nothing tells."""
    loop = asyncio.get_running_loop()
    started, arrived, read_tokens = loop.time(), list[float](), None
    message = Message(role="user", content=f"{started:.6f} {_TRIAL_PROMPT}")  # a prompt that is in no cache
    asked = Request(model=handle.model, messages=(message,), max_tokens=_TRIAL_TOKENS)
    try:
        async with asyncio.timeout(_TRIAL_SECONDS), aclosing(handle.provider.stream(asked)) as chunks:
            async for chunk in chunks:
                if chunk.text or chunk.thought:
                    arrived.append(loop.time())
                if chunk.usage is not None:
                    read_tokens = chunk.usage.prompt_tokens - (chunk.usage.cached_tokens or 0)
    except (ProviderError, TimeoutError) as error:
        logger.info("the trial of %s ended early: %s", handle.key, error)
    written = (arrived[-1] - arrived[0]) / (len(arrived) - 1) if len(arrived) > 2 else None
    read = (arrived[0] - started) / read_tokens if arrived and read_tokens else None
    return written, read


def _order(model: Expected) -> tuple[bool, bool, float]:
    """Return what sorts those first that keep a tier's times, the largest first, then the others, the fastest first."""
    size = model.size.parameter_count or model.size.size_bytes
    return (model.tier is None, not model.fits, -size if model.tier is not None else model.total_seconds or size)


def _sized(models: Sequence[KnownModel]) -> list[tuple[KnownModel, ModelSize]]:
    """Return the models that can chat, run here and tell their size."""
    sized = []
    for model in models:
        card, address = model.offer.card, model.offer.address
        if card.is_chat and card.size_bytes and (address is None or is_loopback(host_of(address))):
            count = model.capabilities.parameter_count
            sized.append((model, ModelSize(name=card.name, size_bytes=card.size_bytes, parameter_count=count)))
    return sized


def _anchors(
    models: Sequence[KnownModel], provider: ProviderKind, measured: MeasuredMachine | None
) -> Sequence[Anchor]:
    """Return what was measured of the provider's models, else of those of any other on this machine."""
    found: dict[ProviderKind, list[Anchor]] = {}
    for model, size in _sized(models):
        key, rates, times = model.offer.key, model.rates, model.times
        written = rates.token_seconds or (None if measured is None else measured.token_seconds.get(key))
        if written is None:
            continue
        tried = None if measured is None else measured.read_seconds.get(key)
        anchor = Anchor(
            size_bytes=size.size_bytes,
            token_seconds=written,
            read_seconds=rates.read_seconds if rates.read_seconds is not None else tried,
            first_text_seconds=None if times is None else times.first_text_seconds,
            total_seconds=None if times is None else times.total_seconds,
            parameter_count=size.parameter_count,
        )
        found.setdefault(model.offer.provider, []).append(anchor)
    return found.get(provider) or [anchor for anchors in found.values() for anchor in anchors]


def _expected(
    model: KnownModel, size: ModelSize, guess: Prediction | None, before: Prediction | None, holds: bool, can: bool
) -> Expected:
    times = model.times
    known = guess if times is None else times
    return Expected(
        key=model.offer.key,
        provider=model.offer.provider,
        size=size,
        is_here=model.offer.card.is_here,
        is_loaded=model.offer.card.is_loaded is True,
        can_be_brought=can,
        fits=holds or times is not None,
        first_text_seconds=None if known is None else known.first_text_seconds,
        total_seconds=None if known is None else known.total_seconds,
        is_measured=times is not None,
        before=before,
    )
