"""Profiles describe how models are prompted; a ProfileBook chooses the profile for a model."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Final, Literal, NamedTuple

from pydantic import Field

from llmfirst.events import ProfileName, ProfileReason
from llmfirst.providers.base import ModelHandle
from llmfirst.values import Value

_LONGEST_KEY: Final = 128


class VerdictLimits(Value):
    """The limits of a model's verdict on its own answer; what would exceed them is skipped."""

    seconds: float = Field(gt=0)
    """For all its questions together."""


class ReviewLimits(Value):
    """The limits of a model's review of its own answer; a review that would exceed them is skipped."""

    seconds: float = Field(gt=0)
    tokens: int = Field(ge=1)


class SupplementLimits(Value):
    """The limits of the supplement that may follow a review."""

    seconds: float = Field(gt=0)
    tokens: int = Field(ge=1)
    above: float = Field(ge=0, lt=1)
    """The model's probability that something is missing must exceed this."""


class Profile(Value):
    """How a model is prompted."""

    sections: Literal["grown", "asked", "instructed"]
    """How the sections are asked for.

    - grown: one growing reply to the bare question, as far as the model goes on with it.
    - asked: one call per section, with the same words for every question.
    - instructed: one call per section, with what the model's plan says for it.
    """
    strategy_tokens: int = Field(ge=1)
    """The maximum length of the plan."""
    verdict: VerdictLimits | None = None
    """None: the model gives no verdict on its answer."""
    review: ReviewLimits | None = None
    """None: the model does not review its answer."""
    supplement: SupplementLimits | None = None
    """None: nothing is added to an answer after its review."""
    evidence: str = Field(min_length=1)
    """Where the measurements behind the profile are documented."""


class Profiles(Value):
    """All profiles of the program."""

    default: ProfileName
    """The profile of models that were never probed."""
    profiles: dict[ProfileName, Profile]


# One growing reply without a review: for measuring the engine itself.
BARE: Final = Profiles(
    default="direct",
    profiles={"direct": Profile(sections="grown", strategy_tokens=80, evidence="docs/decisions/0009")},
)


class ChosenProfile(NamedTuple):
    """The profile of one run, and why it was chosen."""

    name: ProfileName
    because: ProfileReason
    profile: Profile


@dataclass(frozen=True)
class ProfileBook:
    """Chooses profiles: the one from the settings, else the one that a probe found for the model, else the default."""

    known: Profiles
    set_to: ProfileName | None = None
    """The profile from the settings; None if they name none."""
    found: Mapping[str, ProfileName] = field(default_factory=dict)
    """The profiles that probes found, by `model_key`."""

    def choose(self, handle: ModelHandle) -> ChosenProfile:
        """Return the profile for a model."""
        if self.set_to is not None:
            return self._chosen(self.set_to, "set")
        found = self.found.get(model_key(handle))
        return self._chosen(self.known.default, "default") if found is None else self._chosen(found, "probed")

    def _chosen(self, name: ProfileName, because: ProfileReason) -> ChosenProfile:
        return ChosenProfile(name, because, self.known.profiles[name])


def load_profiles() -> Profiles:
    """Read the profiles that ship with the program."""
    text = resources.files("llmfirst.engine").joinpath("profiles.toml").read_text(encoding="utf-8")
    return Profiles.model_validate(tomllib.loads(text))


def model_key(handle: ModelHandle) -> str:
    """Return the key of a model's probed profile: the digest of its weights or, if unknown, its name."""
    return (handle.digest or f"{handle.provider.kind}/{handle.model}")[-_LONGEST_KEY:]
