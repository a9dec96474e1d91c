"""Predicts how fast a model would be here, from models that were measured and from how fast memory is read. Pure."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log
from typing import Final, Literal

from pydantic import Field

from llmfirst.engine.lengths import ANSWER_FIRST, ASKED
from llmfirst.engine.profiles import Profile, Profiles, load_profiles
from llmfirst.engine.windows import PHASE_ENDS
from llmfirst.machine.room import memory_needed
from llmfirst.targets import TIERS
from llmfirst.values import Value

# What a model reads before the first text of an answer, and before each later call that is in no cache, in tokens. Seen
# with a short question.
_FIRST_PROMPT: Final = 60
_LATER_PROMPT: Final = 120
_VERDICT_PROMPT: Final = 40
_VERDICTS: Final = 3
_BANDWIDTH_SHARE: Final = 0.6  # of what plain reading reaches
_READS_PER_WRITE: Final = 4  # prompt tokens in the time of a written one, where nothing was measured
_GPU_BANDWIDTH: Final = 200e9  # what any GPU of the last years reaches
_USABLE: Final = 0.85  # of all memory

Basis = Literal["models", "memory", "gpu"]
"""What a prediction comes from: models that were measured, how fast memory is read, or that there is a GPU."""


class ModelSize(Value):
    """What a prediction needs of a model."""

    name: str
    size_bytes: int = Field(gt=0)
    parameter_count: int | None = None
    active_share: float = Field(default=1.0, gt=0, le=1)

    @property
    def read_bytes(self) -> float:
        """What is read for each written token."""
        return self.size_bytes * self.active_share


@dataclass(frozen=True)
class Anchor:
    """A model that was measured here."""

    size_bytes: int
    token_seconds: float
    read_seconds: float | None = None
    first_text_seconds: float | None = None
    total_seconds: float | None = None
    parameter_count: int | None = None


class Prediction(Value):
    """How fast a model is predicted to be, from admission; the total is that of an answer that nothing shortens."""

    first_text_seconds: float
    total_seconds: float
    token_seconds: float
    basis: Basis

    @property
    def tier(self) -> int | None:
        """The hardest tier whose times it keeps; None if it keeps none."""
        return tier_of(self.first_text_seconds, self.total_seconds)


def tier_of(first_text_seconds: float, total_seconds: float) -> int | None:
    """Return the hardest tier whose times these keep; None if they keep none."""
    kept = [
        tier.number
        for tier in TIERS
        if first_text_seconds <= tier.first_text_seconds and total_seconds <= tier.total_seconds
    ]
    return max(kept, default=None)


def predicted(
    model: ModelSize, anchors: Sequence[Anchor], *, bandwidth: float | None = None, has_gpu: bool = False
) -> Prediction | None:
    """Return how fast a model would be; None where nothing is known of the machine."""
    near = _nearest(model.read_bytes, anchors)
    if near is None:
        speed = _GPU_BANDWIDTH if has_gpu else bandwidth
        if speed is None:
            return None
        token = model.read_bytes / (speed * _BANDWIDTH_SHARE)
        raw = _answer(model.parameter_count, token, token / _READS_PER_WRITE)
        return Prediction(
            first_text_seconds=raw[0], total_seconds=raw[1], token_seconds=token, basis="gpu" if has_gpu else "memory"
        )
    token = max(near.token_seconds * 0.05, near.token_seconds + _slope(near, anchors, bandwidth) * _beyond(model, near))
    ratio = model.size_bytes / near.size_bytes
    read = (near.token_seconds / _READS_PER_WRITE if near.read_seconds is None else near.read_seconds) * ratio
    first, total = _answer(model.parameter_count, token, read)
    own = _answer(
        near.parameter_count,
        near.token_seconds,
        near.token_seconds / _READS_PER_WRITE if near.read_seconds is None else near.read_seconds,
    )
    return Prediction(
        first_text_seconds=first * _seen(near.first_text_seconds, own[0]),
        total_seconds=total * _seen(near.total_seconds, own[1]),
        token_seconds=token,
        basis="models",
    )


def fits(size_bytes: int, context_tokens: int, total_bytes: int) -> bool:
    """Return whether a machine with so much memory holds the model."""
    return memory_needed(size_bytes, context_tokens) <= total_bytes * _USABLE


class _KnownModels(Value):
    models: tuple[ModelSize, ...]


@cache
def known_models() -> tuple[ModelSize, ...]:
    """Return the short list of models by size; its file is read once."""
    text = resources.files("llmfirst.machine").joinpath("known_models.toml").read_text(encoding="utf-8")
    return _KnownModels.model_validate(tomllib.loads(text)).models


@cache
def _profiles() -> Profiles:
    return load_profiles()


def _nearest(read_bytes: float, anchors: Sequence[Anchor]) -> Anchor | None:
    return min(anchors, key=lambda anchor: abs(log(anchor.size_bytes / read_bytes)), default=None)


def _beyond(model: ModelSize, near: Anchor) -> float:
    return model.read_bytes - near.size_bytes


def _slope(near: Anchor, anchors: Sequence[Anchor], bandwidth: float | None) -> float:
    """Return the seconds for each further byte: between two measured models, else by the memory, else in proportion.

    Small models spend much of a token on other things than reading weights: in proportion is too slow for large ones.
    """
    other = max(anchors, key=lambda anchor: abs(log(anchor.size_bytes / near.size_bytes)))
    if abs(log(other.size_bytes / near.size_bytes)) > log(1.5):
        measured = (other.token_seconds - near.token_seconds) / (other.size_bytes - near.size_bytes)
        if measured > 0:
            return measured
    in_proportion = near.token_seconds / near.size_bytes
    return in_proportion if bandwidth is None else min(in_proportion, 1 / (bandwidth * _BANDWIDTH_SHARE))


def _seen(measured: float | None, by_rates: float) -> float:
    """Return how the answers of a measured model differ from what its rates say, within bounds."""
    return 1.0 if measured is None or by_rates <= 0 else min(2.0, max(0.5, measured / by_rates))


def _answer(parameter_count: int | None, token: float, read: float) -> tuple[float, float]:
    """Return the time to the first text and to the end of an answer by these seconds per written and read token."""
    known = _profiles()
    profile = known.profiles[known.for_size(parameter_count)[0]]
    first = _FIRST_PROMPT * read + token
    strategy = min(PHASE_ENDS["strategy"], first + profile.strategy_tokens * token)
    calls, tokens = _sections(profile)
    sections = calls * _LATER_PROMPT * read + tokens * token
    return first, strategy + sections + _afterwards(profile, token, read)


def _sections(profile: Profile) -> tuple[int, int]:
    """Return how many calls the sections take, and how many tokens they usually have."""
    lengths = ASKED if profile.sections == "instructed" else ANSWER_FIRST
    usual = sum(length.usual for phase, length in lengths.items() if phase != "strategy")
    return (3 if profile.sections == "instructed" else 2), usual


def _afterwards(profile: Profile, token: float, read: float) -> float:
    """Return what the model's verdict and review take, which are left out where they would take too long."""
    verdict = _VERDICTS * (_VERDICT_PROMPT * read + token)
    seconds = verdict if profile.verdict is not None and verdict <= profile.verdict.seconds else 0.0
    if profile.review is not None:
        review = _VERDICT_PROMPT * read + profile.review.tokens * token
        seconds += review if review <= profile.review.seconds else 0.0
    return seconds
