"""Profiles describe how models are prompted; a ProfileBook chooses the profile for a model."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Final, Literal, NamedTuple

from pydantic import Field

from llmfirst.events import ProfileName, ProfileReason
from llmfirst.providers.base import ModelHandle
from llmfirst.values import Value

_LONGEST_KEY: Final = 128


Sections = Literal["grown", "asked", "instructed"]


class VerdictLimits(Value):
    """The limits of a model's verdict on its own answer; what would exceed them is skipped."""

    seconds: float = Field(gt=0)
    """For all its questions together."""


class WorkingLimits(Value):
    """The limits of the question whether an answer must be worked out; what would exceed them is skipped."""

    seconds: float = Field(gt=0)
    """For an answer of 120 s; proportionally less for a shorter one."""


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

    sections: Sections
    """How the strategy and the sections are asked for.

    - grown: one growing reply to the bare question, as far as the model goes on with it.
    - asked: one reply to a message that asks for the core and then for its explanation, and a call for the conclusion,
      with the same words for every question. Where the model finds that a result must be worked out, or the service
      cannot continue a message: a call per section.
    - instructed: one call per section, with what the model's plan says for it.
    """
    strategy_tokens: int = Field(ge=1)
    """The maximum length of the plan."""
    working: WorkingLimits | None = None
    """None: the model is not asked whether the answer must be worked out."""
    verdict: VerdictLimits | None = None
    """None: the model gives no verdict on its answer."""
    review: ReviewLimits | None = None
    """None: the model does not review its answer."""
    supplement: SupplementLimits | None = None
    """None: nothing is added to an answer after its review."""
    evidence: str = Field(min_length=1)
    """Where the measurements behind the profile are documented."""


class SizeRule(Value):
    """Which profile a model has by its number of parameters, until a probe has found one for it."""

    large_from: int = Field(gt=0)
    """So many parameters make a model large."""
    small: ProfileName
    large: ProfileName
    unknown: ProfileName
    """The profile of a model whose service does not tell its size."""
    evidence: str = Field(min_length=1)


class Profiles(Value):
    """All profiles of the program."""

    by_size: SizeRule
    profiles: dict[ProfileName, Profile]

    def for_size(self, parameter_count: int | None) -> tuple[ProfileName, ProfileReason]:
        """Return the profile of a model that was never probed, and why."""
        rule = self.by_size
        if parameter_count is None:
            return rule.unknown, "size_unknown"
        return (rule.large if parameter_count >= rule.large_from else rule.small), "size"


# One growing reply without a review, on every model: for measuring the engine itself.
BARE: Final = Profiles(
    by_size=SizeRule(large_from=1, small="direct", large="direct", unknown="direct", evidence="docs/decisions/0009"),
    profiles={"direct": Profile(sections="grown", strategy_tokens=80, evidence="docs/decisions/0009")},
)


class ChosenProfile(NamedTuple):
    """The profile of one run, and why it was chosen."""

    name: ProfileName
    because: ProfileReason
    profile: Profile
    thinks: bool = False
    """Whether `auto` lets the model think, because thinking paid in its probe by this profile."""


class ProfileBook:
    """Chooses profiles: the one that was asked for, else the one from the settings, else the one that a probe found for
    the model, else by its size."""

    def __init__(
        self,
        known: Profiles,
        set_to: ProfileName | None = None,
        found: Mapping[str, ProfileName] | None = None,
        thinking_pays: Mapping[str, bool] | None = None,
    ) -> None:
        """Take the profile from the settings (None: they name none) and what probes found, by `model_key`."""
        self.known = known
        self.set_to = set_to
        self._found = dict(found or {})
        self._thinking_pays = dict(thinking_pays or {})

    def choose(self, handle: ModelHandle, asked: ProfileName | None = None) -> ChosenProfile:
        """Return the profile for a model; `asked` is the one that was chosen for the question."""
        name, because = self._name(handle, asked)
        is_found = self._found.get(model_key(handle)) == name
        return ChosenProfile(name, because, self.known.profiles[name], is_found and bool(self.thinking_pays(handle)))

    def is_found(self, handle: ModelHandle) -> bool:
        """Return whether a probe has found the profile of a model."""
        return model_key(handle) in self._found

    def thinking_pays(self, handle: ModelHandle) -> bool | None:
        """Return whether thinking paid in the probe of a model; None where it was not tried."""
        return self._thinking_pays.get(model_key(handle))

    def learn(self, handle: ModelHandle, name: ProfileName, *, thinking_pays: bool | None = None) -> None:
        """Take what a probe found; the next question is asked so."""
        self._found[model_key(handle)] = name
        if thinking_pays is not None:
            self._thinking_pays[model_key(handle)] = thinking_pays

    def _name(self, handle: ModelHandle, asked: ProfileName | None) -> tuple[ProfileName, ProfileReason]:
        if asked is not None and asked in self.known.profiles:
            return asked, "asked"
        if self.set_to is not None:
            return self.set_to, "set"
        found = self._found.get(model_key(handle))
        return self.known.for_size(handle.capabilities.parameter_count) if found is None else (found, "probed")


def load_profiles() -> Profiles:
    """Read the profiles that ship with the program."""
    text = resources.files("llmfirst.engine").joinpath("profiles.toml").read_text(encoding="utf-8")
    return Profiles.model_validate(tomllib.loads(text))


def model_key(handle: ModelHandle) -> str:
    """Return the key of a model's probed profile: the digest of its weights or, if unknown, its name."""
    return (handle.digest or f"{handle.provider.kind}/{handle.model}")[-_LONGEST_KEY:]
