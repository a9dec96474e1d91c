"""What is known before questions are presented: whether the model is in memory, the room that is left, the time."""

import asyncio
import logging
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from llmfirst.engine.lengths import ANSWER_FIRST
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderError
from llmfirst.machine.load import free_memory_bytes
from llmfirst.models import Models
from llmfirst.offers import Offer
from llmfirst.readiness import Ready
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.runs import Runs

logger = logging.getLogger(__name__)


_USUAL_TOKENS: Final = sum(length.usual for length in ANSWER_FIRST.values())

Basis = Literal["answers", "probe", "rates"]


@dataclass(frozen=True)
class Preflight:
    """All of it is read or measured; None where nothing tells."""

    model: str
    is_ready: bool
    is_warm: bool | None
    """Whether its service says that the model is in memory."""
    slots: int
    """How many questions are answered at once."""
    free_bytes: int | None
    """The memory that this machine has left; None for a model on another machine."""
    more_models: int | None
    """For how many more models of this size that is, by their weights."""
    seconds_each: float | None
    """What an answer of this model takes here, from admission to the end."""
    answers: int
    """How many answers say so, of people or of the probe."""
    basis: Basis = "answers"
    """What says so; without answers it is an estimate."""


async def preflight(models: Models, runs: Runs, offer: Offer, probe: BackgroundProbe | None = None) -> Preflight:
    """Look at a model and this machine, without loading anything."""
    is_ready = isinstance(models.readiness(offer.key), Ready)
    tried = () if probe is None else probe.answer_seconds(offer.key)
    basis: Basis = "answers"
    usual = await runs.usual_times(offer.provider, offer.card.name)
    seconds, answers = (None, 0) if usual is None else (usual.total_seconds, usual.answers)
    if seconds is None and tried:
        basis, seconds, answers = "probe", median(tried), len(tried)
    elif seconds is None:
        basis, seconds = "rates", _seconds_at(runs.measured_rates(offer))
    free = free_memory_bytes() if offer.provider == "embedded" else None
    size = offer.card.size_bytes
    return Preflight(
        model=offer.card.name,
        is_ready=is_ready,
        is_warm=await _is_warm(models, offer) if is_ready else False,
        slots=models.slots,
        free_bytes=free,
        more_models=None if free is None or not size else free // size,
        seconds_each=seconds,
        answers=answers,
        basis=basis,
    )


def _seconds_at(rates: Rates) -> float | None:
    """Return what an answer of the usual length takes; None where nothing was measured."""
    if rates.token_seconds is None:
        return None
    return (rates.first_seconds or 0.0) + _USUAL_TOKENS * rates.token_seconds


async def _is_warm(models: Models, offer: Offer) -> bool | None:
    try:
        async with asyncio.timeout(2):
            return await models.is_loaded(offer.key)
    except (ProviderError, TimeoutError) as error:
        logger.info("whether %s is in memory is not known: %s", offer.key, error)
        return None
