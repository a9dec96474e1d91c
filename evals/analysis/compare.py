"""Two models, or one model twice, question by question: better, worse, or cannot tell. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.judge.judged_answers import JudgedAnswer
from llmfirst import Comparison, Difference, generator, mcnemar, paired_difference

ComparedMetric = Literal["total", "first_text", "quality"]
COMPARED_METRICS: Final[tuple[ComparedMetric, ...]] = ("quality", "total", "first_text")
_SEED: Final = 7
# An answer that differs by less is the same: two runs of one question vary by more than that.
_SAME_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Delta:
    """Second less first, paired by question; seconds, or a share for quality. `p` is McNemar's, for quality."""

    measure: ComparedMetric
    difference: Difference | None
    verdict: Comparison
    p: float | None = None


@dataclass(frozen=True)
class Change:
    """One question on both sides; None where it was not measured."""

    case_id: str
    first: JudgedAnswer
    second: JudgedAnswer
    quality: int | None
    seconds: float | None

    @property
    def kind(self) -> Literal["regressed", "improved", "same"]:
        """Quality decides; where it is the same or unknown, whether there is an answer, and then its time."""
        if self.quality:
            return "improved" if self.quality > 0 else "regressed"
        if self.first.attempt.is_error != self.second.attempt.is_error:
            return "regressed" if self.second.attempt.is_error else "improved"
        if self.seconds is None or abs(self.seconds) < _SAME_SECONDS:
            return "same"
        return "improved" if self.seconds < 0 else "regressed"


@dataclass(frozen=True)
class ModelComparison:
    """All that can be said of two sets of answers; `changes` has the regressions first, the worst before others.

    `left_out`: questions of one side only, or asked in other words.
    """

    deltas: tuple[Delta, ...]
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]


def compare(first: Sequence[JudgedAnswer], second: Sequence[JudgedAnswer]) -> ModelComparison:
    """Pair two sets of answers by question and repeat; the same question in other words is another question."""
    ours, theirs = _by_trial(first), _by_trial(second)
    both = [key for key in ours if key in theirs]
    changes = [_change(ours[key], theirs[key]) for key in both]
    paired = {key[:2] for key in both}
    left_out = sorted({key[0] for key in (*ours, *theirs) if key[:2] not in paired})
    ordered = sorted(changes, key=_place)
    return ModelComparison(
        tuple(_delta(measure, changes) for measure in COMPARED_METRICS), tuple(ordered), tuple(left_out)
    )


def _place(change: Change) -> tuple[int, int, bool, float]:
    """Return where a change stands: by kind, then a worse verdict, an answer that is missing now, a longer time."""
    ranks = {"regressed": 0, "improved": 1, "same": 2}
    is_there = not change.second.attempt.is_error
    return ranks[change.kind], change.quality or 0, is_there, -(change.seconds or 0.0)


def _by_trial(results: Sequence[JudgedAnswer]) -> dict[tuple[str, str, int], JudgedAnswer]:
    return {(one.case.id, one.case.sha256, one.attempt.trial.repeat): one for one in results}


def _change(first: JudgedAnswer, second: JudgedAnswer) -> Change:
    decided = {"passed": 1, "failed": 0}
    quality = None
    if first.item in decided and second.item in decided:
        quality = decided[str(second.item)] - decided[str(first.item)]
    totals = _seconds("total", first), _seconds("total", second)
    seconds = None if totals[0] is None or totals[1] is None else totals[1] - totals[0]
    return Change(first.case.id, first, second, quality, seconds)


def _delta(measure: ComparedMetric, changes: Sequence[Change]) -> Delta:
    pairs: dict[str, list[tuple[float, float]]] = {}
    for change in changes:
        one, two = _value(measure, change.first), _value(measure, change.second)
        if one is not None and two is not None:
            pairs.setdefault(change.case_id, []).append((one, two))
    difference = paired_difference(pairs, generator(_SEED))
    verdict: Comparison = "cannot tell"
    if difference is not None:
        verdict = difference.verdict(smaller_is_better=measure != "quality")
    p = None
    if measure == "quality" and all(len(one) == 1 for one in pairs.values()):
        flat = [one[0] for one in pairs.values()]
        p = mcnemar(sum(one > two for one, two in flat), sum(two > one for one, two in flat))
    return Delta(measure, difference, verdict, p)


def _value(measure: ComparedMetric, result: JudgedAnswer) -> float | None:
    if measure == "quality":
        return {"passed": 1.0, "failed": 0.0}.get(str(result.item))
    return _seconds(measure, result)


def _seconds(measure: Literal["total", "first_text"], result: JudgedAnswer) -> float | None:
    """Return the time of a warm answer; failures and cold answers are no pair of anything."""
    attempt = result.attempt
    if attempt.is_error or attempt.was_cold:
        return None
    return attempt.timing.total_seconds if measure == "total" else attempt.timing.first_text_seconds
