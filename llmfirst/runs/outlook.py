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
from llmfirst.providers.base import Message, ModelHandle, ProviderKind, Request
from llmfirst.runs.inventory import Inventory, KnownModel, inventory
from llmfirst.runs.runs import Runs
from llmfirst.store import DocumentStore

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS: Final = 5.0
_QUIET_SECONDS: Final = 0.1
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
    """What this machine can do: first the models that keep a tier's times, the largest first."""

    models: tuple[Expected, ...]
    chosen: str
    measured: MeasuredMachine | None
    load: MachineLoad

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

    def __init__(self, models: Models, runs: Runs, documents: DocumentStore, *, context_tokens: int) -> None:
        self._models = models
        self._runs = runs
        self._archive = MachineArchive(documents)
        self._context_tokens = context_tokens
        self._reader = LoadReader()
        self._measuring = asyncio.Lock()

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
            return await self._runs.idle.do(self._measure()) is not None

    async def look(self) -> Outlook:
        """Return what is expected of each model, without measuring anything."""
        stock = await inventory(self._models, self._runs)
        measured, before = await asyncio.to_thread(lambda: (self._archive.measured(), self._archive.predictions()))
        load = await asyncio.to_thread(self._reader.read)
        expected = []
        for model, size in _sized(stock):
            guess = None if model.times else self._predict(size, model.offer.provider, stock, measured, load)
            key = prediction_key(model.offer.key)
            if guess is not None and model.rates.token_seconds is None and before.get(key) != guess:
                await asyncio.to_thread(self._archive.keep_prediction, key, guess)
            expected.append(_expected(model, size, guess, before.get(key), self._fits(size, load), self._can(model)))
        expected += self._unlisted(stock, measured, load)
        expected.sort(key=lambda model: (model.tier is not None, model.fits, *model.rank), reverse=True)
        return Outlook(tuple(expected), stock.choice.offer.key, measured, load)

    def _can(self, model: KnownModel) -> bool:
        return model.offer.provider in self._models.bringers

    def _unlisted(self, stock: Inventory, measured: MeasuredMachine | None, load: MachineLoad) -> list[Expected]:
        """Return what is expected of the models of the short list that nobody here has."""
        answers = any(found.provider == "ollama" and found.error is None for found in stock.found)
        listed = {model.offer.card.name for model in stock.models}
        sizes = [size for size in known_models() if size.name not in listed]
        guesses = [(size, self._predict(size, "ollama", stock, measured, load)) for size in sizes]
        return [
            Expected(
                key=f"ollama/{size.name}",
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
        stock: Inventory,
        measured: MeasuredMachine | None,
        load: MachineLoad,
    ) -> Prediction | None:
        gpu = max((gpu.total_bytes for gpu in load.gpus), default=0) if provider == "ollama" else 0
        return predicted(
            size,
            _anchors(stock, provider, measured),
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


def _sized(stock: Inventory) -> list[tuple[KnownModel, ModelSize]]:
    """Return the models that can chat, run here and tell their size."""
    sized = []
    for model in stock.models:
        card, address = model.offer.card, model.offer.address
        if card.is_chat and card.size_bytes and (address is None or is_loopback(host_of(address))):
            count = model.capabilities.parameter_count
            sized.append((model, ModelSize(name=card.name, size_bytes=card.size_bytes, parameter_count=count)))
    return sized


def _anchors(stock: Inventory, provider: ProviderKind, measured: MeasuredMachine | None) -> Sequence[Anchor]:
    """Return what was measured of the provider's models, else of those of any other on this machine."""
    found: dict[ProviderKind, list[Anchor]] = {}
    for model, size in _sized(stock):
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
