"""Compares two sets of answers question by question: better, worse, the same, or cannot tell. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.analysis.times import is_on_time
from evals.judge.judged_answers import JudgedAnswer
from evals.records.evaluation import Evaluation
from llmfirst import TIERS, Comparison, Difference, Settings, generator, mcnemar, paired_difference

ComparedTime = Literal["first_text", "total", "first_token"]
ComparedMetric = Literal["quality", "on_time_and_passed", ComparedTime]
COMPARED_METRICS: Final[tuple[ComparedMetric, ...]] = (
    "quality",
    "on_time_and_passed",
    "first_text",
    "total",
    "first_token",
)
ComparedVerdict = Literal[Comparison, "same"]
Pace = Literal["slower", "faster", "same"]
_SEED: Final = 7
_DECIDED: Final = {"passed": 1, "failed": 0}


@dataclass(frozen=True)
class Matters:
    """From which size on a difference counts; decision 0008 has the reasons for the defaults."""

    share: float = 0.02
    """Of passed answers."""
    first_text_seconds: float = 0.3
    total_seconds: float = 1.0

    @classmethod
    def of(cls, settings: Settings) -> "Matters":
        """Return what the settings say."""
        return cls(settings.matters_points / 100, settings.matters_first_text_seconds, settings.matters_total_seconds)

    def least(self, measure: ComparedMetric) -> float:
        """Return the least difference of a metric that counts, in its unit."""
        match measure:
            case "quality" | "on_time_and_passed":
                return self.share
            case "total":
                return self.total_seconds
            case "first_text" | "first_token":
                return self.first_text_seconds


USUAL: Final = Matters()


@dataclass(frozen=True)
class Delta:
    """How one metric differs between two sets of answers."""

    measure: ComparedMetric
    difference: Difference | None
    """The second minus the first, paired by question: seconds, or a share of passed answers for quality."""
    verdict: ComparedVerdict
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
    pace: Pace = "same"
    """Whether that is more than what counts; it says nothing about the quality."""

    @property
    def kind(self) -> Literal["regressed", "improved", "same"]:
        """Quality decides; if it is the same or unknown, then whether there is an answer. Time has no part in it."""
        if self.quality:
            return "improved" if self.quality > 0 else "regressed"
        if self.first.attempt.is_error != self.second.attempt.is_error:
            return "regressed" if self.second.attempt.is_error else "improved"
        return "same"


@dataclass(frozen=True)
class ModelComparison:
    """The result of comparing two sets of answers."""

    deltas: tuple[Delta, ...]
    changes: tuple[Change, ...]
    """Regressions first, then improvements; the worst of each kind first."""
    left_out: tuple[str, ...]
    """The ids of questions that only one side has, or whose text differs."""

    @property
    def verdicts(self) -> frozenset[ComparedVerdict]:
        """The verdicts on what has a target; the first token of any kind has none."""
        return frozenset(delta.verdict for delta in self.deltas if delta.measure != "first_token")


def same_models(first: Evaluation, second: Evaluation) -> tuple[str, ...]:
    """Return the models that both evaluations have asked; where there are none, somebody must choose a pair."""
    known = {model.key for model in first.models}
    return tuple(model.key for model in second.models if model.key in known)


def share_questions(first: Evaluation, second: Evaluation) -> bool:
    """Return whether two evaluations have a question in common, without which there is nothing to compare."""
    asked = {(case.id, case.sha256) for case in first.suite.cases}
    return any((case.id, case.sha256) in asked for case in second.suite.cases)


def compare(first: Sequence[JudgedAnswer], second: Sequence[JudgedAnswer], matters: Matters = USUAL) -> ModelComparison:
    """Compare the answers, paired by question and repeat. A question whose text was edited is another question."""
    firsts, seconds = _by_trial(first), _by_trial(second)
    both = [key for key in firsts if key in seconds]
    changes = [_change(firsts[key], seconds[key], matters) for key in both]
    paired = {key[:2] for key in both}
    left_out = sorted({key[0] for key in (*firsts, *seconds) if key[:2] not in paired})
    ordered = sorted(changes, key=_worst_first)
    return ModelComparison(
        tuple(_delta(measure, changes, matters) for measure in COMPARED_METRICS), tuple(ordered), tuple(left_out)
    )


def _worst_first(change: Change) -> tuple[int, int, bool, float]:
    """Return the sort key of a change: its kind, then a worse verdict, a missing answer, and a longer time first."""
    ranks = {"regressed": 0, "improved": 1, "same": 2}
    is_there = not change.second.attempt.is_error
    return ranks[change.kind], change.quality or 0, is_there, -(change.seconds or 0.0)


def _by_trial(results: Sequence[JudgedAnswer]) -> dict[tuple[str, str, int], JudgedAnswer]:
    return {(result.case.id, result.case.sha256, result.attempt.trial.repeat): result for result in results}


def _change(first: JudgedAnswer, second: JudgedAnswer, matters: Matters) -> Change:
    quality = None
    if first.item in _DECIDED and second.item in _DECIDED:
        quality = _DECIDED[str(second.item)] - _DECIDED[str(first.item)]
    totals = _seconds("total", first), _seconds("total", second)
    seconds = None if totals[0] is None or totals[1] is None else totals[1] - totals[0]
    pace: Pace = "same"
    if seconds is not None and abs(seconds) >= matters.total_seconds:
        pace = "slower" if seconds > 0 else "faster"
    return Change(first.case.id, first, second, quality, seconds, pace)


def _delta(measure: ComparedMetric, changes: Sequence[Change], matters: Matters) -> Delta:
    pairs: dict[str, list[tuple[float, float]]] = {}
    for change in changes:
        first, second = _value(measure, change.first), _value(measure, change.second)
        if first is not None and second is not None:
            pairs.setdefault(change.case_id, []).append((first, second))
    difference = paired_difference(pairs, generator(_SEED))
    verdict: ComparedVerdict = "cannot tell" if difference is None else _verdict(difference, measure, matters)
    p = None
    if measure == "quality" and all(len(repeats) == 1 for repeats in pairs.values()):
        single = [repeats[0] for repeats in pairs.values()]
        p = mcnemar(sum(first > second for first, second in single), sum(second > first for first, second in single))
    return Delta(measure, difference, verdict, p)


def _verdict(difference: Difference, measure: ComparedMetric, matters: Matters) -> ComparedVerdict:
    """Say how the second compares with the first.

    The same: the whole interval is below what counts. Better or worse: the interval excludes 0, and the difference is
    not below what counts.
    """
    interval, least = difference.interval, matters.least(measure)
    if interval is not None and max(abs(interval.low), abs(interval.high)) < least:
        return "same"
    if abs(difference.mean) < least:
        return "cannot tell"
    return difference.verdict(smaller_is_better=measure not in ("quality", "on_time_and_passed"))


def _value(measure: ComparedMetric, result: JudgedAnswer) -> float | None:
    match measure:
        case "quality":
            return _DECIDED.get(str(result.item))
        case "on_time_and_passed":
            passed = _DECIDED.get(str(result.item))
            if passed and result.attempt.was_cold:
                return None  # whether it was on time was not measured
            return passed and float(is_on_time(result.attempt, TIERS[0]))
        case _:
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
