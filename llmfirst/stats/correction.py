"""Correct a pass rate for the known errors of the judge that measured it."""

from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri

from llmfirst.stats.agreement import Confusion
from llmfirst.stats.proportions import Interval, tail


@dataclass(frozen=True)
class CorrectedRate:
    """An estimate of the true share of good answers."""

    value: float
    """The share, 0 to 1."""

    interval: Interval


def corrected_rate(passed: int, total: int, judge: Confusion, confidence: float = 0.95) -> CorrectedRate | None:
    """Estimate the true rate, given that a judge with these errors passed `passed` of `total` answers.

    None if nothing was judged, if the calibration has no good or no bad answers, or if the judge is no better than
    chance (sensitivity + specificity <= 1). The interval includes the uncertainty of the verdicts and of the
    calibration.

    Raises ValueError unless 0 <= passed <= total and 0 < confidence < 1.
    Source: Rogan and Gladen, Am. J. Epidemiol. 107 (1978) 71, for the value; Lang and Reiczigel, Prev. Vet. Med. 113
    (2014) 13, for the interval. Lee et al. (arXiv 2511.21140) use both for judges.
    """
    if not 0 <= passed <= total:
        raise ValueError(f"The passes must be between 0 and the total: {passed} of {total}")
    z = -float(ndtri(tail(confidence)))
    sensitivity, specificity = judge.sensitivity, judge.specificity
    if total == 0 or sensitivity.rate is None or specificity.rate is None:
        return None
    better_than_chance = sensitivity.rate + specificity.rate - 1
    if better_than_chance <= 0:
        return None
    value = (passed / total + specificity.rate - 1) / better_than_chance
    rate, count = (passed + z * z / 2) / (total + z * z), total + z * z
    sens, good = (sensitivity.passed + 1) / (sensitivity.total + 2), sensitivity.total + 2
    spec, bad = (specificity.passed + 1) / (specificity.total + 2), specificity.total + 2
    if sens + spec <= 1:
        return CorrectedRate(_share(value), Interval(0.0, 1.0))
    middle = (rate + spec - 1) / (sens + spec - 1)
    of_good, of_bad = sens * (1 - sens) / good, spec * (1 - spec) / bad
    shift = 2 * z * z * (middle * of_good - (1 - middle) * of_bad)
    spread = sqrt(rate * (1 - rate) / count + middle**2 * of_good + (1 - middle) ** 2 * of_bad) / (sens + spec - 1)
    return CorrectedRate(
        _share(value), Interval(_share(middle + shift - z * spread), _share(middle + shift + z * spread))
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
