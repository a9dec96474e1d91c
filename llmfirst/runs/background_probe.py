"""Finds out in the background how each loaded model is best asked, and if thinking pays, while nobody asks."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from llmfirst.engine.idle import Idle
from llmfirst.engine.profile_probe import (
    ProbeAnswer,
    ProbeChoice,
    ProbeSteps,
    ProbeSubject,
    finding,
    next_step,
    offers_both,
)
from llmfirst.engine.profiles import ProfileBook, model_key
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.engine.rates import RateBook
from llmfirst.errors import ProviderError
from llmfirst.models import Models
from llmfirst.providers.base import ModelHandle
from llmfirst.runs.probe_archive import ProbeArchive

logger = logging.getLogger(__name__)

# Longer than most people read an answer before they ask on, and short beside the half hour that Ollama keeps a model.
QUIET_SECONDS: Final = 60.0
_MOST_FAILURES: Final = 3  # of one model; then it is left alone until the program starts again


@dataclass(frozen=True)
class ProbeState:
    """How far the probe of a model is."""

    stage: Literal["waiting", "asking"]
    """Waiting: for a quiet time, and for the model to be loaded."""
    question: int
    """The number of the question that is tried now or next, from 1."""
    questions: int
    calls: int
    """How many times the model was called for it so far."""
    about: ProbeSubject = "profile"
    """What is tried: two profiles, or the one that was found with thinking and without it."""


class BackgroundProbe:
    """Probes each model that is loaded, once for its weights. `run` does the work; the rest tells about it."""

    def __init__(
        self,
        models: Models,
        idle: Idle,
        profiles: ProfileBook,
        archive: ProbeArchive,
        *,
        deadline_seconds: float,
        now: Callable[[], datetime],
        quiet_seconds: float = QUIET_SECONDS,
        is_on: bool = True,
    ) -> None:
        self._models = models
        self._idle = idle
        self._profiles = profiles
        self._archive = archive
        self._deadline_seconds = deadline_seconds
        self._now = now
        self._quiet_seconds = quiet_seconds
        self._is_on = is_on and profiles.set_to is None
        self._made = archive.found_by() | archive.steps()
        self._rates = RateBook()
        self._asking: str | None = None
        self._failures = Counter[str]()

    def state(self, key: str) -> ProbeState | None:
        """Return how far the probe of a model is; None where there is nothing to be found out."""
        if key not in self._models.ready() or not self._is_wanted(key):
            return None
        made = self._made_of(self._models.handle(key))
        stage: Literal["asking", "waiting"] = "asking" if key == self._asking else "waiting"
        return ProbeState(stage, made.question, len(PROBE_QUESTIONS), made.calls, made.subject)

    def thinking_pays(self, key: str) -> bool | None:
        """Return whether thinking paid in the probe of a model; None where it was not tried or cannot be asked."""
        if not self._models.can_be_asked(key):  # it has no handle
            return None
        return self._profiles.thinking_pays(self._models.handle(key))

    def answer_seconds(self, key: str) -> Sequence[float]:
        """Return how long the answers of a model's probe took; none where it made none or the model cannot be asked."""
        if not self._models.can_be_asked(key):
            return ()
        made = self._made.get(model_key(self._models.handle(key)), ProbeSteps())
        answers = [step for step in made.steps if isinstance(step, ProbeAnswer)]
        return [answer.seconds for answer in answers if answer.seconds is not None]

    async def run(self) -> None:
        """Probe whatever is to be probed, until it is cancelled; each step is stored when it is made."""
        while self._is_on:
            await self._idle.lasting(self._quiet_seconds)
            uses = self._idle.uses
            try:
                for key in self._models.ready():
                    while self._idle.uses == uses and await self._go_on(key):
                        pass
            except Exception:  # the task ends here: people's questions do not need it
                logger.exception("the probe met an error in the program and is off until the next start")
                self._is_on = False
                return
            if self._idle.uses == uses:  # nothing is left to be done until somebody asks or loads a model
                await self._idle.next_use()

    async def _go_on(self, key: str) -> bool:
        """Make the next step of the probe of a model; return whether one more can follow at once."""
        if not self._is_wanted(key):
            return False
        handle, uses = self._models.handle(key), self._idle.uses
        made = self._made_of(handle)
        self._asking = key
        try:
            step = await self._idle.do(self._next_step(key, handle, made))
        except ProviderError as error:
            logger.info("the probe of %s goes on later: %s", key, error)
            if self._idle.uses == uses:  # else it broke off because it was given up
                self._failures[key] += 1
            return False
        finally:
            self._asking = None
        if step is None:
            return False
        made = self._made[model_key(handle)] = made.then(step)
        await asyncio.to_thread(self._archive.keep_steps, model_key(handle), made)
        if made.is_over or made.is_at_profile:
            await self._keep(handle, made)
        return not made.is_over

    async def _next_step(self, key: str, handle: ModelHandle, made: ProbeSteps) -> ProbeAnswer | ProbeChoice | None:
        """Make the next step; None where the model is not in memory, for nobody waits for its load."""
        if not await self._models.is_loaded(key):
            return None
        return await next_step(
            made, handle, self._profiles.known, deadline_seconds=self._deadline_seconds, rates=self._rates
        )

    async def _keep(self, handle: ModelHandle, made: ProbeSteps) -> None:
        by_size, _ = self._profiles.known.for_size(handle.capabilities.parameter_count)
        found = finding(made, by_size, self._now())
        await asyncio.to_thread(self._archive.keep, model_key(handle), found)
        thinking = found.thinking
        pays = None if thinking is None else thinking.pays
        self._profiles.learn(handle, found.profile, thinking_pays=pays)
        logger.info("%s is asked by the profile %s from now on (%s)", handle.model, found.profile, found.why)
        if thinking is not None:
            logger.info("thinking pays for %s: %s (%s)", handle.model, thinking.pays, thinking.why)

    def _is_wanted(self, key: str) -> bool:
        is_open, handle = self._is_on and self._failures[key] < _MOST_FAILURES, self._models.handle(key)
        is_tried = not offers_both(handle.capabilities) or self._profiles.thinking_pays(handle) is not None
        return is_open and not (self._profiles.is_found(handle) and is_tried)

    def _made_of(self, handle: ModelHandle) -> ProbeSteps:
        """Return the steps that were made; whether a model can be told to think is known once it is loaded."""
        made = self._made.get(model_key(handle), ProbeSteps())
        return made.model_copy(update={"tries_thinking": offers_both(handle.capabilities)})
