"""Calibration: measure a judge on the gold set, and decide whether its verdicts can be trusted.

A judge reads the gold set case by case until the decision is certain (docs/decisions/0024). It is looked at after half,
after three quarters and at the end, each time with less of the error that all looks may make together. Between them, it
is given up as soon as a rule can no longer hold. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

from evals.calibration.answers import Defect, GoldSet, Label
from evals.calibration.gold_verdicts import GoldVerdict, cases_read, gold_questions, gold_verdicts
from evals.judge.questions import yes_no_key
from evals.judge.verdicts import LEAST_MASS, ItemVerdict
from evals.records.opinions import YesNo
from evals.suite.cases import Language
from llmfirst import (
    Auc,
    Confusion,
    Difference,
    Interval,
    Kappa,
    Proportion,
    auc,
    cohen_kappa,
    generator,
    least_sample,
    paired_difference,
    proportion,
)

RuleName = Literal[
    "sensitivity", "specificity", "auc", "kappa", "coverage", "beats_length", "beats_always_yes", "verdict_mass"
]
# For the lower ends of sensitivity and specificity. Below, a rate that is corrected for the judge's errors says little:
# with a true rate of 80 %, 100 verdicts and 100 gold answers of each kind, its 95 % interval is 0.43 to 1.00 for
# sensitivity 0.96 and specificity 0.25, 0.63 to 0.96 for 0.90 and 0.70, and 0.69 to 0.90 for 0.95 and 0.90.
LEAST_RATE: Final = 0.70
LEAST_AUC: Final = 0.80
LEAST_KAPPA: Final = 0.60
LEAST_COVERAGE: Final = 0.50  # of the gold answers: a judge that abstains from most of them was hardly measured
LEAST_MASS_SHARE: Final = 0.99
# Each look may believe a judge wrongly in 0.25, 0.25 and 2 of 100 calibrations: together no more than a single look at
# intervals of 95 %. These are the confidences of the two-sided intervals.
EARLY_LOOKS: Final = (0.5, 0.75)  # shares of the gold cases
EARLY_CONFIDENCE: Final = 0.995
LAST_CONFIDENCE: Final = 0.96
_SEED: Final = 7

Ended = Literal["proved", "lost", "whole"]
"""Why no more is read: every rule is proved early; a rule can no longer hold; or all was read."""


@dataclass(frozen=True)
class Rule:
    """One condition that a judge must meet to be trusted."""

    name: RuleName
    value: float | None
    """The measured value; None means that it could not be measured, and the rule is broken."""

    target: float
    """The least value allowed; a target of 0 must be exceeded."""

    @property
    def holds(self) -> bool:
        return self.value is not None and (self.value >= self.target if self.target else self.value > 0)


@dataclass(frozen=True)
class Calibration:
    """How well a judge did on the gold set of one language."""

    language: Language
    ended: Ended
    answers: int
    """The number of gold answers that were read."""

    of_answers: int
    """The number of answers in the gold set."""

    decided: int
    """The number of answers that the judge did not abstain from."""

    confusion: Confusion
    """The verdicts on decided answers, as an evaluation would give them."""

    judge_alone: Confusion
    """The verdicts on decided answers, without checks of form and flags."""

    auc: Auc | None
    kappa: Kappa | None
    length: Auc | None
    """The AUC of the length of the answer alone, for comparison."""

    beats_length: Difference | None
    """The judge's accuracy minus that of passing all answers of at least the best length; abstaining is wrong."""

    beats_always_yes: Difference | None
    """The judge's accuracy minus that of passing all answers; abstaining is wrong."""

    verdict_mass_share: float
    """The share of readings in which yes and no have at least LEAST_MASS of the probability of the first token."""

    passed_bad: Mapping[Defect, Proportion]
    """How many of the bad answers with each defect passed."""

    verdicts: tuple[GoldVerdict, ...]

    @property
    def confidence(self) -> float:
        """The confidence of the intervals whose lower ends the rules look at."""
        return EARLY_CONFIDENCE if self.ended == "proved" else LAST_CONFIDENCE

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The conditions of trust, the same for every judge and language.

        At an early look, AUC, kappa and coverage must hold by the lower ends of their intervals too.
        """
        sensitivity, specificity = (
            _lower_end(share.passed, share.total, self.confidence)
            for share in (self.confusion.sensitivity, self.confusion.specificity)
        )
        coverage = proportion(self.decided, self.answers, self.confidence)
        return (
            Rule("sensitivity", sensitivity, LEAST_RATE),
            Rule("specificity", specificity, LEAST_RATE),
            Rule("auc", None if self.auc is None else self._seen(self.auc.area, self.auc.interval), LEAST_AUC),
            Rule(
                "kappa", None if self.kappa is None else self._seen(self.kappa.value, self.kappa.interval), LEAST_KAPPA
            ),
            Rule("coverage", self._seen(coverage.rate, coverage.interval), LEAST_COVERAGE),
            Rule("beats_length", _low(self.beats_length, self.confidence), 0.0),
            Rule("beats_always_yes", _low(self.beats_always_yes, self.confidence), 0.0),
            Rule("verdict_mass", self.verdict_mass_share, LEAST_MASS_SHARE),
        )

    @property
    def is_trustworthy(self) -> bool:
        return self.ended != "lost" and all(rule.holds for rule in self.rules)

    def _seen(self, value: float | None, interval: Interval | None) -> float | None:
        return interval.low if self.ended == "proved" and interval is not None else value


def calibration(gold: GoldSet, readings: Mapping[str, YesNo], *, is_whole: bool = False) -> Calibration | None:
    """Compute the calibration of a judge from its `readings` by key; None while it has to read on.

    With `is_whole`, it has to read the whole gold set.
    """
    read = cases_read(gold, readings)
    if read == len(gold.cases):
        return _measured(gold, read, readings, "whole")
    if is_whole:
        return None
    if _is_lost(gold, read, readings):
        return _measured(gold, read, readings, "lost")
    reached = max((look for look in looks(gold) if look <= read), default=None)
    found = None if reached is None else _measured(gold, reached, readings, "proved")
    return found if found is not None and found.is_trustworthy else None


def looks(gold: GoldSet) -> tuple[int, ...]:
    """Return after how many cases a judge may be believed before the end."""
    return tuple(ceil(share * len(gold.cases)) for share in EARLY_LOOKS)


def _is_lost(gold: GoldSet, read: int, readings: Mapping[str, YesNo]) -> bool:
    """Return whether a rule would be broken even if the judge were right about all that it has not read."""
    begun = gold.first(read)
    verdicts = [*gold_verdicts(begun, readings)]
    table, left = _confusion((each.label, each.verdict) for each in verdicts), gold.labels - begun.labels
    masses = _masses(begun, readings)
    unread = len(gold_questions(gold)) - len(masses)
    open_answers = sum(each.verdict == "abstained" for each in verdicts)
    shares = (
        (table.true_yes + left["good"], table.true_yes + table.false_no + left["good"]),
        (table.true_no + left["bad"], table.true_no + table.false_yes + left["bad"]),
    )
    lows = [_lower_end(passed, total, LAST_CONFIDENCE) for passed, total in shares]
    return (
        any(low is None or low < LEAST_RATE for low in lows)
        or 1 - open_answers / gold.labels.total() < LEAST_COVERAGE
        or (sum(mass >= LEAST_MASS for mass in masses) + unread) / (len(masses) + unread) < LEAST_MASS_SHARE
    )


def _measured(gold: GoldSet, cases: int, readings: Mapping[str, YesNo], ended: Ended) -> Calibration:
    """Measure a judge on the first cases of a gold set."""
    read = gold.first(cases)
    confidence = EARLY_CONFIDENCE if ended == "proved" else LAST_CONFIDENCE
    verdicts = tuple(gold_verdicts(read, readings))
    confusion = _confusion((each.label, each.verdict) for each in verdicts)
    good, bad = ([each for each in verdicts if each.label == label] for label in ("good", "bad"))
    masses = _masses(read, readings)
    return Calibration(
        language=gold.language,
        ended=ended,
        answers=len(verdicts),
        of_answers=gold.labels.total(),
        decided=sum(each.verdict != "abstained" for each in verdicts),
        confusion=confusion,
        judge_alone=_confusion((each.label, each.by_judge) for each in verdicts),
        auc=auc(_scores(good), _scores(bad)),
        kappa=cohen_kappa(confusion.table),
        length=auc([each.characters for each in good], [each.characters for each in bad]),
        beats_length=_advantage(verdicts, _passes_by_length(verdicts), confidence),
        beats_always_yes=_advantage(verdicts, [True] * len(verdicts), confidence),
        verdict_mass_share=sum(mass >= LEAST_MASS for mass in masses) / len(masses),
        passed_bad=_by_defect(bad),
        verdicts=verdicts,
    )


def _masses(gold: GoldSet, readings: Mapping[str, YesNo]) -> list[float]:
    return [readings[yes_no_key(*question)].mass for question in gold_questions(gold)]


def _confusion(pairs: Iterable[tuple[Label, ItemVerdict]]) -> Confusion:
    counts = Counter(pairs)
    return Confusion(
        true_yes=counts["good", "passed"],
        false_no=counts["good", "failed"],
        true_no=counts["bad", "failed"],
        false_yes=counts["bad", "passed"],
    )


def _by_defect(bad: Sequence[GoldVerdict]) -> dict[Defect, Proportion]:
    passes: defaultdict[Defect, list[bool]] = defaultdict(list)
    for each in bad:
        if each.defect is not None:
            passes[each.defect].append(each.verdict == "passed")
    return {defect: proportion(sum(passed), len(passed)) for defect, passed in passes.items()}


def _scores(verdicts: Iterable[GoldVerdict]) -> list[float]:
    return [each.score for each in verdicts if each.score is not None]


def _passes_by_length(verdicts: Sequence[GoldVerdict]) -> list[bool]:
    """Pass every answer of at least the length that separates these very answers best: the strongest such baseline."""

    def count_right(least: int) -> int:
        return sum((each.characters >= least) == (each.label == "good") for each in verdicts)

    best = max((each.characters for each in verdicts), key=count_right)
    return [each.characters >= best for each in verdicts]


def _advantage(verdicts: Sequence[GoldVerdict], baseline: Sequence[bool], confidence: float) -> Difference | None:
    """Return the judge's accuracy minus that of a baseline, paired by question; an abstention counts as wrong."""
    pairs: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for each, baseline_passes in zip(verdicts, baseline, strict=True):
        is_right = each.verdict == ("passed" if each.label == "good" else "failed")
        pairs[each.case_id].append((float(baseline_passes == (each.label == "good")), float(is_right)))
    return paired_difference(pairs, generator(_SEED), confidence)


def _lower_end(passed: int, total: int, confidence: float) -> float | None:
    interval = proportion(passed, total, confidence).interval
    return None if interval is None else interval.low


def _low(difference: Difference | None, confidence: float) -> float | None:
    """Return the lower end, or the difference itself if it is the same in more questions than chance explains."""
    if difference is None:
        return None
    if difference.interval is None:
        return difference.mean if difference.clusters >= least_sample(0.5, confidence) else None
    return difference.interval.low
