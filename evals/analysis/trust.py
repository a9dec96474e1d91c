"""Decides by the judge's calibration whether the quality of an evaluation can be trusted, and computes it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, verdicts_of_items
from evals.suite.cases import Language
from llmfirst import Confusion, CorrectedRate, Interval, Proportion, corrected_rate, proportion

Trust = Literal["measured", "unproven", "not_trustworthy", "not_measured"]
"""How far verdicts can be trusted.

- measured: calibrations of the judge exist for all languages, and it is trustworthy.
- unproven: a calibration is missing, or an item has no anchors of its own.
- not_trustworthy: the judge makes too many errors in a calibration, or passed a canary.
- not_measured: nothing was judged.
"""


@dataclass(frozen=True)
class JudgeEvidence:
    """What is known about a judge."""

    calibrations: Mapping[Language, Calibration] = field(default_factory=dict)
    canaries: Proportion | None = None
    """The canaries (texts that do not answer) that the judge passed in this evaluation; None if it read none."""


NO_EVIDENCE: Final = JudgeEvidence()


@dataclass(frozen=True)
class Belief:
    """How far the verdicts on the answers can be trusted, and whether people labelled the answers too."""

    trust: Trust = "not_measured"
    is_labelled: bool = False


UNJUDGED: Final = Belief()
_WORST_FIRST: Final[tuple[Trust, ...]] = ("not_trustworthy", "unproven", "measured")


def belief_in(trusts: Iterable[Trust], *, is_labelled: bool) -> Belief:
    """Return the trust in the quality of several models together: the worst among those that were judged."""
    present = set(trusts)
    return Belief(next((trust for trust in _WORST_FIRST if trust in present), "not_measured"), is_labelled)


@dataclass(frozen=True)
class LanguageCount:
    """The decided items of one language, and the judge's errors in it."""

    language: Language
    passed: int
    decided: int
    unread: int
    """How many of the decided items failed because there was no text that the judge could have read."""
    confusion: Confusion

    def times(self, factor: float) -> "LanguageCount":
        """Return the counts of so many times the items, as whole numbers."""
        passed, decided = round(self.passed * factor), round(self.decided * factor)
        unread = min(round(self.unread * factor), decided - passed)
        return replace(self, passed=passed, decided=decided, unread=unread)


@dataclass(frozen=True)
class Quality:
    """The quality of one model. All numbers count items; an item that was asked several times counts once."""

    trust: Trust
    passed: Proportion
    """Passed items out of the decided ones."""
    worst: Proportion
    """Passed items out of all: abstentions count as failed."""
    abstained: int
    rate: CorrectedRate | None
    """The pass rate corrected for the judge's errors; None unless `trust` is "measured"."""
    known_wrong: Proportion | None
    """The wrong gold answers that the judge passed; None without a calibration."""
    canaries: Proportion | None = None
    """The canaries (texts that do not answer) that the judge passed in this evaluation; None if it read none."""
    unanchored: int = 0
    """The number of judged items without a good and a bad answer; if there are any, quality is not "measured"."""
    unconfirmed: int = 0
    """How many of these have an answer that a model wrote and no person confirmed."""
    by_language: tuple[LanguageCount, ...] = ()
    """What the rate is made of; empty unless `trust` is "measured"."""

    def rate_with(self, more: int) -> CorrectedRate | None:
        """Return what the rate would be with `more` decided items that pass as often as those so far."""
        factor = 1 + more / self.passed.total
        return _rate(count.times(factor) for count in self.by_language)


def quality_of(results: Sequence[JudgedAnswer], known: JudgeEvidence, *, has_judge: bool) -> Quality:
    """Return the quality of one model's answers."""
    items = _items(results)
    passed, abstained = items.count("passed"), items.count("abstained")
    languages = {result.case.language for result in results if result.item is not None}
    judged = {result.case.id: result.case for result in results if result.item is not None}
    unanchored = sum(not case.has_own_anchors for case in judged.values())
    trust = trust_in(languages if has_judge else (), known, unanchored=unanchored)
    counts = tuple(_counted(results, known)) if trust == "measured" else ()
    return Quality(
        trust=trust,
        passed=proportion(passed, len(items) - abstained),
        worst=proportion(passed, len(items)),
        abstained=abstained,
        rate=_rate(counts),
        known_wrong=_known_wrong(
            calibration for language, calibration in known.calibrations.items() if language in languages
        ),
        canaries=known.canaries,
        unanchored=unanchored,
        unconfirmed=sum(bool(case.unconfirmed) for case in judged.values()),
        by_language=counts,
    )


def trust_in(languages: Collection[Language | None], known: JudgeEvidence, *, unanchored: int) -> Trust:
    """Return the trust in a judge for answers in these languages: that of its worst language.

    `unanchored` is the number of items without their own anchors; the calibration does not cover such items, because it
    was measured with anchors that were written for their items.
    """
    if not languages:
        return "not_measured"
    found = [None if language is None else known.calibrations.get(language) for language in languages]
    if known.canaries is not None and known.canaries.passed:
        return "not_trustworthy"
    if any(calibration is not None and not calibration.is_trustworthy for calibration in found):
        return "not_trustworthy"
    return "unproven" if None in found or unanchored else "measured"


def _counted(results: Sequence[JudgedAnswer], known: JudgeEvidence) -> Iterator[LanguageCount]:
    for language, calibration in known.calibrations.items():
        judged = [result for result in results if result.item is not None and result.case.language == language]
        items = _items(judged)
        passed, decided = items.count("passed"), len(items) - items.count("abstained")
        read = {one.case.id for one in judged if one.attempt.is_answer}
        by_item = zip(dict.fromkeys(one.case.id for one in judged), items, strict=True)
        unread = sum(item == "failed" and case_id not in read for case_id, item in by_item)
        yield LanguageCount(language, passed, decided, unread, calibration.confusion)


def _rate(counts: Iterable[LanguageCount]) -> CorrectedRate | None:
    """Return the corrected pass rate: each language by its own calibration, weighted by its decided items.

    The ends of the interval are weighted in the same way, which makes it at least as wide as necessary.
    """
    parts: list[tuple[int, CorrectedRate]] = []
    for count in counts:
        rate = corrected_rate(count.passed, count.decided, count.confusion, unread=count.unread)
        if rate is not None:
            parts.append((count.decided, rate))
    total = sum(count for count, _ in parts)
    if not total:
        return None

    def mean(values: Iterable[float]) -> float:
        return sum(count * value for (count, _), value in zip(parts, values, strict=True)) / total

    return CorrectedRate(
        mean(rate.value for _, rate in parts),
        Interval(mean(rate.interval.low for _, rate in parts), mean(rate.interval.high for _, rate in parts)),
    )


def _known_wrong(calibrations: Iterable[Calibration]) -> Proportion | None:
    shares = [share for calibration in calibrations for share in calibration.passed_bad.values()]
    if not shares:
        return None
    return proportion(sum(share.passed for share in shares), sum(share.total for share in shares))


def _items(results: Iterable[JudgedAnswer]) -> tuple[ItemVerdict, ...]:
    return verdicts_of_items((result.case.id, result.item) for result in results)


def believed(results: Iterable[JudgedAnswer], models: Collection[str]) -> tuple[JudgedAnswer, ...]:
    """Return the answers, with verdicts only for `models`."""
    return tuple(result if result.model in models else replace(result, item=None, verdicts={}) for result in results)
