"""Rates: how fast a machine reads and writes with one model, learned while it works. Pure."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

# Estimator of Jacobson's retransmission timer (RFC 6298 has the same form): mean, and mean absolute deviation.
_GAIN: Final = 1 / 20
_NEWEST: Final = 0.3
# How many measured gaps make a rate; a rate of an earlier answer counts as so many.
ENOUGH_GAPS: Final = 8
_EARLY_GAPS: Final = 10
_OUTLIER: Final = 4


@dataclass(frozen=True)
class Rates:
    """What was measured; None where nothing was yet."""

    token_seconds: float | None = None
    """Seconds per written token, in the mean."""
    token_deviation: float = 0.0
    """The mean absolute deviation from that."""
    read_seconds: float | None = None
    """Seconds per token of a prompt that was not in the cache."""
    first_seconds: float | None = None
    """From a call to its first text, where the prompt began with what the model had just read or written."""
    characters_per_token: float | None = None
    gaps: int = 0
    """How many gaps between tokens were measured."""

    @property
    def careful_token_seconds(self) -> float | None:
        """Return a time per token that few tokens exceed: mean and two deviations."""
        return None if self.token_seconds is None else self.token_seconds + 2 * self.token_deviation

    @property
    def character_seconds(self) -> float | None:
        """Return the time per character of a prompt that is not in the cache."""
        if self.read_seconds is None or self.characters_per_token is None:
            return None
        return self.read_seconds / self.characters_per_token

    def after_gap(self, seconds: float, tokens: int) -> "Rates":
        """Learn from `tokens` that came `seconds` after the ones before them."""
        gap = seconds / max(1, tokens)
        careful = self.careful_token_seconds
        if self.token_seconds is None or careful is None:
            return self._with(gap, gap / 2, 1)
        # A stall is no rate: one long gap counts as a slow token, and one that came first is soon forgotten.
        gap = min(gap, _OUTLIER * careful) if self.gaps else gap
        is_early = self.gaps < _EARLY_GAPS and gap < self.token_seconds
        gain = 0.5 if is_early else max(_GAIN, 1 / (self.gaps + 1))
        mean = self.token_seconds + gain * (gap - self.token_seconds)
        deviation = self.token_deviation + gain * (abs(gap - self.token_seconds) - self.token_deviation)
        return self._with(mean, deviation, self.gaps + 1)

    def after_first(self, seconds: float) -> "Rates":
        """Learn from a continued call whose first text came after `seconds`."""
        return replace(self, first_seconds=moving_mean(self.first_seconds, seconds))

    def after_prompt(self, seconds: float, tokens: int, characters: int) -> "Rates":
        """Learn from a prompt of `characters`, of which `tokens` were read in `seconds`."""
        return replace(
            self,
            read_seconds=moving_mean(self.read_seconds, seconds / max(1, tokens)),
            characters_per_token=moving_mean(self.characters_per_token, max(1, characters) / max(1, tokens)),
        )

    def shared_by(self, runs: int) -> "Rates":
        """Return what is expected of a machine that `runs` runs share: a first guess, corrected by what is measured."""
        if runs <= 1 or self.token_seconds is None:
            return self
        return self._with(self.token_seconds * runs, self.token_deviation * runs, 0)

    def as_guess(self) -> "Rates":
        """Return rates that what is measured from now on replaces quickly."""
        return replace(self, gaps=min(self.gaps, ENOUGH_GAPS))

    def _with(self, mean: float, deviation: float, gaps: int) -> "Rates":
        return Rates(mean, deviation, self.read_seconds, self.first_seconds, self.characters_per_token, gaps)


RATES_JSON: Final = TypeAdapter(Rates)


def moving_mean(before: float | None, now: float) -> float:
    """Return the mean of what was measured per call or run, in which the newest counts 0.3."""
    return now if before is None else before + _NEWEST * (now - before)


class RateBook:
    """The rates of each model, provider and placement; whoever stores them takes out the new ones."""

    def __init__(self, stored: Mapping[str, str] | None = None) -> None:
        """Take what was stored; entries that cannot be read are measured anew."""
        self._rates: dict[str, Rates] = {}
        self._new: dict[str, Rates] = {}
        for key, text in (stored or {}).items():
            with suppress(ValidationError):
                self._rates[key] = RATES_JSON.validate_json(text)

    def known(self, key: str) -> Rates:
        return self._rates.get(key, Rates())

    def learn(self, key: str, rates: Rates) -> None:
        self._rates[key] = self._new[key] = rates

    def take_new(self) -> dict[str, str]:
        """Return what was learned since the last time, as JSON."""
        new, self._new = self._new, {}
        return {key: RATES_JSON.dump_json(rates).decode() for key, rates in new.items()}
