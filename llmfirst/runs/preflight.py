"""What is known before questions are presented: whether the model is in memory, the room that is left, the time."""

import asyncio
import logging
from dataclasses import dataclass

import psutil

from llmfirst.errors import ProviderError
from llmfirst.models import Models, Offer, Ready
from llmfirst.runs.runs import Runs

logger = logging.getLogger(__name__)


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
    """How many answers say so."""


async def preflight(models: Models, runs: Runs, offer: Offer) -> Preflight:
    """Look at a model and this machine, without loading anything."""
    is_ready = isinstance(models.readiness(offer.key), Ready)
    usual = await runs.usual_seconds(offer.provider, offer.card.name)
    free = psutil.virtual_memory().available if offer.provider == "embedded" else None
    size = offer.card.size_bytes
    return Preflight(
        model=offer.card.name,
        is_ready=is_ready,
        is_warm=await _is_warm(models, offer) if is_ready else False,
        slots=models.slots,
        free_bytes=free,
        more_models=None if free is None or not size else free // size,
        seconds_each=None if usual is None else usual[0],
        answers=0 if usual is None else usual[1],
    )


async def _is_warm(models: Models, offer: Offer) -> bool | None:
    try:
        async with asyncio.timeout(2):
            return await models.is_loaded(offer.key)
    except (ProviderError, TimeoutError) as error:
        logger.info("whether %s is in memory is not known: %s", offer.key, error)
        return None
