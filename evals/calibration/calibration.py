"""What a judge's verdicts on the gold set say of it: figures with intervals, and whether it can be believed. Pure."""

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
# Lower ends of sensitivity and specificity, chosen so that a corrected rate still says something: with 0.9 and 0.7
# (100 judged answers, 60 gold answers) its 95 % interval around 0.80 already reaches from 0.60 to 1.00.
LEAST_RATE: Final = 0.70
LEAST_AUC: Final = 0.80
LEAST_KAPPA: Final = 0.60
LEAST_COVERAGE: Final = 0.50  # of the gold answers: a judge that abstains from most of them was hardly measured
LEAST_MASS_SHARE: Final = 0.99
_SEED: Final = 7
_SAME_EVERYWHERE: Final = 6  # questions: by chance all on one side in one of 32 draws, where both are equally good


@dataclass(frozen=True)
class GoldVerdict:
    """What came of one gold answer. `verdict` as an evaluation gives it, `by_judge` without checks of form and flags.

    `score`: how far the least certain critical criterion lies from the middle of its anchors, in half their distance:
    1 is at the good anchor, -1 at the bad one; None where no critical criterion was decided or nearly decided.
    """

    case_id: str
    label: Label
    defect: Defect | None
    verdict: ItemVerdict
    by_judge: ItemVerdict
    score: float | None
    characters: int


@dataclass(frozen=True)
class Rule:
    """One condition of trust: `value` has to reach `target`, or be above it where that is 0; None does not."""

    name: RuleName
    value: float | None
    target: float

    @property
    def holds(self) -> bool:
        return self.value is not None and (self.value >= self.target if self.target else self.value > 0)


@dataclass(frozen=True)
class Calibration:
    """How a judge did on the gold set of one language.

    `confusion` and `judge_alone` count decided answers only; `passed_bad` and `decided_bad` are by defect, of the
    verdicts; `length`: the AUC of nothing but an answer's length; `beats_length` and `beats_always_yes`: the judge's
    accuracy (abstained is wrong) less that of passing every answer of a length that was chosen best, or every answer.
    """

    language: Language
    answers: int
    decided: int
    confusion: Confusion
    judge_alone: Confusion
    auc: Auc | None
    kappa: Kappa | None
    length: Auc | None
    beats_length: Difference | None
    beats_always_yes: Difference | None
    verdict_mass_share: float
    passed_bad: Mapping[Defect, Proportion]
    verdicts: tuple[GoldVerdict, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the conditions of trust, the same for every judge and language."""
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
    """Return all that a judge reads of a gold set: an item's anchors, then its answers, statements together."""
    return [asked for case in gold.cases for asked in questions_about(case, [answer.text for answer in case.answers])]


def calibration(gold: GoldSet, readings: Mapping[str, YesNo]) -> Calibration | None:
    """Return what the readings of a judge say of it; None while one that it has to give is missing."""
    found = [readings.get(yes_no_key(*asked)) for asked in gold_questions(gold)]
    masses = [reading.mass for reading in found if reading is not None]
    if len(masses) < len(found):
        return None
    verdicts = tuple(_verdicts(gold, readings))
    decided = [one for one in verdicts if one.verdict != "abstained"]
    confusion = _confusion((one.label, one.verdict) for one in verdicts)
    good, bad = ([one for one in verdicts if one.label == label] for label in ("good", "bad"))
    return Calibration(
        language=gold.language,
        answers=len(verdicts),
        decided=len(decided),
        confusion=confusion,
        judge_alone=_confusion((one.label, one.by_judge) for one in verdicts),
        auc=auc(_scores(good), _scores(bad)),
        kappa=cohen_kappa(confusion.table),
        length=auc([one.characters for one in good], [one.characters for one in bad]),
        beats_length=_beats(verdicts, _longest(verdicts)),
        beats_always_yes=_beats(verdicts, [True] * len(verdicts)),
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
    """Return the verdicts with those passed that a check decided."""
    return {
        number: one.model_copy(update={"passed": True}) if isinstance(one, Decided) else one
        for number, one in verdicts.items()
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


def _confusion(found: Iterable[tuple[Label, ItemVerdict]]) -> Confusion:
    counts = Counter(found)
    return Confusion(
        true_yes=counts["good", "passed"],
        false_no=counts["good", "failed"],
        true_no=counts["bad", "failed"],
        false_yes=counts["bad", "passed"],
    )


def _by_defect(bad: Sequence[GoldVerdict]) -> dict[Defect, Proportion]:
    found: defaultdict[Defect, list[bool]] = defaultdict(list)
    for one in bad:
        if one.defect is not None:
            found[one.defect].append(one.verdict == "passed")
    return {defect: proportion(sum(passed), len(passed)) for defect, passed in found.items()}


def _scores(verdicts: Iterable[GoldVerdict]) -> list[float]:
    return [one.score for one in verdicts if one.score is not None]


def _longest(verdicts: Sequence[GoldVerdict]) -> list[bool]:
    """Pass every answer of at least that length which serves best here: more than anyone who guesses could know."""

    def right(least: int) -> int:
        return sum((one.characters >= least) == (one.label == "good") for one in verdicts)

    best = max((one.characters for one in verdicts), key=right)
    return [one.characters >= best for one in verdicts]


def _beats(verdicts: Sequence[GoldVerdict], passed: Sequence[bool]) -> Difference | None:
    """Return the judge's accuracy less that of these passes, over the questions; who abstains is not right."""
    pairs: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for one, did in zip(verdicts, passed, strict=True):
        is_right = one.verdict == ("passed" if one.label == "good" else "failed")
        pairs[one.case_id].append((float(did == (one.label == "good")), float(is_right)))
    return paired_difference(pairs, generator(_SEED))


def _low(difference: Difference | None) -> float | None:
    """Return the lower end; the difference itself where it is the same in each of so many questions."""
    if difference is None:
        return None
    if difference.interval is None:
        return difference.mean if difference.clusters >= _SAME_EVERYWHERE else None
    return difference.interval.low
