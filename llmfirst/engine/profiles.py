"""Profiles: how a model is asked, as data with its evidence, and which profile a model gets. Values only."""

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


class ReviewLimits(Value):
    """What the model's review of its own answer may cost; where it would cost more there is none."""

    seconds: float = Field(gt=0)
    tokens: int = Field(ge=1)


class SupplementLimits(Value):
    """What may follow a review, where more than `above` of the model's one token says that something is missing."""

    seconds: float = Field(gt=0)
    tokens: int = Field(ge=1)
    above: float = Field(ge=0, lt=1)


class Profile(Value):
    """How a model is asked, and what was measured of that."""

    sections: Literal["grown", "instructed"]
    """One growing reply to the bare question, or one call per section with what the model planned for it."""
    strategy_tokens: int = Field(ge=1)
    """How long the plan may be."""
    review: ReviewLimits | None = None
    """None: the model does not review its answer."""
    supplement: SupplementLimits | None = None
    """None: nothing is added to an answer after its review."""
    evidence: str = Field(min_length=1)


class Profiles(Value):
    """All profiles, and the one for a model that was never probed."""

    default: ProfileName
    profiles: dict[ProfileName, Profile]


# One growing reply and nothing besides it: for measuring the engine itself.
BARE: Final = Profiles(
    default="direct",
    profiles={"direct": Profile(sections="grown", strategy_tokens=80, evidence="docs/decisions/0009")},
)


class ChosenProfile(NamedTuple):
    """The profile of one run, and why it has that."""

    name: ProfileName
    because: ProfileReason
    profile: Profile


@dataclass(frozen=True)
class ProfileBook:
    """Which profile each model gets: the one set, else the one that a probe found for it, else the default."""

    known: Profiles
    set_to: ProfileName | None = None
    found: Mapping[str, ProfileName] = field(default_factory=dict)

    def choose(self, handle: ModelHandle) -> ChosenProfile:
        """Return the profile for a model."""
        if self.set_to is not None:
            return self._chosen(self.set_to, "set")
        found = self.found.get(model_key(handle))
        return self._chosen(self.known.default, "default") if found is None else self._chosen(found, "probed")

    def _chosen(self, name: ProfileName, because: ProfileReason) -> ChosenProfile:
        return ChosenProfile(name, because, self.known.profiles[name])


def load_profiles() -> Profiles:
    """Read the profiles that come with the program."""
    text = resources.files("llmfirst.engine").joinpath("profiles.toml").read_text(encoding="utf-8")
    return Profiles.model_validate(tomllib.loads(text))


def model_key(handle: ModelHandle) -> str:
    """Return the key that a probed profile is stored by: the digest of the weights, else the name of the model."""
    return (handle.digest or f"{handle.provider.kind}/{handle.model}")[-_LONGEST_KEY:]
