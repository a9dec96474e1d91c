"""Computes what became of each item: its verdict, and whether it was answered on time. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.analysis.times import is_cold, is_on_time
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, verdicts_of_items
from llmfirst import TIERS, CorrectedRate, Interval, proportion


@dataclass(frozen=True)
class ItemResult:
    """One judged item of one model, however often it was asked."""

    case_id: str
    verdict: ItemVerdict
    is_on_time: bool | None
    """Whether more than half of its warm answers kept the times of the first tier; None if all were cold."""

    @property
    def is_passed_on_time(self) -> bool:
        return self.verdict == "passed" and self.is_on_time is True


def items_of(answers: Iterable[JudgedAnswer]) -> tuple[ItemResult, ...]:
    """Return the judged items of one model, in the order of its answers."""
    judged = [answer for answer in answers if answer.item is not None]
    by_case: dict[str, list[JudgedAnswer]] = {}
    for answer in judged:
        by_case.setdefault(answer.case.id, []).append(answer)
    verdicts = verdicts_of_items((answer.case.id, answer.item) for answer in judged)
    return tuple(
        ItemResult(case_id, verdict, _is_on_time(of_case))
        for (case_id, of_case), verdict in zip(by_case.items(), verdicts, strict=True)
    )


def on_time_and_passed(quality: CorrectedRate | None, items: Iterable[ItemResult]) -> CorrectedRate | None:
    """Return the quality times the share of passed items that were on time; None without a quality.

    The ends of both intervals are multiplied, which makes the interval wider than necessary.
    """
    passed = [item for item in items if item.verdict == "passed" and item.is_on_time is not None]
    if quality is None:
        return None
    on_time = proportion(sum(item.is_passed_on_time for item in passed), len(passed))
    share, interval = on_time.rate or 0.0, on_time.interval or Interval(0.0, 1.0)
    return CorrectedRate(
        quality.value * share, Interval(quality.interval.low * interval.low, quality.interval.high * interval.high)
    )


def _is_on_time(answers: Sequence[JudgedAnswer]) -> bool | None:
    warm = [answer.attempt for answer in answers if not is_cold(answer.attempt)]
    return 2 * sum(is_on_time(attempt, TIERS[0]) for attempt in warm) > len(warm) if warm else None
