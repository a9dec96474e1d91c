"""Learns how fast a machine reads and writes with a model. Pure."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

logger = logging.getLogger(__name__)

# The estimator of Jacobson's retransmission timer (as in RFC 6298): moving mean and mean absolute deviation.
_GAIN: Final = 1 / 20
_NEWEST: Final = 0.3  # the weight of the newest value in a moving mean
ENOUGH_GAPS: Final = 8  # measured gaps that make a reliable rate; a rate from earlier answers counts as this many
_EARLY_GAPS: Final = 10  # in which a faster gap counts half, to forget a slow start
LEAST_TOKEN_SECONDS: Final = 1e-6  # no machine reads or writes a token in less
_MOST_SECONDS: Final = 86_400.0
_LEAST_CHARACTERS: Final = 1e-3  # per token of a prompt; a template may be far longer than a question
_MOST_CHARACTERS: Final = 1e3
_OUTLIER: Final = 4  # a gap counts as at most this multiple of a pessimistic one


PerToken = Annotated[float, Field(ge=LEAST_TOKEN_SECONDS / 2, le=_MOST_SECONDS)]  # means are rounded


@dataclass(frozen=True)
class Rates:
    """Measured rates; a field is None before it was measured. The ranges hold for what is measured and what is stored.

    No observation leads out of them, so the rates of an answer can be used without a check.
    """

    token_seconds: PerToken | None = None
    """The mean seconds per written token."""
    token_deviation: Annotated[float, Field(ge=0, le=_MOST_SECONDS)] = 0.0
    """The mean absolute deviation of that."""
    read_seconds: PerToken | None = None
    """Seconds per token of a prompt that was not in the cache."""
    first_seconds: Annotated[float, Field(ge=0, le=_MOST_SECONDS)] | None = None
    """From a call to its first text, if its prompt began with what the model had just read or written."""
    characters_per_token: Annotated[float, Field(ge=_LEAST_CHARACTERS / 2, le=_MOST_CHARACTERS * 2)] | None = None
    gaps: Annotated[int, Field(ge=0)] = 0
    """The number of measured gaps between tokens."""

    @property
    def careful_token_seconds(self) -> float | None:
        """A pessimistic time per token: the mean plus two deviations."""
        return None if self.token_seconds is None else self.token_seconds + 2 * self.token_deviation

    @property
    def character_seconds(self) -> float | None:
        """The time per character of a prompt that is not in the cache."""
        if self.read_seconds is None or self.characters_per_token is None:
            return None
        return self.read_seconds / self.characters_per_token

    def after_gap(self, seconds: float, tokens: int) -> "Rates":
        """Return the rates after `tokens` tokens arrived `seconds` after the ones before."""
        gap = max(LEAST_TOKEN_SECONDS, seconds / max(1, tokens))
        careful = self.careful_token_seconds
        if self.token_seconds is None or careful is None:
            return self._with(gap, gap / 2, 1)
        # A stall is not a rate: a long gap counts only as a slow token, and a slow start is soon forgotten.
        gap = min(gap, _OUTLIER * careful) if self.gaps else gap
        is_early = self.gaps < _EARLY_GAPS and gap < self.token_seconds
        gain = 0.5 if is_early else max(_GAIN, 1 / (self.gaps + 1))
        mean = self.token_seconds + gain * (gap - self.token_seconds)
        deviation = self.token_deviation + gain * (abs(gap - self.token_seconds) - self.token_deviation)
        return self._with(mean, deviation, self.gaps + 1)

    def after_first(self, seconds: float) -> "Rates":
        """Return the rates after a continued call whose first text arrived after `seconds`."""
        return replace(self, first_seconds=moving_mean(self.first_seconds, seconds))

    def after_prompt(self, seconds: float, tokens: int, characters: int) -> "Rates":
        """Return the rates after reading a prompt of `characters` characters and `tokens` tokens in `seconds`.

        A count of tokens that the prompt cannot have teaches nothing.
        """
        read, long = seconds / max(1, tokens), max(1, characters) / max(1, tokens)
        if not _LEAST_CHARACTERS <= long <= _MOST_CHARACTERS:
            return self
        return replace(
            self,
            read_seconds=moving_mean(self.read_seconds, max(LEAST_TOKEN_SECONDS, read)),
            characters_per_token=moving_mean(self.characters_per_token, long),
        )

    def shared_by(self, runs: int) -> "Rates":
        """Return the rates to expect if `runs` runs share the machine: a guess until new measurements arrive."""
        if runs <= 1 or self.token_seconds is None:
            return self
        return self._with(self.token_seconds * runs, self.token_deviation * runs, 0)

    def as_guess(self) -> "Rates":
        """Return the rates with less weight, so that new measurements quickly replace them."""
        return replace(self, gaps=min(self.gaps, ENOUGH_GAPS))

    def _with(self, mean: float, deviation: float, gaps: int) -> "Rates":
        return Rates(mean, deviation, self.read_seconds, self.first_seconds, self.characters_per_token, gaps)


RATES_JSON: Final = TypeAdapter(Rates)


def moving_mean(before: float | None, now: float) -> float:
    """Return the moving mean after a new value, which has the weight 0.3."""
    return now if before is None else before + _NEWEST * (now - before)


class RateBook:
    """The rates of each model, provider and placement. The caller stores what `take_new` returns."""

    def __init__(self, stored: Mapping[str, str] | None = None) -> None:
        """Load stored rates; entries that cannot be used are dropped and measured again."""
        self._rates: dict[str, Rates] = {}
        self._new: dict[str, Rates] = {}
        unusable = list[str]()
        for key, text in (stored or {}).items():
            try:
                self._rates[key] = RATES_JSON.validate_json(text)
            except ValidationError:
                unusable.append(key)
        if unusable:
            logger.warning("stored rates cannot be used and are measured again: %s", "; ".join(unusable))

    def known(self, key: str) -> Rates:
        """Return the rates for a key; empty ones if there are none."""
        return self._rates.get(key, Rates())

    def of_weights(self, weights: str, kind: str) -> Rates:
        """Return the rates of a model, wherever its service put it; empty ones if there are none."""
        return next((rates for key, rates in self._rates.items() if key.split("|")[:2] == [weights, kind]), Rates())

    def learn(self, key: str, rates: Rates) -> None:
        """Replace the rates for a key."""
        self._rates[key] = self._new[key] = rates

    def take_new(self) -> dict[str, str]:
        """Return the rates that were learned since the last call, as JSON."""
        new, self._new = self._new, {}
        return {key: RATES_JSON.dump_json(rates).decode() for key, rates in new.items()}
