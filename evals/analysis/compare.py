"""Compares two sets of answers question by question: better, worse, or cannot tell. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.judge.judged_answers import JudgedAnswer
from llmfirst import Comparison, Difference, generator, mcnemar, paired_difference

ComparedTime = Literal["total", "first_text", "first_token"]
ComparedMetric = Literal["quality", ComparedTime]
COMPARED_METRICS: Final[tuple[ComparedMetric, ...]] = ("quality", "total", "first_text", "first_token")
_SEED: Final = 7
# A smaller difference in time does not count as a change: two runs of one question can differ by more than that.
_SAME_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Delta:
    """How one metric differs between two sets of answers."""

    measure: ComparedMetric
    difference: Difference | None
    """The second minus the first, paired by question: seconds, or a share of passed answers for quality."""
    verdict: Comparison
    p: float | None = None
    """The p-value of McNemar's test; for quality only, and only if each question was asked once."""


@dataclass(frozen=True)
class Change:
    """The two answers to one question and how they differ."""

    case_id: str
    first: JudgedAnswer
    second: JudgedAnswer
    quality: int | None
    """1 if only the second passed, -1 if only the first passed, 0 if both agree; None if either was not decided."""
    seconds: float | None
    """By how much the second took longer; None if either failed or was cold."""

    @property
    def kind(self) -> Literal["regressed", "improved", "same"]:
        """Quality decides; if it is the same or unknown, then whether there is an answer, and then its time."""
        if self.quality:
            return "improved" if self.quality > 0 else "regressed"
        if self.first.attempt.is_error != self.second.attempt.is_error:
            return "regressed" if self.second.attempt.is_error else "improved"
        if self.seconds is None or abs(self.seconds) < _SAME_SECONDS:
            return "same"
        return "improved" if self.seconds < 0 else "regressed"


@dataclass(frozen=True)
class ModelComparison:
    """The result of comparing two sets of answers."""

    deltas: tuple[Delta, ...]
    changes: tuple[Change, ...]
    """Regressions first, then improvements; the worst of each kind first."""
    left_out: tuple[str, ...]
    """The ids of questions that only one side has, or whose text differs."""

    @property
    def verdicts(self) -> frozenset[Comparison]:
        """The verdicts on what has a target; the first token of any kind has none."""
        return frozenset(delta.verdict for delta in self.deltas if delta.measure != "first_token")


def compare(first: Sequence[JudgedAnswer], second: Sequence[JudgedAnswer]) -> ModelComparison:
    """Compare the answers, paired by question and repeat. A question whose text was edited is another question."""
    firsts, seconds = _by_trial(first), _by_trial(second)
    both = [key for key in firsts if key in seconds]
    changes = [_change(firsts[key], seconds[key]) for key in both]
    paired = {key[:2] for key in both}
    left_out = sorted({key[0] for key in (*firsts, *seconds) if key[:2] not in paired})
    ordered = sorted(changes, key=_worst_first)
    return ModelComparison(
        tuple(_delta(measure, changes) for measure in COMPARED_METRICS), tuple(ordered), tuple(left_out)
    )


def _worst_first(change: Change) -> tuple[int, int, bool, float]:
    """Return the sort key of a change: its kind, then a worse verdict, a missing answer, and a longer time first."""
    ranks = {"regressed": 0, "improved": 1, "same": 2}
    is_there = not change.second.attempt.is_error
    return ranks[change.kind], change.quality or 0, is_there, -(change.seconds or 0.0)


def _by_trial(results: Sequence[JudgedAnswer]) -> dict[tuple[str, str, int], JudgedAnswer]:
    return {(result.case.id, result.case.sha256, result.attempt.trial.repeat): result for result in results}


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
        first, second = _value(measure, change.first), _value(measure, change.second)
        if first is not None and second is not None:
            pairs.setdefault(change.case_id, []).append((first, second))
    difference = paired_difference(pairs, generator(_SEED))
    verdict: Comparison = "cannot tell"
    if difference is not None:
        verdict = difference.verdict(smaller_is_better=measure != "quality")
    p = None
    if measure == "quality" and all(len(repeats) == 1 for repeats in pairs.values()):
        single = [repeats[0] for repeats in pairs.values()]
        p = mcnemar(sum(first > second for first, second in single), sum(second > first for first, second in single))
    return Delta(measure, difference, verdict, p)


def _value(measure: ComparedMetric, result: JudgedAnswer) -> float | None:
    if measure == "quality":
        return {"passed": 1.0, "failed": 0.0}.get(str(result.item))
    return _seconds(measure, result)


def _seconds(measure: ComparedTime, result: JudgedAnswer) -> float | None:
    """Return the time of a warm answer; None for a failure or a cold answer, which are not compared."""
    attempt = result.attempt
    if attempt.is_error or attempt.was_cold:
        return None
    timing = attempt.timing
    times = {
        "total": timing.total_seconds,
        "first_text": timing.first_text_seconds,
        "first_token": timing.first_token_seconds,
    }
    return times[measure]
