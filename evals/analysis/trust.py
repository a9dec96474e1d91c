"""Whether the quality of an evaluation can be believed, and what it is then: by the judge's calibration. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, verdicts_of_items
from evals.suite.cases import Language
from llmfirst import CorrectedRate, Interval, Proportion, corrected_rate, proportion

Trust = Literal["measured", "unproven", "not_trustworthy", "not_measured"]


@dataclass(frozen=True)
class JudgeEvidence:
    """What is known of a judge: its calibrations, and how many canaries it passed in the evaluation at hand."""

    calibrations: Mapping[Language, Calibration] = field(default_factory=dict)
    canaries: Proportion | None = None


NO_EVIDENCE: Final = JudgeEvidence()


@dataclass(frozen=True)
class Belief:
    """What the verdicts on the answers are worth, and whether people labelled them too."""

    trust: Trust = "not_measured"
    is_labelled: bool = False


UNJUDGED: Final = Belief()
_WORST_FIRST: Final[tuple[Trust, ...]] = ("not_trustworthy", "unproven", "measured")


def belief_in(trusts: Iterable[Trust], *, is_labelled: bool) -> Belief:
    """Return what is known of several models' quality together: the worst of what was judged."""
    found = set(trusts)
    return Belief(next((one for one in _WORST_FIRST if one in found), "not_measured"), is_labelled)


@dataclass(frozen=True)
class Quality:
    """What a judge's verdicts on one model come to.

    `passed`: items passed of those decided. `rate` is corrected for the judge's errors, and there only where `trust`
    is "measured". `known_wrong`: how many gold answers that are wrong this judge passed; None where it read none.
    `canaries`: how many texts that are no answer it passed in this evaluation.
    """

    trust: Trust
    passed: Proportion
    worst: Proportion
    abstained: int
    rate: CorrectedRate | None
    known_wrong: Proportion | None
    canaries: Proportion | None = None
    unanchored: int = 0
    """How many judged items have no good and bad answer of their own; with one, `trust` is "unproven" at most."""


def quality_of(results: Sequence[JudgedAnswer], known: JudgeEvidence, *, has_judge: bool) -> Quality:
    """Return the quality of one model's answers."""
    items = _items(results)
    passed, abstained = items.count("passed"), items.count("abstained")
    languages = {one.case.language for one in results if one.item is not None}
    judged = {one.case.id: one.case for one in results if one.item is not None}
    unanchored = sum(not case.has_own_anchors for case in judged.values())
    trust = trust_in(languages if has_judge else (), known, unanchored=unanchored)
    return Quality(
        trust=trust,
        passed=proportion(passed, len(items) - abstained),
        worst=proportion(passed, len(items)),
        abstained=abstained,
        rate=_rate(results, known) if trust == "measured" else None,
        known_wrong=_known_wrong(found for one, found in known.calibrations.items() if one in languages),
        canaries=known.canaries,
        unanchored=unanchored,
    )


def trust_in(languages: Collection[Language | None], known: JudgeEvidence, *, unanchored: int) -> Trust:
    """Decide by the weakest language: one in which the judge errs too much spoils the figure of all.

    `unanchored` items have no anchors of their own, and a calibration says nothing of a judge that does without.
    """
    if not languages:
        return "not_measured"
    found = [known.calibrations.get(one) if one is not None else None for one in languages]
    if known.canaries is not None and known.canaries.passed:
        return "not_trustworthy"
    if any(one is not None and not one.is_trustworthy for one in found):
        return "not_trustworthy"
    return "unproven" if None in found or unanchored else "measured"


def _rate(results: Sequence[JudgedAnswer], known: JudgeEvidence) -> CorrectedRate | None:
    """Correct each language by its own calibration, and weigh them by their decided items.

    The interval is the same mean of the intervals' ends: at least as wide as it has to be.
    """
    parts: list[tuple[int, CorrectedRate]] = []
    for language, calibration in known.calibrations.items():
        items = _items(one for one in results if one.case.language == language)
        passed, decided = items.count("passed"), len(items) - items.count("abstained")
        rate = corrected_rate(passed, decided, calibration.confusion)
        if rate is not None:
            parts.append((decided, rate))
    total = sum(count for count, _ in parts)
    if not total:
        return None

    def mean(values: Iterable[float]) -> float:
        return sum(count * value for (count, _), value in zip(parts, values, strict=True)) / total

    return CorrectedRate(
        mean(rate.value for _, rate in parts),
        Interval(mean(rate.interval.low for _, rate in parts), mean(rate.interval.high for _, rate in parts)),
    )


def _known_wrong(found: Iterable[Calibration]) -> Proportion | None:
    shares = [share for one in found for share in one.passed_bad.values()]
    if not shares:
        return None
    return proportion(sum(share.passed for share in shares), sum(share.total for share in shares))


def _items(results: Iterable[JudgedAnswer]) -> tuple[ItemVerdict, ...]:
    return verdicts_of_items((one.case.id, one.item) for one in results)


def believed(results: Iterable[JudgedAnswer], models: Collection[str]) -> tuple[JudgedAnswer, ...]:
    """Return the answers without their verdicts, but for these models, whose judge can be believed."""
    return tuple(one if one.model in models else replace(one, item=None, verdicts={}) for one in results)
