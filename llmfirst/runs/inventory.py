"""What is known of each model: where it is, what it can do, how fast it was here, and how it is asked."""

import logging
from dataclasses import dataclass

from llmfirst.engine.profiles import ChosenProfile
from llmfirst.engine.rates import Rates
from llmfirst.errors import StoreUnavailable
from llmfirst.models import Models
from llmfirst.offers import Choice, Found, Offer
from llmfirst.providers.base import Capabilities
from llmfirst.readiness import Readiness
from llmfirst.runs.runs import Runs
from llmfirst.store import UsualTimes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownModel:
    """One model with what is known of it."""

    offer: Offer
    readiness: Readiness | None
    capabilities: Capabilities
    profile: ChosenProfile
    rates: Rates
    """How fast it reads and writes here; empty before its first answer."""
    times: UsualTimes | None
    """What its answers took here; None without any."""

    @property
    def thinks(self) -> bool:
        return bool(self.capabilities.think) or self.offer.card.thinks is True


@dataclass(frozen=True)
class Inventory:
    """The providers in use and all their models, the most important first."""

    found: tuple[Found, ...]
    models: tuple[KnownModel, ...]
    choice: Choice


async def inventory(models: Models, runs: Runs) -> Inventory:
    """Look at all models, without loading anything."""
    found = await models.found()
    choice = models.chosen
    known = [await known_model(models, runs, offer) for one in found for offer in one.offers]
    return Inventory(found, tuple(sorted(known, key=lambda model: _rank(model.offer, choice.offer.key))), choice)


async def known_model(models: Models, runs: Runs, offer: Offer) -> KnownModel:
    """Return what is known of one model."""
    try:
        times = await runs.usual_times(offer.provider, offer.card.name)
    except StoreUnavailable as error:
        logger.warning("the times of %s are not known: %s", offer.key, error)
        times = None
    return KnownModel(
        offer,
        models.readiness(offer.key),
        models.provider(offer.provider).capabilities(offer.card.name),
        runs.profile(offer),
        runs.measured_rates(offer),
        times,
    )


def _rank(offer: Offer, chosen: str) -> tuple[bool, bool, bool, bool, int]:
    """Return what sorts the chosen one first, then what is loaded, then what is here, then the larger ones."""
    card = offer.card
    return (not card.is_chat, offer.key != chosen, not card.is_loaded, not card.is_here, -(card.size_bytes or 0))
