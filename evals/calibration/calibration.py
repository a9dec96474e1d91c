"""Calibration: measure a judge on the gold set, and decide whether its verdicts can be trusted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.calibration.answers import Defect, GoldSet, Label
from evals.judge.judged_answers import item_verdict_of, verdicts_of
from evals.judge.questions import JudgeQuestion, questions_about, yes_no_key
from evals.judge.verdicts import LEAST_MASS, Decided, ItemVerdict, Scored, Unscored, Verdict, item_verdict
from evals.records.opinions import YesNo
from evals.suite.cases import Case, Language
from llmfirst import (
    Auc,
    Confusion,
    Difference,
    Kappa,
    Proportion,
    auc,
    cohen_kappa,
    generator,
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
_SEED: Final = 7
_SAME_EVERYWHERE: Final = 6  # questions; if both are equally good, all six agree by chance in one of 32 draws


@dataclass(frozen=True)
class GoldVerdict:
    """The verdict on one gold answer."""

    case_id: str
    label: Label
    defect: Defect | None
    verdict: ItemVerdict
    """The verdict that an evaluation would give."""

    by_judge: ItemVerdict
    """The verdict of the judge alone, without checks of form and without flags for text that addresses the judge."""

    score: float | None
    """The lowest score among the critical criteria: 1 at the good anchor, -1 at the bad one, 0 halfway.

    None if no critical criterion was decided or nearly decided.
    """

    characters: int
    """The length of the answer."""


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
    answers: int
    """The number of gold answers."""

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
    def rules(self) -> tuple[Rule, ...]:
        """The conditions of trust, the same for every judge and language."""
        sensitivity, specificity = self.confusion.sensitivity.interval, self.confusion.specificity.interval
        return (
            Rule("sensitivity", None if sensitivity is None else sensitivity.low, LEAST_RATE),
            Rule("specificity", None if specificity is None else specificity.low, LEAST_RATE),
            Rule("auc", None if self.auc is None else self.auc.area, LEAST_AUC),
            Rule("kappa", None if self.kappa is None else self.kappa.value, LEAST_KAPPA),
            Rule("coverage", self.decided / self.answers, LEAST_COVERAGE),
            Rule("beats_length", _low(self.beats_length), 0.0),
            Rule("beats_always_yes", _low(self.beats_always_yes), 0.0),
            Rule("verdict_mass", self.verdict_mass_share, LEAST_MASS_SHARE),
        )

    @property
    def is_trustworthy(self) -> bool:
        return all(rule.holds for rule in self.rules)


def gold_questions(gold: GoldSet) -> list[JudgeQuestion]:
    """Return all questions to a judge about a gold set: for each case its anchors, then its answers."""
    return [
        question for case in gold.cases for question in questions_about(case, [answer.text for answer in case.answers])
    ]


def calibration(gold: GoldSet, readings: Mapping[str, YesNo]) -> Calibration | None:
    """Compute the calibration of a judge from its `readings` by key; None if a reading is missing."""
    found = [readings.get(yes_no_key(*question)) for question in gold_questions(gold)]
    masses = [reading.mass for reading in found if reading is not None]
    if len(masses) < len(found):
        return None
    verdicts = tuple(_verdicts(gold, readings))
    decided = [each for each in verdicts if each.verdict != "abstained"]
    confusion = _confusion((each.label, each.verdict) for each in verdicts)
    good, bad = ([each for each in verdicts if each.label == label] for label in ("good", "bad"))
    return Calibration(
        language=gold.language,
        answers=len(verdicts),
        decided=len(decided),
        confusion=confusion,
        judge_alone=_confusion((each.label, each.by_judge) for each in verdicts),
        auc=auc(_scores(good), _scores(bad)),
        kappa=cohen_kappa(confusion.table),
        length=auc([each.characters for each in good], [each.characters for each in bad]),
        beats_length=_advantage(verdicts, _passes_by_length(verdicts)),
        beats_always_yes=_advantage(verdicts, [True] * len(verdicts)),
        verdict_mass_share=sum(mass >= LEAST_MASS for mass in masses) / len(masses),
        passed_bad=_by_defect(bad),
        verdicts=verdicts,
    )


def _verdicts(gold: GoldSet, readings: Mapping[str, YesNo]) -> Iterable[GoldVerdict]:
    for gold_case in gold.cases:
        case = gold_case.case
        for answer in gold_case.answers:
            verdicts = verdicts_of(case, answer.text, readings)
            yield GoldVerdict(
                case_id=case.id,
                label=answer.label,
                defect=answer.defect,
                verdict=item_verdict_of(case, answer.text, verdicts),
                by_judge=item_verdict(case, _without_code(verdicts)),
                score=_score(case, verdicts),
                characters=len(answer.text),
            )


def _without_code(verdicts: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Return the verdicts as if every check of form had passed."""
    return {
        number: verdict.model_copy(update={"passed": True}) if isinstance(verdict, Decided) else verdict
        for number, verdict in verdicts.items()
    }


def _score(case: Case, verdicts: Mapping[int, Verdict]) -> float | None:
    critical = [verdicts[number] for number, criterion in enumerate(case.criteria) if criterion.critical]
    return min((margin for verdict in critical if (margin := _margin(verdict)) is not None), default=None)


def _margin(verdict: Verdict) -> float | None:
    match verdict:
        case Scored(score=score, good_anchor=high, bad_anchor=low):
            return (2 * score - high - low) / (high - low)
        case Unscored(cause="too_close"):
            return 0.0
        case _:
            return None


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


def _advantage(verdicts: Sequence[GoldVerdict], baseline: Sequence[bool]) -> Difference | None:
    """Return the judge's accuracy minus that of a baseline, paired by question; an abstention counts as wrong."""
    pairs: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for each, baseline_passes in zip(verdicts, baseline, strict=True):
        is_right = each.verdict == ("passed" if each.label == "good" else "failed")
        pairs[each.case_id].append((float(baseline_passes == (each.label == "good")), float(is_right)))
    return paired_difference(pairs, generator(_SEED))


def _low(difference: Difference | None) -> float | None:
    """Return the lower end, or the difference itself if it is the same in at least _SAME_EVERYWHERE questions."""
    if difference is None:
        return None
    if difference.interval is None:
        return difference.mean if difference.clusters >= _SAME_EVERYWHERE else None
    return difference.interval.low
