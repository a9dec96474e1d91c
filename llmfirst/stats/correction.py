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


def corrected_rate(
    passed: int, total: int, judge: Confusion, confidence: float = 0.95, *, unread: int = 0
) -> CorrectedRate | None:
    """Estimate the true rate, given that a judge with these errors passed `passed` of `total` answers.

    `unread` of them have no text. They count as bad, but the judge never read them, so it cannot have passed one by
    mistake and only the others are corrected.

    None if nothing was judged, if the calibration has no good or no bad answers, or if the judge is no better than
    chance (sensitivity + specificity <= 1). The interval includes the uncertainty of the verdicts and of the
    calibration.

    Raises ValueError unless 0 <= passed <= total - unread and 0 < confidence < 1.
    Source: Rogan and Gladen, Am. J. Epidemiol. 107 (1978) 71, for the value; Lang and Reiczigel, Prev. Vet. Med. 113
    (2014) 13, for the interval. Lee et al. (arXiv 2511.21140) use both for judges. With unread answers a pass by
    mistake has the probability (read share - true rate) (1 - specificity), and the variance of the difference of two
    multinomial shares replaces that of one.
    """
    if not 0 <= passed <= total - unread <= total:
        raise ValueError(f"The passes must be between 0 and what was read: {passed} of {total - unread}")
    z = -float(ndtri(tail(confidence)))
    sensitivity, specificity = judge.sensitivity, judge.specificity
    if total == 0 or sensitivity.rate is None or specificity.rate is None:
        return None
    better_than_chance = sensitivity.rate + specificity.rate - 1
    if better_than_chance <= 0:
        return None
    value = (passed / total - (1 - unread / total) * (1 - specificity.rate)) / better_than_chance
    count = total + z * z
    rate, read = (passed + z * z / 2) / count, 1 - unread / count
    sens, good = (sensitivity.passed + 1) / (sensitivity.total + 2), sensitivity.total + 2
    spec, bad = (specificity.passed + 1) / (specificity.total + 2), specificity.total + 2
    if sens + spec <= 1:
        return CorrectedRate(_share(value), Interval(0.0, 1.0))
    middle = (rate - read * (1 - spec)) / (sens + spec - 1)
    of_good, of_bad = sens * (1 - sens) / good, spec * (1 - spec) / bad
    shift = 2 * z * z * (middle * of_good - (read - middle) * of_bad)
    of_answers = (rate * spec**2 + (read - rate) * (1 - spec) ** 2 - (rate - read * (1 - spec)) ** 2) / count
    spread = sqrt(of_answers + middle**2 * of_good + (read - middle) ** 2 * of_bad) / (sens + spec - 1)
    return CorrectedRate(
        _share(value), Interval(_share(middle + shift - z * spread), _share(middle + shift + z * spread))
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
